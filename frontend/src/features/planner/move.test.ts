import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { moved } from "./move";

const HOUR = (from: number) => ({ start: `2026-12-01T${from}:00:00Z`, end: `2026-12-01T${from + 1}:00:00Z` });
const piece = (booking: string | null) => ({ booking_id: booking, period: HOUR(10), booked: HOUR(10), resource_id: "res_a" });
const calendar = { resources: [{ id: "res_a", spans: [piece("bkg_1"), piece(null)] }, { id: "res_b", spans: [] }, { id: "res_c", spans: [piece("bkg_2")] }] } as unknown as Schemas["AvailabilityShape"];

test("a booking is drawn where it goes, and only there", () => {
  const after = moved(calendar, { booking: "bkg_1", to: "res_b", period: HOUR(14) });
  expect(after.resources.map((row) => row.spans.map((span) => [span.booking_id, span.period.start]))).toEqual([[[null, HOUR(10).start]], [["bkg_1", HOUR(14).start]], [["bkg_2", HOUR(10).start]]]);
});

test("rows that it does not touch stay the same, so that they are not drawn again", () => {
  expect(moved(calendar, { booking: "bkg_1", to: "res_b", period: HOUR(14) }).resources[2]).toBe(calendar.resources[2]);
  expect(moved(calendar, { booking: "bkg_9", to: "res_b", period: HOUR(14) })).toBe(calendar);
});
