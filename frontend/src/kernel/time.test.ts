import { afterEach, expect, test, vi } from "vitest";
import { addDays, addMonths, clock, countdown, dayAt, hours, instantOf, lasting, lengthsBelow, monday, spanText, speak, wallHours } from "./time";

const ROME = "Europe/Rome";
afterEach(() => vi.useRealTimers());

test("a time is the venue's, wherever the browser is", () => {
  process.env["TZ"] = "America/New_York";
  expect(clock("2026-12-01T09:00:00Z", ROME)).toBe("10:00");
  expect(dayAt("2026-12-01T23:30:00Z", ROME)).toBe("2026-12-02");
});

test("the hour that the clock shows twice is two instants", () => {
  expect([clock("2026-10-25T00:30:00Z", ROME), clock("2026-10-25T01:30:00Z", ROME)]).toEqual(["02:30", "02:30"]);
});

test("days are counted as days over a clock change", () => {
  expect(addDays("2027-03-27", 2)).toBe("2027-03-29");
  expect(monday("2026-10-25")).toBe("2026-10-19");
  expect(addMonths("2026-12-15", 2)).toBe("2027-02-01");
});

test("hours as a rule says them are of the wall clock, and know on which day they end", () => {
  expect(wallHours({ start: "2026-12-01T21:00:00Z", end: "2026-12-01T23:00:00Z" }, ROME)).toEqual({ start: "22:00", end: "24:00", nights: 0 });
  expect(wallHours({ start: "2026-10-24T16:00:00Z", end: "2026-10-26T11:00:00Z" }, ROME)).toEqual({ start: "18:00", end: "12:00", nights: 2 });
});

test("an end at midnight is 24:00", () => {
  expect(hours({ start: "2026-12-01T21:00:00Z", end: "2026-12-01T23:00:00Z" }, ROME)).toBe("22:00–24:00");
});

test("a stretch says its days with their year, and its hours where they are not whole days", () => {
  speak("it");
  expect(spanText({ start: "2027-12-23T23:00:00Z", end: "2027-12-24T23:00:00Z" }, ROME)).toBe("Venerdì 24 dicembre 2027");
  expect(spanText({ start: "2026-12-02T23:00:00Z", end: "2026-12-05T11:00:00Z" }, ROME)).toBe("Giovedì 3 dicembre 2026, 00:00 – Sabato 5 dicembre 2026, 12:00");
  expect(spanText({ start: "2026-12-03T13:00:00Z", end: "2026-12-03T23:00:00Z" }, ROME)).toBe("Giovedì 3 dicembre 2026, 14:00–24:00");
});

test("a countdown never goes below nothing", () => {
  const at = Date.parse("2026-12-01T09:00:00Z");
  expect(countdown("2026-12-01T09:09:41Z", at)).toBe("09:41");
  expect(countdown("2026-12-01T08:00:00Z", at)).toBe("00:00");
  expect(countdown("2026-12-01T10:59:59Z", at)).toBe("1:59:59");
});

test("both languages are spoken", () => {
  speak("en");
  expect(clock("2026-12-01T09:00:00Z", ROME)).toBe("10:00");
  speak("it");
});

test("a booking can be shortened to whole steps, not below the least", () => {
  expect(lengthsBelow(120, 60, 30)).toEqual([60, 90]);
  expect(lengthsBelow(60, 60, 30)).toEqual([]);
  expect(hours(lasting("2026-12-01T09:00:00Z", 90), ROME)).toBe("10:00–11:30");
});

test("a wall clock's time is an instant, also on the days of a clock change", () => {
  expect(instantOf("2026-12-01T10:00", ROME)).toBe("2026-12-01T09:00:00.000Z");
  expect(instantOf("2026-07-01T10:00", ROME)).toBe("2026-07-01T08:00:00.000Z");
  expect(instantOf("2026-10-25T10:00", ROME)).toBe("2026-10-25T09:00:00.000Z");
  expect(instantOf("2026-10-25T02:30", ROME)).toBe("2026-10-25T00:30:00.000Z");
  expect(instantOf("2027-03-28T02:30", ROME)).toBe("2027-03-28T01:30:00.000Z");
});
