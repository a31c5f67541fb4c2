import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { bodyOf, goesTo, moved } from "./move";

const HOUR = (from: number) => ({ start: `2026-12-01T${from}:00:00Z`, end: `2026-12-01T${from + 1}:00:00Z` });
const piece = (item: string | null) => ({ booking_id: item && "bkg_1", item_id: item, period: HOUR(10), booked: HOUR(10), resource_id: "res_a" });
const calendar = { resources: [{ id: "res_a", spans: [piece("itm_1"), piece(null)] }, { id: "res_b", spans: [] }, { id: "res_c", spans: [piece("itm_2")] }] } as unknown as Schemas["AvailabilityShape"];

test("of several things booked together it is said which one goes elsewhere", () => {
  const target = { booking: "bkg_1", item: "itm_1", from: "res_a", to: "res_b", period: HOUR(14) };
  expect(bodyOf(target)).toEqual({ period: HOUR(14), resource_id: "res_b", item_id: "itm_1" });
  expect(bodyOf({ ...target, to: "res_a" })).toEqual({ period: HOUR(14) });
});

test("what is near says of each thing where it would be", () => {
  const items = [
    { id: "itm_1", resource: { id: "res_a" } },
    { id: "itm_2", resource: { id: "res_c" } },
  ];
  const near = (...ids: string[]) => ids.map((id) => ({ resource_id: id }));
  const dragged = { item: "itm_2", from: "res_c" };
  expect(goesTo(items, near("res_a", "res_d"), dragged)).toEqual({ item: "itm_2", from: "res_c", to: "res_d" });
  expect(goesTo(items, near("res_b", "res_c"), dragged)).toEqual({ item: "itm_1", from: "res_a", to: "res_b" });
  expect(goesTo(items, near("res_a", "res_c"), dragged)).toEqual({ ...dragged, to: "res_c" });
});

test("a thing is drawn where it goes, and only there; what is booked with it stays", () => {
  const after = moved(calendar, { item: "itm_1", to: "res_b", period: HOUR(14) });
  expect(after.resources.map((row) => row.spans.map((span) => [span.item_id, span.period.start]))).toEqual([[[null, HOUR(10).start]], [["itm_1", HOUR(14).start]], [["itm_2", HOUR(10).start]]]);
});

test("rows that it does not touch stay the same, so that they are not drawn again", () => {
  expect(moved(calendar, { item: "itm_1", to: "res_b", period: HOUR(14) }).resources[2]).toBe(calendar.resources[2]);
  expect(moved(calendar, { item: "itm_9", to: "res_b", period: HOUR(14) })).toBe(calendar);
});
