import { ms, type Period } from "../../kernel/time";
import type { Marks, Row, Span, Stretch } from "./scale";

const MINUTE = 60_000;

export const stretchOf = (period: Period): Stretch => ({ start: ms(period.start), end: ms(period.end) });
export const periodOf = (stretch: Stretch): Period => ({ start: new Date(stretch.start).toISOString(), end: new Date(stretch.end).toISOString() });

/** What the cursor can stand on: a step of free time, or the whole of anything else. */
export interface Cell extends Stretch {
  span: Span;
}

/** The open stretch that holds an instant, else the nearest. */
function marksAt(row: Row, at: number): Marks | undefined {
  const away = (marks: Marks) => Math.max(ms(marks.period.start) - at, at - ms(marks.period.end), 0);
  const inside = row.grid.find((marks) => ms(marks.period.start) <= at && at < ms(marks.period.end));
  return inside ?? row.grid.toSorted((a, b) => away(a) - away(b))[0];
}

/** The server's start nearest to an instant (`down`: the last one not after it). */
export function startNear(row: Row, at: number, down = false): number {
  const marks = marksAt(row, at);
  if (!marks) return at;
  if (marks.presets.length > 0) {
    const starts = marks.presets.map((preset) => ms(preset.period.start));
    const fitting = down ? starts.filter((start) => start <= at) : starts;
    return (fitting.length > 0 ? fitting : starts).toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at))[0] as number;
  }
  const step = marks.step * MINUTE;
  const anchor = ms(marks.anchor);
  const steps = (at - anchor) / step;
  const found = anchor + (down ? Math.floor(steps) : Math.round(steps)) * step;
  return found < ms(marks.period.start) ? found + step : found;
}

export const stepAt = (row: Row, at: number): number => (marksAt(row, at)?.step ?? 30) * MINUTE;

export const onlyPresets = (row: Row, at: number): boolean => (marksAt(row, at)?.presets.length ?? 0) > 0;

/** The preset in which an instant lies, where the rules know only presets. */
function presetAt(row: Row, at: number): Stretch | undefined {
  const all = marksAt(row, at)?.presets.map((preset) => stretchOf(preset.period)) ?? [];
  const holding = all.filter((preset) => preset.start <= at && at < preset.end);
  return holding.toSorted((a, b) => a.end - a.start - (b.end - b.start))[0] ?? all.toSorted((a, b) => Math.abs(a.start - at) - Math.abs(b.start - at))[0];
}

/** Free time around an instant, whatever is one's own there (a desk of a pool takes nothing from the others). */
export function gapAt(row: Row, at: number): Stretch | undefined {
  let gap: Stretch | undefined;
  for (const span of row.spans) {
    if (span.kind !== "free") continue;
    const piece = stretchOf(span.period);
    if (gap && piece.start === gap.end) gap = { start: gap.start, end: piece.end };
    else if (gap && at < gap.end) break;
    else gap = piece;
  }
  return gap && gap.start <= at && at < gap.end ? gap : undefined;
}

/** What a press on free time means: the preset, or the usual length from the step that was pressed as far as the gap goes. */
export function usualAt(row: Row, at: number, now: number): Stretch | undefined {
  const gap = gapAt(row, at);
  if (!gap || gap.end <= now) return undefined;
  const preset = presetAt(row, at);
  if (preset) return preset;
  const step = stepAt(row, at);
  let start = startNear(row, Math.max(at, now, gap.start), true);
  while (start < Math.max(now, gap.start)) start += step;
  const length = (marksAt(row, at)?.usual ?? 60) * MINUTE;
  return { start, end: Math.max(start + step, Math.min(start + length, stepsInto(start, gap.end, step))) };
}

const stepsInto = (start: number, end: number, step: number) => start + Math.floor((end - start) / step) * step;

/** What a stroke over free time means: whole steps that it touched, in the gap where it began. */
export function strokeOver(row: Row, from: number, to: number, now: number): Stretch | undefined {
  const gap = gapAt(row, from);
  if (!gap || gap.end <= now) return undefined;
  if (presetAt(row, from)) return presetAt(row, to);
  const step = stepAt(row, from);
  let start = startNear(row, Math.min(from, to), true);
  while (start < Math.max(now, gap.start)) start += step;
  const last = Math.min(gap.end, Math.max(from, to));
  const steps = Math.max(1, Math.ceil((last - start) / step));
  return { start, end: start + steps * step > gap.end && steps > 1 ? stepsInto(start, gap.end, step) : start + steps * step };
}

/** The same length from the start nearest to an instant. */
export function movedTo(row: Row, stretch: Stretch, at: number): Stretch {
  const start = startNear(row, at);
  const preset = presetAt(row, start);
  return preset ?? { start, end: start + (stretch.end - stretch.start) };
}

/** The next start, or the one before it, of any open stretch of the row. */
export function stepped(row: Row, stretch: Stretch, by: 1 | -1): Stretch {
  const length = stretch.end - stretch.start;
  const presets = row.grid.flatMap((marks) => marks.presets.map((preset) => stretchOf(preset.period)));
  if (presets.length > 0) {
    const ahead = presets.filter((preset) => (by > 0 ? preset.start > stretch.start : preset.start < stretch.start));
    return ahead.toSorted((a, b) => by * (a.start - b.start))[0] ?? stretch;
  }
  const next = stretch.start + by * stepAt(row, stretch.start);
  const open = row.grid.map((marks) => stretchOf(marks.period));
  if (open.some((one) => one.start <= next && next < one.end)) return movedTo(row, stretch, next);
  const other = by > 0 ? open.find((one) => one.start >= next) : open.findLast((one) => one.end <= stretch.start);
  if (!other) return stretch;
  return movedTo(row, stretch, by > 0 ? other.start : startNear(row, Math.max(other.start, other.end - length), true));
}

/** One of the two edges somewhere else: a whole number of steps long, one at least. */
export function stretchedTo(row: Row, stretch: Stretch, edge: "start" | "end", at: number): Stretch {
  const step = stepAt(row, stretch.start);
  if (edge === "start") return { start: Math.min(startNear(row, at), stretch.end - step), end: stretch.end };
  const steps = Math.max(1, Math.round((at - stretch.start) / step));
  return { start: stretch.start, end: stretch.start + steps * step };
}

/** The row as the cursor walks it, in order; what is closed, or only padding, is passed over. */
export function cells(row: Row): Cell[] {
  const found: Cell[] = [];
  for (const span of row.spans) {
    const whole = stretchOf(span.period);
    if (span.kind === "closed" || span.kind === "setup" || span.kind === "cleanup") continue;
    if (span.kind !== "free") {
      found.push({ ...whole, span });
      continue;
    }
    const presets = (marksAt(row, whole.start)?.presets ?? []).map((preset) => stretchOf(preset.period));
    if (presets.length > 0) {
      const here = presets.filter((preset) => whole.start <= preset.start && preset.end <= whole.end);
      found.push(...(here.length > 0 ? here : [whole]).map((stretch) => ({ ...stretch, span })));
      continue;
    }
    const step = stepAt(row, whole.start);
    let at = whole.start;
    while (at < whole.end) {
      const mark = startNear(row, at, true);
      const next = Math.min(whole.end, mark <= at ? mark + step : mark);
      found.push({ start: at, end: next, span });
      at = next;
    }
  }
  return found;
}

const kept = new WeakMap<Row, Cell[]>();
/** The same, worked out once for a row. */
export function cellsOf(row: Row): Cell[] {
  const found = kept.get(row) ?? cells(row);
  kept.set(row, found);
  return found;
}

/** From this row on, down or up, the first that the cursor can stand in; where all from here are closed, the last before. */
export function rowNear(rows: readonly Row[], index: number, by: 1 | -1): number {
  const open = (one: Row) => cellsOf(one).length > 0;
  const down = rows.findIndex((one, at) => at >= index && open(one));
  const up = rows.findLastIndex((one, at) => at <= index && open(one));
  const [ahead, behind] = by > 0 ? [down, up] : [up, down];
  return ahead >= 0 ? ahead : behind;
}

/** The cell at an instant, or the nearest; -1 in a row that has none. */
export function cellNear(all: readonly Cell[], at: number): number {
  let best = -1;
  let away = Infinity;
  all.forEach((cell, index) => {
    const distance = at < cell.start ? cell.start - at : at < cell.end ? 0 : at - cell.end + 1;
    if (distance < away) {
      best = index;
      away = distance;
    }
  });
  return best;
}
