import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import en from "./words/en.json";
import it from "./words/it.json";

const keys = (words: object, at = ""): string[] =>
  Object.entries(words).flatMap(([key, value]) => (typeof value === "object" && value !== null ? keys(value as object, `${at}${key}.`) : [`${at}${key}`]));
const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

test("both languages say the same things", () => {
  expect(keys(en)).toEqual(keys(it));
});

test("a feature imports no other feature, and what is below features imports none", () => {
  const wrong = files("src")
    .filter((path) => /\.tsx?$/.test(path))
    .flatMap((path) => {
      const own = /src\/features\/([^/]+)\//.exec(path)?.[1];
      const below = /src\/(ui|kernel|api)\//.test(path);
      const named = [...readFileSync(path, "utf8").matchAll(/from "([^"]+)"/g)].map((m) => m[1] ?? "");
      return named.filter((name) => (below && /features|routes/.test(name)) || (own !== undefined && /routes/.test(name)) || (own !== undefined && /^\.\.\/[a-z]/.test(name) && !/^\.\.\/\.\./.test(name))).map((name) => `${path} imports ${name}`);
    });
  expect(wrong).toEqual([]);
});
