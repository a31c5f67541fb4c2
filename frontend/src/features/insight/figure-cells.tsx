import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money, percent } from "../../kernel/money";
import { addMonths, hoursText } from "../../kernel/time";

export const CUTS = ["resource", "kind", "venue", "partner", "plan", "programme", "weekday", "hour", "month"] as const;
export type Cut = (typeof CUTS)[number];
export const COUNTED = ["bookings", "attended", "no_shows", "late_cancellations", "returning", "first_timers"] as const;

interface FigureCellsProps {
  row: Schemas["FigureRow"];
  /** The same in the days compared with, where there was any. */
  before?: Schemas["FigureRow"] | undefined;
  name: string;
  search: Record<string, unknown>;
  told: ReadonlyMap<string, Schemas["Definition"]>;
  fees: boolean;
  /** Where the bookings behind its counts are. */
  behind: Record<string, unknown>;
}

/** Counts of bookings lead to them; of people, who may have others besides, only the first tiles do. */
const LEADS: ReadonlySet<string> = new Set(["bookings", "attended", "no_shows", "late_cancellations"]);

/** The bookings of a row: the same days and filters, narrowed to what the row is of. */
export function behindOf(cut: Cut, row: Schemas["FigureRow"], search: { from: string; to: string }): Record<string, unknown> {
  switch (cut) {
    case "plan":
    case "programme":
      return { ...search, by: cut, key: row.key, name: row.name };
    case "weekday":
    case "hour":
      return { ...search, [cut]: Number(row.key) };
    case "month": {
      const first = `${row.key}-01`;
      const after = addMonths(first, 1);
      return { ...search, from: first > search.from ? first : search.from, to: after < search.to ? after : search.to };
    }
    default:
      return { ...search, [cut]: row.key, name: row.name };
  }
}

/** A row of the figures: each number with what it is out of, sums of money leading to their entries. */
export function FigureCells({ row, before, name, search, told, fees, behind }: FigureCellsProps) {
  const { t } = useTranslation();
  const was = (said: string | undefined) => (said === undefined ? null : <small className="muted was">{t("insight.was", { was: said })}</small>);
  const occupied = (one: Schemas["FigureRow"]) => percent(one.minutes.booked, one.minutes.opened);
  const sum = (key: "takings" | "fees", part: Schemas["Money"] | null, of: Schemas["Money"] | null, then: Schemas["Money"] | null | undefined) =>
    part && of ? (
      <td>
        <Link to="/insight/takings" search={{ ...search, ...(key === "fees" ? { what: "fees" } : {}) } as never} aria-label={`${told.get(key)?.name}, ${name}: ${money(part)}`}>
          {money(part)}
        </Link>{" "}
        <small className="muted">/ {money(of)}</small> {was(then ? money(then) : undefined)}
      </td>
    ) : (
      <td>–</td>
    );
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {`${occupied(row)} (${hoursText(row.minutes.booked)} / ${hoursText(row.minutes.opened)} h)`} {was(before && occupied(before))}
      </td>
      {COUNTED.map((key) => (
        <td key={key}>
          {LEADS.has(key) ? (
            <Link to="/insight/bookings" search={{ ...behind, figure: key } as never} aria-label={`${told.get(key)?.name}, ${name}: ${row.counts[key].count}`}>
              {row.counts[key].count}
            </Link>
          ) : (
            row.counts[key].count
          )}
          {key === "bookings" ? null : ` / ${row.counts[key].of}`} {was(before && (key === "bookings" ? String(before.counts[key].count) : `${before.counts[key].count} / ${before.counts[key].of}`))}
        </td>
      ))}
      {sum("takings", row.revenue, row.revenue_of, before?.revenue)}
      <td>
        {row.revenue_per_opened_hour ? money(row.revenue_per_opened_hour) : "–"} {was(before?.revenue_per_opened_hour ? money(before.revenue_per_opened_hour) : undefined)}
      </td>
      {fees ? sum("fees", row.fees, row.fees_of, before?.fees) : null}
    </tr>
  );
}
