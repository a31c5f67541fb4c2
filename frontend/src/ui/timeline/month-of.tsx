import { useCallback, useMemo, type ComponentProps } from "react";
import { dayAt, today, type Period } from "../../kernel/time";
import { asItIs, byDay, really, type Draft, type Row, type ShownDay, type Span } from "./scale";
import { Timeline } from "./timeline";

interface Props extends Pick<ComponentProps<typeof Timeline>, "zone" | "choosing" | "movable" | "onChoose" | "onOpen" | "onMove" | "said" | "kept"> {
  row: Row;
  days: readonly ShownDay[];
  onDraft: (draft: Draft | null) => void;
}

/** One resource's days below one another, hour by hour: drawn on, moved from day to day and stretched like any calendar. */
export function MonthOf({ row, days, zone, movable, onChoose, onOpen, onMove, onDraft, kept = null, ...rest }: Props) {
  const rows = useMemo(() => byDay(row, days), [row, days]);
  const own = useCallback((_: Row, span: Span) => movable(row, span), [movable, row]);
  const drafted = useCallback(
    (draft: Draft | null) => onDraft(draft && { row, stretch: really(draft.row, draft.stretch), span: draft.span && { ...draft.span, booked: asItIs(draft.row, draft.span).booked } }),
    [onDraft, row],
  );
  return (
    <Timeline
      {...rest}
      key={days[0]?.on}
      rows={rows}
      days={days.slice(0, 1)}
      zone={zone}
      movable={own}
      begin={Math.max(0, days.findIndex((day) => day.on === today(zone)))}
      onDraft={drafted}
      onChoose={(_, period: Period) => onChoose(row, period)}
      onOpen={(on, span) => onOpen(row, asItIs(on, span))}
      onMove={(on, span, period) => onMove(row, asItIs(on, span), period)}
      kept={kept && { resource: dayAt(kept.period.start, zone), period: kept.period }}
    />
  );
}
