import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/static/app/",
  plugins: [react()],
  build: { manifest: true, target: "es2022", assetsInlineLimit: 0 },
  test: { environment: "happy-dom" },
});
