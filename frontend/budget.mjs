// What the browser loads, gzipped, against what it may load. Fails by name.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMITS = { entry: 165_000, route: 60_000, css: 20_000 };
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const size = (file) => gzipSync(readFileSync(`dist/${file}`)).length;
const closure = (name, seen = new Set()) => {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) closure(next, seen);
  return seen;
};
const entryName = Object.keys(manifest).find((name) => manifest[name].isEntry);
const entry = closure(entryName);
const sum = (names) => [...names].reduce((total, name) => total + size(manifest[name].file), 0);
const css = new Set(Object.values(manifest).flatMap((chunk) => chunk.css ?? []));
const found = [["entry", "entry", sum(entry)], ["css", "all styles", [...css].reduce((t, f) => t + size(f), 0)]];
for (const name of Object.keys(manifest).filter((n) => manifest[n].isDynamicEntry)) {
  found.push(["route", name, sum([...closure(name)].filter((n) => !entry.has(n)))]);
}
let over = false;
for (const [kind, name, bytes] of found) {
  const fits = bytes <= LIMITS[kind];
  over ||= !fits;
  console.log(`${fits ? "ok  " : "OVER"} ${(bytes / 1000).toFixed(1).padStart(7)} kB of ${LIMITS[kind] / 1000}  ${name}`);
}
process.exit(over ? 1 : 0);
