import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { clock, hours, ms, now, type Period } from "../kernel/time";

type Row = Schemas["ResourceSpans"];
type Span = Schemas["SpanShape"];

interface Props {
  rows: readonly Row[];
  day: Period;
  zone: string;
  /** Hours of elapsed time from the day's start between which there is something to see. */
  from: number;
  to: number;
  onPick?: (row: Row, span: Span) => void;
  pickable: (span: Span) => boolean;
}

const HOUR = 3_600_000;

/** One day of resources, drawn by elapsed time and labelled by the venue's clock; one cell has the focus. */
export function Timeline({ rows, day, zone, from, to, onPick, pickable }: Props) {
  const { t } = useTranslation();
  const grid = useRef<HTMLDivElement>(null);
  const [at, move] = useState({ row: 0, span: 0 });
  const [moment, tick] = useState(now());
  useEffect(() => {
    const timer = setInterval(() => tick(now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const start = ms(day.start) + from * HOUR;
  const whole = (to - from) * HOUR;
  const place = (span: Period) => {
    const left = Math.max(0, (ms(span.start) - start) / whole);
    const right = Math.min(1, (ms(span.end) - start) / whole);
    return { left: `${left * 100}%`, width: `${Math.max(0, right - left) * 100}%` };
  };
  const seen = (row: Row) => row.spans.filter((s) => ms(s.period.end) > start && ms(s.period.start) < start + whole);
  const ticks = Array.from({ length: Math.round(to - from) + 1 }, (_, hour) => start + hour * HOUR);
  const line = (moment - start) / whole;

  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const row = Math.min(rows.length - 1, Math.max(0, at.row + (step[0] ?? 0)));
    const count = seen(rows[row] as Row).length;
    const span = Math.min(count - 1, Math.max(0, at.span + (step[1] ?? 0)));
    move({ row, span });
    requestAnimationFrame(() => grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
  };

  return (
    <div className="timeline" role="grid" tabIndex={-1} aria-label={t("timeline.label")} ref={grid} onKeyDown={onKey}>
      <div className="scale" aria-hidden="true">
        <span />
        <div className="track">
          {ticks.slice(0, -1).map((tickAt) => (
            <b key={tickAt} style={{ left: `${((tickAt - start) / whole) * 100}%` }}>
              {clock(tickAt, zone).slice(0, 2)}
            </b>
          ))}
        </div>
      </div>
      {rows.map((row, index) => (
        <div className="line" role="row" key={row.id}>
          <span role="rowheader" className="name">
            {row.name}
            {row.quantity > 1 ? <small> ×{row.quantity}</small> : null}
          </span>
          <div className="track" role="presentation">
            {seen(row).map((span, spot) => {
              const free = pickable(span);
              const label = `${row.name}, ${hours(span.period, zone)}, ${span.title ?? t(`span.${span.kind}`)}${span.taken ? `, ${span.taken}/${row.quantity}` : ""}${span.reason ? `, ${span.reason}` : ""}`;
              const here = at.row === index && Math.min(at.span, seen(row).length - 1) === spot;
              return (
                <div
                  key={`${span.period.start}${span.kind}`}
                  role="gridcell"
                  tabIndex={here ? 0 : -1}
                  className={`span ${span.kind} ${span.attendance ?? ""}`}
                  style={place(span.period)}
                  aria-label={label}
                  title={label}
                  onFocus={() => move({ row: index, span: spot })}
                  onClick={() => free && onPick?.(row, span)}
                  onKeyDown={(event) => {
                    if (event.key !== "Enter" || !free) return;
                    // Else the same key press would go on to the first button of the dialog that it opens.
                    event.preventDefault();
                    onPick?.(row, span);
                  }}
                >
                  <span aria-hidden="true">{span.title ?? (span.taken ? `${span.taken}/${row.quantity}` : "")}</span>
                </div>
              );
            })}
            {line > 0 && line < 1 ? <i className="now" style={{ left: `${line * 100}%` }} aria-hidden="true" /> : null}
          </div>
        </div>
      ))}
    </div>
  );
}

/** Between which hours of a day anything is open or taken, so that closed nights take no room. */
export function openHours(rows: readonly Row[], day: Period): { from: number; to: number } {
  const edges = rows.flatMap((row) => row.spans.filter((s) => s.kind !== "closed").flatMap((s) => [ms(s.period.start), ms(s.period.end)]));
  if (edges.length === 0) return { from: 8, to: 20 };
  const first = ms(day.start);
  const length = (ms(day.end) - first) / HOUR;
  return {
    from: Math.max(0, Math.floor((Math.min(...edges) - first) / HOUR)),
    to: Math.min(length, Math.ceil((Math.max(...edges) - first) / HOUR)),
  };
}
