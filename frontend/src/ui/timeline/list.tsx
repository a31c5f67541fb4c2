import { useTranslation } from "react-i18next";
import { dayAt, hours, longDay, ms, now, today } from "../../kernel/time";
import { Button, Empty } from "../basics";
import { useNamed } from "./line";
import { periodOf, stretchOf, usualAt } from "./marks";
import type { Row, ShownDay, Span } from "./scale";
import type { Period } from "../../kernel/time";

interface Props {
  rows: readonly Row[];
  days: readonly ShownDay[];
  zone: string;
  choosing: boolean;
  movable: (row: Row, span: Span) => boolean;
  onChoose: (row: Row, period: Period) => void;
  onOpen: (row: Row, span: Span) => void;
  onMove: (row: Row, span: Span, period: Period) => void;
}

const PASSED_OVER = new Set<Span["kind"]>(["closed", "setup", "cleanup"]);

/** What the timeline shows, as tables with buttons: a day after another; today, else the first of them, is open. */
export function TimelineList({ rows, days, zone, choosing, movable, onChoose, onOpen, onMove }: Props) {
  const { t } = useTranslation();
  const named = useNamed();
  const first = days.find((day) => day.on === today(zone)) ?? days[0];
  return days.map((day) => {
    const found = rows.flatMap((row) =>
      row.spans.filter((span) => !PASSED_OVER.has(span.kind) && span.period.start < day.period.end && span.period.end > day.period.start && dayAt(span.period.start, zone) <= day.on).map((span) => ({ row, span })),
    );
    return (
      <details key={day.on} className="listed" open={day === first}>
        <summary>
          <h2>{longDay(day.on)}</h2>
        </summary>
        {found.length === 0 ? <Empty>{t("closed")}</Empty> : null}
        {found.length > 0 ? (
          <div className="scroll">
            <table className="data">
              <thead>
                <tr>
                  <th scope="col">{t("resource")}</th>
                  <th scope="col">{t("timeline.when")}</th>
                  <th scope="col">{t("timeline.what")}</th>
                  <th scope="col">{t("timeline.act")}</th>
                </tr>
              </thead>
              <tbody>
                {found.map(({ row, span }) => {
                  const chosen = span.kind === "free" && choosing ? usualAt(row, ms(span.period.start), now()) : undefined;
                  const about = `${row.name}, ${hours(span.period, zone)}`;
                  return (
                    <tr key={`${row.id}${span.period.start}${span.kind}`}>
                      <th scope="row">{row.name}</th>
                      <td>{hours(span.period, zone)}</td>
                      <td className="words">{named(row, span)}</td>
                      <td className="acts">
                        {chosen ? (
                          <Button aria-label={`${t("timeline.bookHere")}: ${about}`} onClick={() => onChoose(row, periodOf(chosen))}>
                            {t("timeline.bookHere")}
                          </Button>
                        ) : null}
                        {span.kind !== "free" && (span.booking_id || span.block_id || choosing) ? (
                          <Button aria-label={`${t("timeline.open")}: ${about}`} onClick={() => onOpen(row, span)}>
                            {t("timeline.open")}
                          </Button>
                        ) : null}
                        {span.booked && movable(row, span) ? (
                          <Button aria-label={`${t("timeline.move")}: ${about}`} onClick={() => span.booked && onMove(row, span, periodOf(stretchOf(span.booked)))}>
                            {t("timeline.move")}
                          </Button>
                        ) : null}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        ) : null}
      </details>
    );
  });
}
