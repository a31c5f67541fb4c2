import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { clock, dayAt, hours, wallPeriod } from "../../kernel/time";
import { cellNear, cells, gapAt, movedTo, periodOf, rowNear, startNear, stepped, stretchedTo, stretchOf, strokeOver, usualAt } from "./marks";
import { level } from "./month";
import { asItIs, byDay, HOUR, instantAt, places, really, segments, type Row, type Span } from "./scale";

const at = (text: string) => Date.parse(text);
const span = (start: string, end: string, kind: Span["kind"], more: Partial<Span> = {}): Span => ({
  period: { start, end }, kind, cause: null, reason: null, block_id: null, block_repeats: false, booking_id: null, item_id: null, state: null, code: null, title: null, attendance: null, taken: null, resource_id: null, booked: null, actions: null, ...more,
});
const marks = (start: string, end: string, more: Partial<Schemas["MarksShape"]> = {}) => ({ period: { start, end }, anchor: start, step: 30, usual: 60, presets: [], ...more });
const row = (spans: Span[], grid: Schemas["MarksShape"][], id = "res_1"): Row => ({ id, slug: id, name: id, kind: "hall", capacity: null, quantity: 1, spans, grid });

const DAY = row(
  [
    span("2026-12-01T08:00:00Z", "2026-12-01T10:00:00Z", "free"),
    span("2026-12-01T10:00:00Z", "2026-12-01T10:15:00Z", "setup"),
    span("2026-12-01T10:15:00Z", "2026-12-01T12:00:00Z", "taken"),
    span("2026-12-01T12:00:00Z", "2026-12-01T20:00:00Z", "free"),
  ],
  [marks("2026-12-01T08:00:00Z", "2026-12-01T20:00:00Z")],
);
const spoken = (stretch: { start: number; end: number } | undefined) => stretch && hours(periodOf(stretch), "UTC");
const LONG_AGO = 0;

test("a stroke takes the whole steps that it touched, and stays in its gap", () => {
  expect(spoken(strokeOver(DAY, at("2026-12-01T12:40:00Z"), at("2026-12-01T13:50:00Z"), LONG_AGO))).toBe("12:30–14:00");
  expect(spoken(strokeOver(DAY, at("2026-12-01T13:50:00Z"), at("2026-12-01T12:40:00Z"), LONG_AGO))).toBe("12:30–14:00");
  expect(spoken(strokeOver(DAY, at("2026-12-01T09:10:00Z"), at("2026-12-01T15:00:00Z"), LONG_AGO))).toBe("09:00–10:00");
  expect(strokeOver(DAY, at("2026-12-01T11:00:00Z"), at("2026-12-01T13:00:00Z"), LONG_AGO)).toBeUndefined();
});

test("a press takes the usual length, as far as the gap goes, and nothing that is over", () => {
  expect(spoken(usualAt(DAY, at("2026-12-01T12:40:00Z"), LONG_AGO))).toBe("12:30–13:30");
  expect(spoken(usualAt(DAY, at("2026-12-01T09:40:00Z"), LONG_AGO))).toBe("09:30–10:00");
  expect(spoken(usualAt(DAY, at("2026-12-01T12:10:00Z"), at("2026-12-01T12:50:00Z")))).toBe("13:00–14:00");
  expect(usualAt(DAY, at("2026-12-01T09:00:00Z"), at("2026-12-01T11:00:00Z"))).toBeUndefined();
});

test("starts are counted from the anchor, wherever the open stretch was clipped", () => {
  const late = row([span("2026-12-01T09:10:00Z", "2026-12-01T12:00:00Z", "free")], [marks("2026-12-01T09:10:00Z", "2026-12-01T12:00:00Z", { anchor: "2026-12-01T08:20:00Z", step: 45 })]);
  expect(clock(startNear(late, at("2026-12-01T10:00:00Z"), true), "UTC")).toBe("09:50");
  expect(clock(startNear(late, at("2026-12-01T09:12:00Z"), true), "UTC")).toBe("09:50");
});

test("where the rules know only presets, a press or a stroke means one of them", () => {
  const preset = (name: string, start: string, end: string) => ({ name, period: { start: `2026-12-01T${start}:00Z`, end: `2026-12-01T${end}:00Z` } });
  const halves = row(
    [span("2026-12-01T08:00:00Z", "2026-12-01T20:00:00Z", "free")],
    [marks("2026-12-01T08:00:00Z", "2026-12-01T20:00:00Z", { presets: [preset("morning", "08:00", "13:00"), preset("day", "08:00", "20:00"), preset("evening", "14:00", "20:00")] })],
  );
  expect(spoken(usualAt(halves, at("2026-12-01T09:00:00Z"), LONG_AGO))).toBe("08:00–13:00");
  expect(spoken(strokeOver(halves, at("2026-12-01T09:00:00Z"), at("2026-12-01T16:00:00Z"), LONG_AGO))).toBe("14:00–20:00");
  expect(cells(halves).map((cell) => spoken(cell))).toEqual(["08:00–13:00", "08:00–20:00", "14:00–20:00"]);
  expect(spoken(stepped(halves, stretchOf(preset("morning", "08:00", "13:00").period), 1))).toBe("14:00–20:00");
});

test("the cursor walks steps of free time and the whole of anything else, and passes padding over", () => {
  const all = cells(DAY);
  expect(all.slice(0, 6).map((cell) => `${spoken(cell)} ${cell.span.kind}`)).toEqual(["08:00–08:30 free", "08:30–09:00 free", "09:00–09:30 free", "09:30–10:00 free", "10:15–12:00 taken", "12:00–12:30 free"]);
  expect(all[cellNear(all, at("2026-12-01T10:05:00Z"))]?.span.kind).toBe("free");
  expect(all[cellNear(all, at("2026-12-01T10:10:00Z"))]?.span.kind).toBe("taken");
  expect(cellNear([], 0)).toBe(-1);
});

test("rows that are closed all day are passed over, and where none is left the cursor stays", () => {
  const closed = row([span("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", "closed")], []);
  const rows = [closed, { ...DAY }, closed, { ...DAY }, closed];
  expect(rowNear(rows, 0, 1)).toBe(1);
  expect(rowNear(rows, 2, 1)).toBe(3);
  expect(rowNear(rows, 2, -1)).toBe(1);
  expect(rowNear(rows, 4, 1)).toBe(3);
  expect(rowNear(rows, 5, 1)).toBe(3);
  expect(rowNear(rows, -1, -1)).toBe(1);
  expect(rowNear([closed], 0, 1)).toBe(-1);
});

test("free desks around one's own are one gap", () => {
  const pool = row(
    [span("2026-12-01T08:00:00Z", "2026-12-01T10:00:00Z", "free"), span("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", "mine"), span("2026-12-01T10:00:00Z", "2026-12-01T12:00:00Z", "free"), span("2026-12-01T14:00:00Z", "2026-12-01T15:00:00Z", "free")],
    [marks("2026-12-01T08:00:00Z", "2026-12-01T20:00:00Z")],
  );
  expect(spoken(gapAt(pool, at("2026-12-01T09:30:00Z")))).toBe("08:00–12:00");
  expect(gapAt(pool, at("2026-12-01T13:00:00Z"))).toBeUndefined();
});

test("a booking keeps its length when it moves, and whole steps when it is stretched", () => {
  const own = { start: at("2026-12-01T12:00:00Z"), end: at("2026-12-01T13:30:00Z") };
  expect(spoken(movedTo(DAY, own, at("2026-12-01T14:40:00Z")))).toBe("14:30–16:00");
  expect(spoken(stretchedTo(DAY, own, "end", at("2026-12-01T15:10:00Z")))).toBe("12:00–15:00");
  expect(spoken(stretchedTo(DAY, own, "end", at("2026-12-01T11:00:00Z")))).toBe("12:00–12:30");
  expect(spoken(stretchedTo(DAY, own, "start", at("2026-12-01T14:00:00Z")))).toBe("13:00–13:30");
});

test("past the last start of a day comes the first of the next", () => {
  const two = row([], [marks("2026-12-01T08:00:00Z", "2026-12-01T20:00:00Z"), marks("2026-12-02T09:00:00Z", "2026-12-02T20:00:00Z")]);
  const evening = { start: at("2026-12-01T19:30:00Z"), end: at("2026-12-01T20:30:00Z") };
  const next = stepped(two, evening, 1);
  expect(next.start).toBe(at("2026-12-02T09:00:00Z"));
  expect(stepped(two, next, -1).start).toBe(at("2026-12-01T19:00:00Z"));
});

test("days lie side by side without their nights, and an instant is found where it is drawn", () => {
  const rows = [row([span("2026-12-01T08:10:00Z", "2026-12-01T20:00:00Z", "free"), span("2026-12-02T10:00:00Z", "2026-12-02T13:30:00Z", "taken")], [])];
  const days = ["2026-12-01", "2026-12-02"].map((on, n) => ({ on, period: { start: `${on}T00:00:00Z`, end: `2026-12-0${n + 2}T00:00:00Z` } }));
  const line = segments(rows, days);
  expect(line.map((day) => day.ticks.length)).toEqual([12, 4]);
  expect(places(line, { start: at("2026-12-01T19:00:00Z"), end: at("2026-12-02T11:00:00Z") })).toHaveLength(2);
  const noon = at("2026-12-01T12:00:00Z");
  expect(instantAt(line, places(line, { start: noon, end: noon + HOUR })[0]?.left ?? -1)).toBe(noon);
});

test("a day of 23 hours has 23, and one of 25 has 25", () => {
  const whole = (start: string, end: string) => segments([row([span(start, end, "free")], [])], [{ on: "2027-03-28", period: { start, end } }]);
  expect(whole("2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z")[0]?.ticks.map((tick) => clock(tick, "Europe/Rome").slice(0, 2)).slice(0, 4)).toEqual(["00", "01", "03", "04"]);
  expect(whole("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")[0]?.ticks).toHaveLength(25);
});

test("an end that is not after the start is the next day's", () => {
  expect(wallPeriod("2026-12-31", "22:00", "00:00")).toEqual({ start: "2026-12-31T22:00:00", end: "2027-01-01T00:00:00" });
});

test("a day with a little left is never drawn as a full one", () => {
  expect([level({ open_minutes: 840, free_minutes: 30 }), level({ open_minutes: 840, free_minutes: 840 }), level({ open_minutes: 0, free_minutes: 0 })]).toEqual([1, 4, 0]);
});

test("the days of one resource lie below one another by the clock, whatever the clock does, and know when they are", () => {
  const days = [
    { on: "2026-10-24", period: { start: "2026-10-23T22:00:00Z", end: "2026-10-24T22:00:00Z" } },
    { on: "2026-10-25", period: { start: "2026-10-24T22:00:00Z", end: "2026-10-25T23:00:00Z" } },
  ];
  const open = { start: "2026-10-25T08:00:00Z", end: "2026-10-25T11:00:00Z" };
  const night = { ...span("2026-10-24T20:00:00Z", "2026-10-25T01:00:00Z", "mine"), booked: { start: "2026-10-24T20:00:00Z", end: "2026-10-25T01:00:00Z" } };
  const [first, second] = byDay(row([night, span(open.start, open.end, "free")], [marks(open.start, open.end)]), days);
  if (!first || !second) throw new Error("two days");
  expect(first.spans.map((one) => one.period.end)).toEqual(["2026-10-24T22:00:00.000Z"]);
  const [rest, free] = second.spans;
  expect(free && clock(free.period.start, "Europe/Rome")).toBe("09:00");
  expect(free && dayAt(free.period.start, "Europe/Rome")).toBe("2026-10-24");
  expect(free && asItIs(second, free).period).toEqual({ start: "2026-10-25T08:00:00.000Z", end: "2026-10-25T11:00:00.000Z" });
  expect(rest && asItIs(second, rest).booked).toEqual({ start: "2026-10-24T20:00:00.000Z", end: "2026-10-25T01:00:00.000Z" });
  const stroke = free && strokeOver(second, at(free.period.start), at(free.period.start) + HOUR, LONG_AGO);
  expect(stroke && periodOf(really(second, stroke))).toEqual({ start: "2026-10-25T08:00:00.000Z", end: "2026-10-25T09:00:00.000Z" });
});
