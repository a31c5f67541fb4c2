import type { Schemas } from "../../api/client";
import { dayText, ms, now, type Day, type Period } from "../../kernel/time";

/** A resource with its stretches. A row that is another day than the line's is drawn so much earlier than it is. */
export type Row = Schemas["ResourceSpans"] & { shift?: number; caption?: string };
export type Span = Schemas["SpanShape"];
export type Marks = Schemas["MarksShape"];
export type ShownDay = Schemas["DayShape"];

/** From one instant to another, in milliseconds; the end is not part of it. */
export interface Stretch {
  start: number;
  end: number;
}

/** One day as far as something is to be seen in it, and where it lies on the line: fractions of its whole length. */
export interface Segment extends Stretch {
  on: Day;
  left: number;
  width: number;
  /** Whole hours of elapsed time from its start. */
  ticks: number[];
}

/** What is being drawn and not yet said to the server: new time, or a booking somewhere else. */
export interface Draft {
  row: Row;
  stretch: Stretch;
  /** The booking that moves or is stretched; null while new time is chosen. */
  span: Span | null;
}

export const HOUR = 3_600_000;
/** A day on which nothing opens still has a place on the line. */
const CLOSED = 2 * HOUR;

/** The days side by side without their closed nights, drawn by elapsed time: hours that a clock change takes or gives are as they are. */
export function segments(rows: readonly Row[], days: readonly ShownDay[]): Segment[] {
  const seen = days.map((day) => ({ on: day.on, ...hull(rows, ms(day.period.start), ms(day.period.end)) }));
  const whole = seen.reduce((sum, day) => sum + day.end - day.start, 0);
  let left = 0;
  return seen.map((day) => {
    const width = (day.end - day.start) / whole;
    const placed = { ...day, left, width, ticks: Array.from({ length: Math.round((day.end - day.start) / HOUR) }, (_, hour) => day.start + hour * HOUR) };
    left += width;
    return placed;
  });
}

function hull(rows: readonly Row[], start: number, end: number): Stretch {
  let first = end;
  let last = start;
  for (const row of rows) {
    for (const span of row.spans) {
      if (span.kind === "closed") continue;
      const from = Math.max(start, ms(span.period.start));
      const to = Math.min(end, ms(span.period.end));
      if (from >= to) continue;
      first = Math.min(first, from);
      last = Math.max(last, to);
    }
  }
  if (first >= last) return { start: start + 9 * HOUR, end: start + 9 * HOUR + CLOSED };
  return { start: start + Math.floor((first - start) / HOUR) * HOUR, end: Math.min(end, start + Math.ceil((last - start) / HOUR) * HOUR) };
}

/** The instant at a fraction of the line. */
export function instantAt(line: readonly Segment[], fraction: number): number {
  const found = line.find((day) => fraction < day.left + day.width) ?? line[line.length - 1];
  if (!found) return 0;
  const inside = Math.min(1, Math.max(0, (fraction - found.left) / found.width));
  return found.start + inside * (found.end - found.start);
}

/** A stretch as it is, of one as it is drawn in its row; and the present as that row has it. */
export const really = (row: Row, drawn: Stretch): Stretch => ({ start: drawn.start + (row.shift ?? 0), end: drawn.end + (row.shift ?? 0) });
export const presentIn = (row: Row): number => now() - (row.shift ?? 0);

const shifted = (period: Period, by: number): Period => ({ start: new Date(ms(period.start) + by).toISOString(), end: new Date(ms(period.end) + by).toISOString() });

/** A stretch of a row with its real times again. */
export const asItIs = (row: Row, span: Span): Span => (row.shift ? { ...span, period: shifted(span.period, row.shift), booked: span.booked ? shifted(span.booked, row.shift) : null } : span);

/** One resource as a row for each day, all drawn as if it were the first: their ends lie on each other, so that only the
 * hours before a change of the clock lie beside what the scale says. */
export function byDay(row: Row, days: readonly ShownDay[]): Row[] {
  const base = days[0];
  if (!base) return [];
  return days.map((day) => {
    const shift = ms(day.period.end) - ms(base.period.end);
    const inside = ({ period }: { period: Period }) => period.start < day.period.end && period.end > day.period.start;
    const within = (period: Period): Period => ({ start: period.start < day.period.start ? day.period.start : period.start, end: period.end > day.period.end ? day.period.end : period.end });
    const drawn = (period: Period) => shifted(period, -shift);
    return {
      ...row,
      id: day.on,
      caption: dayText(day.on),
      shift,
      spans: row.spans.filter(inside).map((span) => ({ ...span, period: drawn(within(span.period)), booked: span.booked ? drawn(span.booked) : null })),
      grid: row.grid.filter(inside).map((marks) => ({
        ...marks,
        period: drawn(marks.period),
        anchor: new Date(ms(marks.anchor) - shift).toISOString(),
        presets: marks.presets.map((preset) => ({ ...preset, period: drawn(preset.period) })),
      })),
    };
  });
}

export interface Place {
  left: number;
  width: number;
}

/** Where a stretch is drawn: one piece in each day that shows some of it. */
export function places(line: readonly Segment[], stretch: Stretch): Place[] {
  return line.flatMap((day) => {
    const from = Math.max(day.start, stretch.start);
    const to = Math.min(day.end, stretch.end);
    if (from >= to) return [];
    const scale = day.width / (day.end - day.start);
    return [{ left: day.left + (from - day.start) * scale, width: (to - from) * scale }];
  });
}
