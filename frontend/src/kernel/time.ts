/** The only file that knows dates. Instants come from the API in UTC; people read them by the venue's clock, always. */

type Instant = string;
export type Day = string; // 2026-12-01
export interface Period {
  start: Instant;
  end: Instant;
}

const DAY_MS = 86_400_000;
let locale = "it-IT";

export function speak(language: string): void {
  locale = language === "en" ? "en-GB" : "it-IT";
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${zone} ${JSON.stringify(options)}`;
  const found = formats.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
  formats.set(key, found);
  return found;
}

export const ms = (at: Instant): number => Date.parse(at);
export const now = (): number => Date.now();
export const minutesOf = (period: Period): number => Math.round((ms(period.end) - ms(period.start)) / 60_000);

/** So many minutes from an instant. */
export const lasting = (start: Instant, minutes: number): Period => ({ start, end: new Date(ms(start) + minutes * 60_000).toISOString() });

/** The whole steps that are shorter than a length and not shorter than the least. */
export const lengthsBelow = (minutes: number, least: number, step: number): number[] =>
  Array.from({ length: Math.floor(minutes / step) }, (_, n) => (n + 1) * step).filter((n) => n >= least && n < minutes);

/** The day that the venue's calendar shows at this instant. */
export function dayAt(at: number | Instant, zone: string): Day {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(typeof at === "string" ? ms(at) : at);
}

export const today = (zone: string): Day => dayAt(now(), zone);

/** Days are counted as days, never as hours: no clock change can lose one. */
export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

export function monday(day: Day): Day {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

export const firstOfMonth = (day: Day): Day => `${day.slice(0, 7)}-01`;
export function addMonths(day: Day, count: number): Day {
  const date = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + count);
  return date.toISOString().slice(0, 10);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "Mar 1 dic" */
export function dayText(day: Day): string {
  return capital(format("UTC", { weekday: "short", day: "numeric", month: "short" }).format(Date.parse(`${day}T12:00:00Z`)));
}
/** "15 nov 2027": a day that may be of another year */
export function dateText(day: Day): string {
  return format("UTC", { day: "numeric", month: "short", year: "numeric" }).format(Date.parse(`${day}T12:00:00Z`));
}
/** "1 lug – 30 set 2026": days, the last excluded */
export function daysText(from: Day, to: Day): string {
  const at = (day: Day) => Date.parse(`${day}T12:00:00Z`);
  return format("UTC", { day: "numeric", month: "short", year: "numeric" }).formatRange(at(from), at(addDays(to, -1)));
}
/** "Mar" */
export function weekdayOf(day: Day): string {
  return capital(format("UTC", { weekday: "short" }).format(Date.parse(`${day}T12:00:00Z`)));
}
/** "Martedì 1 dicembre 2026" */
export function longDay(day: Day): string {
  const options = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;
  return capital(format("UTC", options).format(Date.parse(`${day}T12:00:00Z`)));
}
export function monthText(month: string): string {
  return capital(format("UTC", { month: "long", year: "numeric" }).format(Date.parse(`${month.slice(0, 7)}-15T12:00:00Z`)));
}
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
/** "tue", as the API calls the day's weekday. */
export const weekdayName = (day: Day) => WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? "mon";
export function weekdayText(weekday: number): string {
  return capital(format("UTC", { weekday: "short" }).format(Date.UTC(2026, 5, weekday))); // 1 June 2026 is a Monday
}

export function clock(at: Instant | number, zone: string): string {
  return format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(typeof at === "string" ? ms(at) : at);
}

/** When something ends by the wall clock: midnight is 24:00. */
export function endClock(at: Instant, zone: string): string {
  const end = clock(at, zone);
  return end === "00:00" ? "24:00" : end;
}

/** "10:00–11:00"; an end at midnight is 24:00. */
export const hours = (period: Period, zone: string): string => `${clock(period.start, zone)}–${endClock(period.end, zone)}`;

/** The same as a rule of repetition says it: both times of the wall clock, and how many days after its start it ends. */
export function wallHours(period: Period, zone: string): { start: string; end: string; nights: number } {
  const nights = Math.round((Date.parse(dayAt(ms(period.end) - 1, zone)) - Date.parse(dayAt(period.start, zone))) / DAY_MS);
  return { start: clock(period.start, zone), end: endClock(period.end, zone), nights };
}

/** Two times of a day's wall clock as the API takes them; an end that is not after the start is the next day's. */
export function wallPeriod(day: Day, start: string, end: string): Period {
  return { start: `${day}T${start}:00`, end: `${end > start ? day : addDays(day, 1)}T${end}:00` };
}

/** The instant at which the venue's clock shows this ("2026-12-01T10:00"); of an hour shown twice the first, of one
 * never shown the one after. For looking only: what is booked is said as wall clock, which the server resolves. */
export function instantOf(wall: string, zone: string): Instant {
  const meant = Date.parse(`${wall}:00Z`);
  const shown = (at: number) => Date.parse(`${dayAt(at, zone)}T${clock(at, zone)}:00Z`);
  const tries = [-DAY_MS / 2, DAY_MS / 2].map((away) => meant - (shown(meant + away) - meant - away));
  return new Date(tries.find((at) => shown(at) === meant) ?? tries[0] ?? meant).toISOString();
}
export const nowInstant = (): Instant => new Date().toISOString();

/** "Oggi 10:00–11:00", "Mar 1 dic, 10:00–11:00" */
export function periodText(period: Period, zone: string, words: { today: string; tomorrow: string }): string {
  const day = dayAt(period.start, zone);
  const base = today(zone);
  const name = day === base ? words.today : day === addDays(base, 1) ? words.tomorrow : dayText(day);
  return `${name}, ${hours(period, zone)}`;
}

/** Days, and hours where they are not whole, with the year: "Giovedì 24 dicembre 2026 – Venerdì 25 dicembre 2026" */
export function spanText(period: Period, zone: string): string {
  const first = dayAt(period.start, zone);
  const last = dayAt(ms(period.end) - 1, zone);
  const from = clock(period.start, zone);
  const to = clock(period.end, zone).replace("00:00", "24:00");
  const [one, other] = [longDay(first), longDay(last)];
  if (from === "00:00" && to === "24:00") return first === last ? one : `${one} – ${other}`;
  return first === last ? `${one}, ${from}–${to}` : `${one}, ${from} – ${other}, ${to}`;
}

export function instantText(at: Instant, zone: string): string {
  return `${dayText(dayAt(at, zone))}, ${clock(at, zone)}`;
}

/** "09:41" until an instant, "1:59:41" where it is hours; "00:00" once it has passed. */
export function countdown(until: Instant, at: number): string {
  const left = Math.max(0, Math.ceil((ms(until) - at) / 1000));
  const two = (count: number) => String(count).padStart(2, "0");
  const whole = Math.floor(left / 3600);
  return `${whole > 0 ? `${whole}:` : ""}${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
}

/** The browser's own zone, if its clock shows another time than the venue's now. */
export function otherZone(zone: string): string | null {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return clock(now(), own) === clock(now(), zone) ? null : own;
}

export function hoursText(minutes: number): string {
  return (minutes / 60).toLocaleString(locale, { maximumFractionDigits: minutes < 6000 ? 1 : 0, useGrouping: "always" as never });
}
