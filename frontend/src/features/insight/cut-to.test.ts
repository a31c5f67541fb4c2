import { expect, test } from "vitest";
import { cutTo } from "./cut-to";

const days = { from: "2026-09-15", to: "2026-12-01" };
const all = { on_from: "2026-09-15", on_to: "2026-12-01" };

test("a month of the figures is the part of it that is looked at", () => {
  expect(cutTo(days, "month", "2026-09")).toEqual({ on_from: "2026-09-15", on_to: "2026-10-01" });
  expect(cutTo(days, "month", "2026-11")).toEqual({ on_from: "2026-11-01", on_to: "2026-12-01" });
});

test("a thing or an hour of the week narrows all of the days", () => {
  expect(cutTo(days, "resource", "res_1")).toEqual({ ...all, resource_id: ["res_1"] });
  expect(cutTo(days, "hour", "0")).toEqual({ ...all, hour: 0 });
  expect(cutTo(days, undefined, "")).toEqual(all);
});
