import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { clock, dayAt, dayText, hours, ms, now, type Period } from "../../kernel/time";
import { useDrag } from "./drag";
import { Line, useNamed } from "./line";
import { cellNear, cellsOf, gapAt, onlyPresets, periodOf, rowNear, stepAt, stepped, stretchedTo, stretchOf, movedTo, usualAt, type Cell } from "./marks";
import { places, presentIn, really, segments, type Draft, type Row, type Segment, type ShownDay, type Span } from "./scale";

interface Props {
  rows: readonly Row[];
  days: readonly ShownDay[];
  zone: string;
  /** Many days on one line: less room for each hour. */
  dense?: boolean;
  /** Whether free time may be chosen here at all (the server judges each choice). */
  choosing: boolean;
  movable: (row: Row, span: Span) => boolean;
  onChoose: (row: Row, period: Period) => void;
  onOpen: (row: Row, span: Span) => void;
  onMove: (row: Row, span: Span, period: Period) => void;
  onDraft?: (draft: Draft | null) => void;
  /** What the server says of the draft. */
  said?: string | undefined;
  /** Drawn as well: what a dialog is asking about, in which row. */
  kept?: { resource: string; period: Period } | null;
  /** The row where one who comes by keyboard begins. */
  begin?: number;
}

const KINDS: readonly Span["kind"][] = ["free", "mine", "taken", "held", "setup", "cleanup", "blocked"];
const never = () => false;
const keyOf = (cell: Cell) => `${cell.start} ${cell.end} ${cell.span.kind}`;

/** Resources by time, drawn by elapsed time and labelled by the venue's clock; chosen, moved and stretched by pointer or keyboard. */
export function Timeline({ rows, days, zone, dense = false, choosing, movable, onChoose, onOpen, onMove, onDraft, said, kept: asked = null, begin = 0 }: Props) {
  const { t } = useTranslation();
  const named = useNamed();
  const how = useId();
  const grid = useRef<HTMLDivElement>(null);
  const line = useMemo(() => segments(rows, days), [rows, days]);
  const hourCount = line.reduce((sum, day) => sum + day.ticks.length, 0);
  const [at, stand] = useState({ row: begin, at: 0, key: "" });
  const [draft, setDraft] = useState<Draft | null>(null);
  const [spoken, speak] = useState("");
  const wanted = useRef(false);
  const byKeys = useRef(false);
  const draw = useCallback(
    (next: Draft | null) => {
      setDraft(next);
      onDraft?.(next);
    },
    [onDraft],
  );
  const here = rowNear(rows, at.row, 1);
  const row = rows[here];
  const all = row ? cellsOf(row) : [];
  // Cells may lie over each other (a desk of one's own in a pool), so the one that was reached is known by its key.
  const cell = all.find((one) => keyOf(one) === at.key) ?? all[cellNear(all, at.at || (row ? presentIn(row) : 0))] ?? null;

  const focusCursor = useCallback((element: HTMLDivElement | null) => {
    if (!element || !wanted.current) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, []);
  const reach = (index: number, found: Cell | undefined, instant: number) => {
    wanted.current = true;
    stand({ row: index, at: found?.start ?? instant, key: found ? keyOf(found) : "" });
  };
  const go = (index: number, instant: number) => {
    const open = rowNear(rows, index, index < here ? -1 : 1);
    const list = rows[open] ? cellsOf(rows[open]) : [];
    reach(open, list[cellNear(list, instant)], instant);
  };
  const tell = (next: Draft) => {
    byKeys.current = true;
    draw(next);
    const meant = really(next.row, next.stretch);
    speak(`${next.row.name}, ${dayText(dayAt(meant.start, zone))}, ${hours(periodOf(meant), zone)}`);
  };
  const giveUp = () => {
    draw(null);
    speak(t("timeline.givenUp"));
  };
  const commit = (made: Draft) => {
    draw(null);
    const meant = periodOf(really(made.row, made.stretch));
    if (made.span === null) onChoose(made.row, meant);
    else onMove(made.row, made.span, meant);
  };
  const press = (on: Row, span: Span, instant: number, standing?: Cell) => {
    if (span.kind !== "free") return onOpen(on, span);
    if (!choosing) return;
    const preset = standing && standing.start >= presentIn(on) && onlyPresets(on, instant) ? { start: standing.start, end: standing.end } : undefined;
    const chosen = preset ?? usualAt(on, instant, presentIn(on));
    if (chosen) onChoose(on, periodOf(really(on, chosen)));
    else speak(t("isPast"));
  };

  const drag = useDrag({
    grid,
    rows,
    line,
    choosing,
    movable,
    draw,
    commit,
    press: (on, span, instant) => {
      const list = cellsOf(on);
      reach(rows.indexOf(on), list.find((one) => one.span === span && one.start <= instant && instant < one.end) ?? list[cellNear(list, instant)], instant);
      press(on, span, instant);
    },
  });

  // The first sight of other days is of now, where it is among them.
  const seen = `${line[0]?.on} ${line.length}`;
  const turned = useRef("");
  useLayoutEffect(() => {
    const board = grid.current?.querySelector(".over");
    if (turned.current === seen || !grid.current || !board) return;
    turned.current = seen;
    const present = places(line, { start: now(), end: now() + 1 })[0];
    grid.current.scrollLeft = present ? present.left * board.clientWidth - grid.current.clientWidth / 3 : 0;
  }, [seen, line]);

  // What is moved by keys is followed to where it goes.
  useLayoutEffect(() => {
    if (draft && byKeys.current) grid.current?.querySelector(".draft")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    byKeys.current = false;
  }, [draft]);

  // The same hour of the next day, or of the one before, as far as the line goes.
  const dayFrom = (instant: number, key: string): number | undefined => {
    const index = line.findIndex((one) => instant < one.end);
    const day = line[index];
    const other = line[index + (key === "PageDown" ? 1 : -1)];
    return day && other && (key === "PageDown" || key === "PageUp") ? other.start + (instant - day.start) : undefined;
  };
  const onDraftKey = (event: KeyboardEvent, made: Draft): boolean => {
    const otherDay = dayFrom(made.stretch.start, event.key);
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by !== 0) {
      tell({ ...made, stretch: event.shiftKey ? lengthened(made, by) : stepped(made.row, made.stretch, by) });
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const target = rows[rows.findIndex((one) => one.id === made.row.id) + (event.key === "ArrowDown" ? 1 : -1)];
      if (target) tell({ ...made, row: target, stretch: movedTo(target, made.stretch, made.stretch.start) });
    } else if (otherDay !== undefined) tell({ ...made, stretch: movedTo(made.row, made.stretch, otherDay) });
    else if (event.key === "Enter") commit(made);
    else if (event.key === "Escape") giveUp();
    else return false;
    return true;
  };
  const onCellKey = (event: KeyboardEvent, on: Row, standing: Cell): boolean => {
    const index = all.indexOf(standing);
    const next = all[index + 1];
    const before = all[index - 1];
    const day = line.find((one) => standing.start < one.end) ?? line[line.length - 1];
    const otherDay = dayFrom(standing.start, event.key);
    const free = standing.span.kind === "free" && choosing;
    if (event.key === "ArrowRight" && event.shiftKey) {
      if (free) tell({ row: on, span: null, stretch: lengthened({ row: on, span: null, stretch: { start: standing.start, end: standing.end } }, 1) });
    } else if (event.key === "ArrowRight") reach(here, next ?? standing, standing.start);
    else if (event.key === "ArrowLeft") reach(here, before ?? standing, standing.start);
    else if (event.key === "ArrowDown") go(here + 1, standing.start);
    else if (event.key === "ArrowUp") go(here - 1, standing.start);
    else if (event.key === "Home" && day) go(here, day.start);
    else if (event.key === "End" && day) go(here, day.end - 1);
    else if (otherDay !== undefined) go(here, otherDay);
    else if (event.key === "n") go(here, all.find((one, spot) => spot > index && one.span.kind === "free" && one.span !== standing.span)?.start ?? standing.start);
    else if (event.key === "m") {
      if (movable(on, standing.span) && standing.span.booked) tell({ row: on, span: standing.span, stretch: stretchOf(standing.span.booked) });
      else speak(t("timeline.notMovable"));
    } else if (event.key === "Enter") press(on, standing.span, standing.start, standing);
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !row || !cell) return;
    // Else the same key press would go on to the first button of the dialog that it opens.
    if (draft ? onDraftKey(event, draft) : onCellKey(event, row, cell)) event.preventDefault();
  };

  // What was asked about is done, and the cell where the focus was is no more: it goes where the time went.
  const before = useRef(asked);
  useEffect(() => {
    const done = asked ? null : before.current;
    before.current = asked;
    const index = done ? rows.findIndex((one) => one.id === done.resource) : -1;
    // The dialog that went may have left it to the page's heading by now.
    const nowhere = document.activeElement === document.body || document.activeElement?.tagName === "H1";
    if (!done || index < 0 || !nowhere) return;
    wanted.current = true;
    stand({ row: index, at: ms(done.period.start) - (rows[index]?.shift ?? 0), key: "" });
  }, [asked, rows]);

  const shown: Draft | null = draft ?? keptDraft(rows, asked);
  const flag = shown ? `${hours(periodOf(really(shown.row, shown.stretch)), zone)}${said ? ` · ${said}` : ""}` : null;
  return (
    <>
      <p id={how} className="visually-hidden">
        {t("timeline.how")}
      </p>
      <div
        className={`timeline ${dense ? "dense" : ""} ${draft ? "drawing" : ""}`}
        style={{ "--hours": hourCount } as CSSProperties}
        role="grid"
        tabIndex={cell ? -1 : 0}
        aria-label={t("timeline.label")}
        aria-describedby={how}
        ref={grid}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          wanted.current = event.target !== grid.current;
        }}
        onBlur={() => {
          wanted.current = false;
        }}
        {...drag}
      >
        <div className="board" role="presentation">
          <Head line={line} zone={zone} dense={dense} />
          {rows.map((one, index) => (
            <Line
              key={one.id}
              row={one}
              index={index}
              line={line}
              zone={zone}
              movable={choosing ? movable : never}
              cursor={one === row ? cell : null}
              cursorRef={focusCursor}
              draft={shown?.row.id === one.id ? shown.stretch : null}
              flag={shown?.row.id === one.id ? flag : null}
            />
          ))}
          {rows.some((one) => one.shift) ? null : <NowLine line={line} />}
        </div>
      </div>
      <p className="visually-hidden" role="status">
        {spoken}
        {draft && said ? `, ${said}` : ""}
      </p>
      <Legend named={named} rows={rows} />
    </>
  );
}

/** A step more or less; new time ends where its gap does. */
function lengthened({ row, stretch, span }: Draft, by: 1 | -1) {
  const next = stretchedTo(row, stretch, "end", stretch.end + by * stepAt(row, stretch.start));
  const gap = span === null ? gapAt(row, stretch.start) : undefined;
  return gap && next.end > gap.end ? stretch : next;
}

function keptDraft(rows: readonly Row[], asked: Props["kept"]): Draft | null {
  const row = asked ? rows.find((one) => one.id === asked.resource) : undefined;
  if (!row || !asked) return null;
  const { start, end } = stretchOf(asked.period);
  const shift = row.shift ?? 0;
  return { row, span: null, stretch: { start: start - shift, end: end - shift } };
}

/** The days and hours over the rows; an hour that the clock shows twice is written twice. */
function Head({ line, zone, dense }: { line: readonly Segment[]; zone: string; dense: boolean }) {
  const every = dense ? 4 : 1;
  return (
    <div className="scale" aria-hidden="true">
      <span className="name" />
      <div className="track">
        {line.map((day) => (
          <div key={day.on} className="day" style={{ left: `${day.left * 100}%`, width: `${day.width * 100}%` }}>
            {line.length > 1 ? <em>{dayText(day.on)}</em> : null}
            {day.ticks.map((tick, hour) =>
              hour % every === 0 ? (
                <b key={tick} style={{ left: `${(hour / day.ticks.length) * 100}%` }}>
                  {clock(tick, zone).slice(0, 2)}
                </b>
              ) : null,
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function NowLine({ line }: { line: readonly Segment[] }) {
  const { t } = useTranslation();
  const [moment, tick] = useState(now());
  useEffect(() => {
    const timer = setInterval(() => tick(now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const place = places(line, { start: moment, end: moment + 1 })[0];
  return (
    <div className="over" aria-hidden="true">
      {line.slice(1).map((day) => (
        <i key={day.on} className="midnight" style={{ left: `${day.left * 100}%` }} />
      ))}
      {place ? (
        <i className="now" style={{ left: `${place.left * 100}%` }}>
          <small>{t("timeline.now")}</small>
        </i>
      ) : null}
    </div>
  );
}

/** What the patterns mean, of those that are to be seen. */
function Legend({ rows, named }: { rows: readonly Row[]; named: ReturnType<typeof useNamed> }) {
  const found = new Map<string, { row: Row; span: Span }>();
  const rank = (span: Span) => KINDS.indexOf(span.kind);
  for (const row of rows) for (const span of row.spans) if (span.kind !== "closed") found.set(`${span.kind} ${span.cause ?? ""} ${span.kind === "held" ? (span.state ?? "") : ""}`, { row, span });
  return (
    <ul className="legend">
      {[...found].toSorted(([, a], [, b]) => rank(a.span) - rank(b.span)).map(([key, { row, span }]) => (
        <li key={key}>
          <i className={`span ${key}`} aria-hidden="true" /> {named(row, { ...span, title: null, reason: null, taken: null })}
        </li>
      ))}
    </ul>
  );
}
