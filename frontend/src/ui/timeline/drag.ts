import { useEffect, useRef, type MouseEvent, type PointerEvent, type RefObject } from "react";
import { movedTo, strokeOver, stretchedTo, stretchOf } from "./marks";
import { instantAt, presentIn, type Draft, type Row, type Segment, type Span } from "./scale";

const THRESHOLD = 5;
const EDGE = 9;
const LONG_PRESS = 350;
const NEAR_THE_END = 32;

interface Begun {
  how: "new" | "move" | "start" | "end";
  row: Row;
  span: Span;
  at: number;
  x: number;
  y: number;
  pointer: number;
  /** Past the threshold (or, by finger, held long enough): it is a stroke and no press. */
  going: boolean;
  draft: Draft | null;
}

interface Options {
  grid: RefObject<HTMLDivElement | null>;
  rows: readonly Row[];
  line: readonly Segment[];
  choosing: boolean;
  movable: (row: Row, span: Span) => boolean;
  draw: (draft: Draft | null) => void;
  commit: (draft: Draft) => void;
  press: (row: Row, span: Span, at: number) => void;
}

/** Strokes over the rows: new time from an empty place, a booking by its middle or one of its edges. A finger scrolls unless it rests first. */
export function useDrag({ grid, rows, line, choosing, movable, draw, commit, press }: Options) {
  const begun = useRef<Begun | null>(null);
  const strokes = useRef(false);
  const rest = useRef(0);

  // A stroke by finger must not scroll the page under it; only a listener that is not passive may say so.
  useEffect(() => {
    const element = grid.current;
    const hold = (event: TouchEvent) => begun.current?.going && event.preventDefault();
    element?.addEventListener("touchmove", hold, { passive: false });
    return () => element?.removeEventListener("touchmove", hold);
  }, [grid]);

  // Whoever thinks better of a stroke lets go of it with Escape, wherever the keyboard is.
  useEffect(() => {
    const giveUp = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !begun.current?.going) return;
      event.preventDefault();
      window.clearTimeout(rest.current);
      begun.current = null;
      strokes.current = true;
      draw(null);
    };
    window.addEventListener("keydown", giveUp);
    return () => window.removeEventListener("keydown", giveUp);
  }, [draw]);

  const rowUnder = (x: number, y: number): Row | undefined => {
    const found = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-row]");
    return found && grid.current?.contains(found) ? rows[Number(found.dataset["row"])] : undefined;
  };
  const instantUnder = (x: number): number => {
    const track = grid.current?.querySelector(".line .track")?.getBoundingClientRect();
    return track ? instantAt(line, (x - track.left) / track.width) : 0;
  };
  const spanUnder = (target: EventTarget, row: Row): Span | undefined => {
    const found = (target as HTMLElement).closest<HTMLElement>("[data-span]");
    return found ? row.spans[Number(found.dataset["span"])] : undefined;
  };
  const end = () => {
    window.clearTimeout(rest.current);
    begun.current = null;
  };

  const onPointerDown = (event: PointerEvent) => {
    strokes.current = false;
    const row = rowUnder(event.clientX, event.clientY);
    const span = row && spanUnder(event.target, row);
    if (event.button !== 0 || !choosing || !row || !span) return;
    const mine = movable(row, span);
    if (!mine && span.kind !== "free") return;
    const box = (event.target as HTMLElement).closest("[data-span]")?.getBoundingClientRect();
    // An hour of a week is a few pixels wide: a third of it is its edge.
    const edge = box ? Math.min(EDGE, box.width / 3) : 0;
    const near = mine && box ? (event.clientX - box.left < edge ? "start" : box.right - event.clientX < edge ? "end" : "move") : "move";
    begun.current = { how: mine ? near : "new", row, span, at: instantUnder(event.clientX), x: event.clientX, y: event.clientY, pointer: event.pointerId, going: false, draft: null };
    if (event.pointerType === "touch")
      rest.current = window.setTimeout(() => {
        if (!begun.current) return;
        begun.current.going = true;
        follow(begun.current, begun.current.x, begun.current.y);
      }, LONG_PRESS);
  };

  const follow = (from: Begun, x: number, y: number) => {
    const at = instantUnder(x);
    const here = rowUnder(x, y) ?? from.draft?.row ?? from.row;
    const own = from.span.booked ? stretchOf(from.span.booked) : null;
    if (from.how === "new" || own === null) {
      const stretch = strokeOver(from.row, from.at, at, presentIn(from.row));
      from.draft = stretch ? { row: from.row, stretch, span: null } : null;
    } else if (from.how === "move") from.draft = { row: here, stretch: movedTo(here, own, own.start + at - from.at), span: from.span };
    else from.draft = { row: from.row, stretch: stretchedTo(from.row, own, from.how, at), span: from.span };
    draw(from.draft);
  };

  const onPointerMove = (event: PointerEvent) => {
    const from = begun.current;
    if (!from || from.pointer !== event.pointerId) return;
    const far = Math.hypot(event.clientX - from.x, event.clientY - from.y) > THRESHOLD;
    if (!from.going) {
      if (!far) return;
      if (event.pointerType === "touch") return end();
      from.going = true;
      grid.current?.setPointerCapture(event.pointerId);
    }
    const box = grid.current?.getBoundingClientRect();
    if (box && event.clientX > box.right - NEAR_THE_END) grid.current?.scrollBy({ left: 12 });
    if (box && event.clientX < box.left + NEAR_THE_END) grid.current?.scrollBy({ left: -12 });
    follow(from, event.clientX, event.clientY);
  };

  const onPointerUp = (event: PointerEvent) => {
    const from = begun.current;
    end();
    if (!from?.going || from.pointer !== event.pointerId) return;
    strokes.current = true;
    if (from.draft && changed(from)) commit(from.draft);
    else draw(null);
  };

  const onPointerCancel = () => {
    if (begun.current?.going) draw(null);
    end();
  };

  const onClick = (event: MouseEvent) => {
    if (strokes.current) {
      strokes.current = false;
      return;
    }
    const found = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    const row = found ? rows[Number(found.dataset["row"])] : undefined;
    const span = row && spanUnder(event.target, row);
    // What only presses (a screen reader, a voice) says no place: the beginning is meant.
    if (row && span) press(row, span, event.detail === 0 ? stretchOf(span.period).start : instantUnder(event.clientX));
  };

  const onContextMenu = (event: MouseEvent) => begun.current?.going && event.preventDefault();
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onClick, onContextMenu };
}

/** Whether the stroke ended elsewhere than it began. */
function changed({ draft, span, row }: Begun): boolean {
  if (!draft?.span || !span.booked) return draft !== null;
  const own = stretchOf(span.booked);
  return draft.row.id !== row.id || draft.stretch.start !== own.start || draft.stretch.end !== own.end;
}
