import { useState } from "react";
import { useTranslation } from "react-i18next";
import { percent } from "../../kernel/money";
import { addDays, dayText, hoursText, monday, monthText, weekdayText, type Day } from "../../kernel/time";
import { walked } from "./panel";
import { useWidth } from "./width";

/** How full: 0 nothing, 5 nearly all. */
export const level = (part: number, whole: number): number => (whole <= 0 || part <= 0 ? 0 : Math.min(5, Math.ceil((part / whole) * 5)));

export interface Cell {
  row: string;
  column: string;
  part: number;
  whole: number;
  text: string;
  /** What is written in it. */
  mark?: string;
  unmet?: number | null;
}

/** Rows by columns of squares, coloured by how full; what is closed is only an outline. */
export function Squares({ label, rows, columns, named = (key) => key, cells, everyColumn = 1, width = 46, height = 26, left = 34, choose }: { label: string; rows: readonly { key: string; name: string }[]; columns: readonly string[]; named?: (column: string) => string; cells: ReadonlyMap<string, Cell>; everyColumn?: number; width?: number; height?: number; left?: number; choose?: (cell: Cell) => void }) {
  const { t } = useTranslation();
  const [at, point] = useState<number | null>(null);
  const places = rows.flatMap((row) => columns.map((column) => `${row.key}|${column}`));
  const here = at === null ? undefined : cells.get(places[at] ?? "");
  const top = 20;
  const text = here?.text ?? t("insight.point");
  return (
    <>
      <svg
        viewBox={`0 0 ${left + columns.length * width} ${top + rows.length * height + 2}`}
        {...walked(label, places.length, at, point, text, () => {
          if (here) choose?.(here);
        })}
        onPointerLeave={() => point(null)}
      >
        {columns.map((column, x) =>
          x % everyColumn === 0 ? (
            <text key={column} x={left + x * width + width / 2} y={13} textAnchor="middle">
              {named(column)}
            </text>
          ) : null,
        )}
        {rows.map((row, y) => (
          <text key={row.key} x={left - 6} y={top + y * height + height / 2 + 4} textAnchor="end">
            {row.name}
          </text>
        ))}
        {places.map((place, n) => {
          const cell = cells.get(place);
          const x = left + (n % columns.length) * width;
          const y = top + Math.floor(n / columns.length) * height;
          const full = cell ? level(cell.part, cell.whole) : 0;
          return (
            <g key={place} onPointerEnter={() => point(n)} onClick={() => cell && choose?.(cell)}>
              <rect x={x + 1} y={y + 1} width={width - 2} height={height - 2} rx={Math.min(5, height / 4)} className={cell && cell.whole > 0 ? `c${full}` : "shut"} />
              {cell?.mark ? (
                <text x={x + width / 2} y={y + height / 2 + 4} textAnchor="middle" className={full >= 4 ? "onfull" : "oncell"}>
                  {cell.mark}
                </text>
              ) : null}
              {cell?.unmet ? <circle cx={x + width - 7} cy={y + 7} r={3.5} className="unmet" /> : null}
            </g>
          );
        })}
      </svg>
      <p className="reading" aria-hidden="true">
        {text}
      </p>
    </>
  );
}

interface Stroke {
  part: readonly number[];
  whole: readonly number[];
}

const H = 210;
const L = 40;
const B = 24;

/** A share over time; what it is compared with is dashed behind it. */
export function Lines({ label, steps, now, before, other, choose }: { label: string; steps: readonly Day[]; now: Stroke; before?: Stroke | undefined; other?: string; choose?: (n: number) => void }) {
  const { t } = useTranslation();
  const [at, point] = useState<number | null>(null);
  const [W, ref] = useWidth();
  const share = (s: Stroke, n: number) => ((s.whole[n] ?? 0) > 0 ? (s.part[n] ?? 0) / (s.whole[n] ?? 1) : 0);
  const x = (n: number) => L + (n * (W - L - 8)) / Math.max(1, steps.length - 1);
  const y = (v: number) => 8 + (1 - Math.min(1, v)) * (H - B - 8);
  const path = (s: Stroke) => steps.map((_, n) => `${n ? "L" : "M"}${x(n).toFixed(1)} ${y(share(s, n)).toFixed(1)}`).join("");
  const every = Math.ceil(steps.length / Math.max(2, Math.floor(W / 110)));
  const text = at === null
          ? t("insight.point")
          : `${dayText(steps[at] ?? "")}: ${percent(now.part[at] ?? 0, now.whole[at] ?? 0)} (${hoursText(now.part[at] ?? 0)} / ${hoursText(now.whole[at] ?? 0)} h)${before ? ` · ${other ?? t("insight.before")} ${percent(before.part[at] ?? 0, before.whole[at] ?? 0)}` : ""}`;
  return (
    <>
      <svg
        ref={ref}
        className="even"
        viewBox={`0 0 ${W} ${H}`}
        {...walked(label, steps.length, at, point, text, () => at !== null && choose?.(at))}
        onPointerLeave={() => point(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const n = Math.round(((((event.clientX - box.left) / box.width) * W - L) / (W - L - 8)) * (steps.length - 1));
          point(Math.min(steps.length - 1, Math.max(0, n)));
        }}
      >
        {[0, 0.25, 0.5, 0.75, 1].map((v) => (
          <g key={v}>
            <line x1={L} x2={W - 8} y1={y(v)} y2={y(v)} className="grid" />
            <text x={L - 6} y={y(v) + 4} textAnchor="end">
              {percent(v, 1)}
            </text>
          </g>
        ))}
        {steps.map((day, n) =>
          n % every === 0 ? (
            <text key={day} x={x(n)} y={H - 6} textAnchor={n === 0 ? "start" : "middle"}>
              {dayText(day).replace(/^\S+ /, "")}
            </text>
          ) : null,
        )}
        {before ? <path d={path(before)} className="other" /> : null}
        <path d={`${path(now)}L${x(steps.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} className="area" />
        <path d={path(now)} className="line" />
        {at === null ? null : <line x1={x(at)} x2={x(at)} y1={8} y2={y(0)} className="grid" />}
        <rect x={L} y={0} width={W - L} height={H - B} className="over" onClick={() => at !== null && choose?.(at)} />
      </svg>
      <p className="reading" aria-hidden="true">
        {text}
      </p>
    </>
  );
}

interface Layer {
  name: string;
  values: readonly number[];
}

/** Hours a month, one upon the other. */
export function Bars({ label, steps, layers, choose }: { label: string; steps: readonly Day[]; layers: readonly Layer[]; choose?: (n: number) => void }) {
  const { t } = useTranslation();
  const [at, point] = useState<number | null>(null);
  const [W, ref] = useWidth();
  const sum = (n: number) => layers.reduce((total, layer) => total + (layer.values[n] ?? 0), 0);
  const most = Math.max(60, ...steps.map((_, n) => sum(n)));
  const wide = (W - L - 8) / Math.max(1, steps.length);
  const text = at === null
          ? t("insight.point")
          : `${monthText(steps[at] ?? "")}: ${hoursText(sum(at))} h — ${layers
              .filter((layer) => (layer.values[at] ?? 0) > 0)
              .map((layer) => `${layer.name} ${hoursText(layer.values[at] ?? 0)}`)
              .join(", ")}`;
  const tall = (v: number) => (v / most) * (H - B - 12);
  return (
    <>
      <svg ref={ref} className="even" viewBox={`0 0 ${W} ${H}`} {...walked(label, steps.length, at, point, text, () => at !== null && choose?.(at))} onPointerLeave={() => point(null)}>
        {[0, 0.5, 1].map((v) => (
          <g key={v}>
            <line x1={L} x2={W - 8} y1={H - B - tall(most * v)} y2={H - B - tall(most * v)} className="grid" />
            <text x={L - 6} y={H - B - tall(most * v) + 4} textAnchor="end">
              {hoursText(most * v)}
            </text>
          </g>
        ))}
        {steps.map((day, n) => {
          let y = H - B;
          const bar = Math.min(56, wide * 0.7);
          return (
            <g key={day} onPointerEnter={() => point(n)} onClick={() => choose?.(n)}>
              {layers.map((layer, k) => {
                const h = tall(layer.values[n] ?? 0);
                y -= h;
                return <rect key={layer.name} x={L + n * wide + (wide - bar) / 2} y={y} width={bar} height={Math.max(0, h - (h > 2 ? 1 : 0))} rx={2} className={`k${k % 7}`} />;
              })}
              <text x={L + n * wide + wide / 2} y={H - 7} textAnchor="middle">
                {monthText(day).slice(0, 3)}
              </text>
            </g>
          );
        })}
      </svg>
      <ul className="legend">
        {layers.map((layer, k) => (
          <li key={layer.name}>
            <svg viewBox="0 0 10 10" aria-hidden="true">
              <rect width="10" height="10" rx="3" className={`k${k % 7}`} />
            </svg>
            {layer.name}
          </li>
        ))}
      </ul>
      <p className="reading" aria-hidden="true">
        {text}
      </p>
    </>
  );
}

/** Every day of a year as a square: weeks across, Mondays on top. */
export function Year({ label, steps, part, whole, choose }: { label: string; steps: readonly Day[]; part: readonly number[]; whole: readonly number[]; choose?: (day: Day) => void }) {
  const { t } = useTranslation();
  const [at, point] = useState<number | null>(null);
  const side = 14;
  const first = steps[0] ?? "2026-01-05";
  const offset = [0, 1, 2, 3, 4, 5, 6].findIndex((n) => addDays(monday(first), n) === first);
  const weeks = Math.ceil((steps.length + offset) / 7);
  const left = 34;
  const text = at === null ? t("insight.point") : `${dayText(steps[at] ?? "")}: ${percent(part[at] ?? 0, whole[at] ?? 0)} (${hoursText(part[at] ?? 0)} / ${hoursText(whole[at] ?? 0)} h)`;
  return (
    <>
      <svg viewBox={`0 0 ${left + weeks * side} ${20 + 7 * side}`} {...walked(label, steps.length, at, point, text, () => choose?.(steps[at ?? 0] ?? ""))} onPointerLeave={() => point(null)}>
        {[1, 3, 5, 7].map((day) => (
          <text key={day} x={left - 5} y={20 + day * side - 4} textAnchor="end">
            {weekdayText(day)}
          </text>
        ))}
        {steps.map((day, n) => {
          const x = left + Math.floor((n + offset) / 7) * side;
          const y = 18 + ((n + offset) % 7) * side;
          return (
            <g key={day}>
              {day.endsWith("-01") ? (
                <text x={x} y={12}>
                  {monthText(day).slice(0, 3)}
                </text>
              ) : null}
              <rect x={x + 1} y={y + 1} width={side - 2} height={side - 2} rx={3} className={(whole[n] ?? 0) > 0 ? `c${level(part[n] ?? 0, whole[n] ?? 0)}` : "shut"} onPointerEnter={() => point(n)} onClick={() => choose?.(day)} />
            </g>
          );
        })}
      </svg>
      <p className="reading" aria-hidden="true">
        {text}
      </p>
    </>
  );
}

/** The scale of every picture of how full; of counts, up to the most there is. */
export function Scale({ most }: { most?: number }) {
  const { t } = useTranslation();
  return (
    <ul className="legend">
      {[0, 1, 2, 3, 4, 5].map((n) => most && n > 0 && Math.floor((most * n) / 5) === Math.floor((most * (n - 1)) / 5) ? null : (
        <li key={n}>
          <svg viewBox="0 0 10 10" aria-hidden="true">
            <rect x="0.5" y="0.5" width="9" height="9" rx="3" className={`c${n}`} />
          </svg>
          {most ? (n === 0 ? "0" : `≤ ${Math.floor((most * n) / 5)}`) : n === 0 ? "0%" : `≤ ${percent(n, 5)}`}
        </li>
      ))}
      {most ? null : (
        <li>
          <svg viewBox="0 0 10 10" aria-hidden="true">
            <circle cx="5" cy="5" r="4" className="unmet" />
          </svg>
          {t("insight.unmetMark")}
        </li>
      )}
    </ul>
  );
}

