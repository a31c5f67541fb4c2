import { memo, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { clock, dayAt, dayText, hours } from "../../kernel/time";
import { periodOf, stretchOf, type Cell } from "./marks";
import { asItIs, places, really, type Row, type Segment, type Span, type Stretch } from "./scale";

const percent = (part: number) => `${part * 100}%`;
const MARKS: Partial<Record<Span["kind"], string>> = { mine: "★", held: "◷", blocked: "▨" };

/** What a stretch is, in words: what it is called, else its kind and why. */
export function useNamed(): (row: Row, span: Span) => string {
  const { t } = useTranslation();
  return (row, span) => {
    const kind = span.kind === "blocked" && span.cause ? t(`cause.${span.cause}`) : span.kind === "held" && span.state === "held" ? t("span.paying") : t(`span.${span.kind}`);
    const count = span.taken && span.kind !== "mine" ? `, ${t("timeline.of", { taken: span.taken, all: row.quantity })}` : "";
    return `${kind}${span.title ? `, ${span.title}` : ""}${span.reason ? `, ${span.reason}` : ""}${count}`;
  };
}

interface SpansProps {
  row: Row;
  line: readonly Segment[];
  zone: string;
  movable: (row: Row, span: Span) => boolean;
}

/** Everything in a row but the cursor: drawn again only when the row is another. */
const Spans = memo(function DrawnSpans({ row, line, zone, movable }: SpansProps) {
  const named = useNamed();
  return row.spans.map((span, index) => {
    if (span.kind === "closed") return null;
    const { period } = asItIs(row, span);
    const label = `${row.name}, ${dayText(dayAt(period.start, zone))}, ${hours(period, zone)}, ${named(row, span)}`;
    const padding = span.kind === "setup" || span.kind === "cleanup";
    const text = padding ? "" : span.title ?? (span.kind === "free" ? (span.taken ? `${span.taken}/${row.quantity}` : "") : named(row, span));
    return places(line, stretchOf(span.period)).map((place, piece) => (
      <div
        key={`${span.period.start}${span.kind}${piece}`}
        role="gridcell"
        aria-label={label}
        title={label}
        data-span={index}
        className={`span ${span.kind} ${span.cause ?? ""} ${span.state ?? ""} ${span.attendance ?? ""} ${span.kind === "mine" && span.taken !== null ? "among" : ""} ${movable(row, span) ? "movable" : ""}`}
        style={{ left: percent(place.left), width: percent(place.width) }}
      >
        <span aria-hidden="true">
          {MARKS[span.kind]} {text}
        </span>
      </div>
    ));
  });
});

interface LineProps extends SpansProps {
  index: number;
  cursor: Cell | null;
  cursorRef: Ref<HTMLDivElement>;
  draft: Stretch | null;
  flag: string | null;
}

/** One resource: its name, what is in its time, the cursor if it stands here, and what is being drawn. */
export const Line = memo(function DrawnLine({ row, index, line, zone, movable, cursor, cursorRef, draft, flag }: LineProps) {
  const { t } = useTranslation();
  const named = useNamed();
  const until = (cell: Cell) => (cell.span.kind === "free" ? `, ${t("timeline.freeUntil", { until: clock(asItIs(row, cell.span).period.end, zone) })}` : "");
  const at = cursor ? places(line, cursor)[0] : undefined;
  return (
    <div className="line" role="row" data-row={index}>
      <span role="rowheader" className="name">
        {row.caption ?? row.name}
        {row.quantity > 1 ? <small> ×{row.quantity}</small> : null}
      </span>
      <div className="track" role="presentation">
        <Spans row={row} line={line} zone={zone} movable={movable} />
        {cursor && at ? (
          <div
            key={`${cursor.start}${cursor.span.kind}`}
            ref={cursorRef}
            role="gridcell"
            tabIndex={0}
            className="cursor"
            data-span={row.spans.indexOf(cursor.span)}
            style={{ left: percent(at.left), width: percent(at.width) }}
            aria-label={`${row.name}, ${dayText(dayAt(really(row, cursor).start, zone))}, ${hours(periodOf(really(row, cursor)), zone)}, ${named(row, cursor.span)}${until(cursor)}`}
          />
        ) : null}
        {draft
          ? places(line, draft).map((place, piece) => (
              <div key={piece} className="draft" aria-hidden="true" style={{ left: percent(place.left), width: percent(place.width) }}>
                {piece === 0 ? <span className={place.left > 0.6 ? "flag before" : "flag"}>{flag}</span> : null}
                <i className="edge" />
              </div>
            ))
          : null}
      </div>
    </div>
  );
});
