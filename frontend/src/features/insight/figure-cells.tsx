import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money, percent } from "../../kernel/money";
import { hoursText } from "../../kernel/time";

export const CUTS = ["resource", "kind", "venue", "partner", "plan", "programme", "weekday", "hour", "month"] as const;
export type Cut = (typeof CUTS)[number];
export const COUNTED = ["bookings", "attended", "no_shows", "late_cancellations", "by_members", "returning", "first_timers"] as const;
export const MEDIANS = ["lead", "length"] as const;

interface FigureCellsProps {
  row: Schemas["FigureRow"];
  /** The same in the days compared with, where there was any. */
  before?: Schemas["FigureRow"] | undefined;
  name: string;
  /** The days and filters, and which row of which cut it is. */
  search: Record<string, unknown>;
  told: ReadonlyMap<string, Schemas["Definition"]>;
  fees: boolean;
}

/** A row of the figures: each number with what it is out of, leading to its bookings, sums of money to their entries. */
export function FigureCells({ row, before, name, search, told, fees }: FigureCellsProps) {
  const { t } = useTranslation();
  const was = (said: string | undefined) => (said === undefined ? null : <small className="muted was">{t("insight.was", { was: said })}</small>);
  const leads = (to: "bookings" | "takings" | "lost", asked: Record<string, unknown>, called: string | undefined, value: string) => (
    <Link to={`/insight/${to}`} search={{ ...search, ...asked } as never} aria-label={`${called}, ${name}: ${value}`}>
      {value}
    </Link>
  );
  /** Cut by who paid, hours are those of the bookings that begin in these days; else of whatever lies in them. */
  const paid = search["by"] === "plan" || search["by"] === "programme";
  const hours = (part: "booked" | "attended", of: "opened" | "booked", called: string, figure: string) => (
    <td>
      {leads("bookings", paid ? { figure } : { figure, during: true }, called, percent(row.minutes[part], row.minutes[of]))} ({hoursText(row.minutes[part])} / {hoursText(row.minutes[of])} h) {was(before && percent(before.minutes[part], before.minutes[of]))}
    </td>
  );
  const lost = (one: Schemas["FigureRow"]) => `${hoursText(one.minutes.maintenance)} / ${hoursText(one.minutes.opened)} h`;
  const called = told.get("maintenance")?.name;
  const median = (key: (typeof MEDIANS)[number]) => {
    const at = (one: Schemas["FigureRow"] | undefined) => (one?.[`${key}_minutes`] == null ? undefined : `${hoursText(one[`${key}_minutes`] ?? 0)} h`);
    const value = at(row);
    return (
      <td key={key}>
        {value ? leads("bookings", { figure: "bookings" }, told.get(key)?.name, value) : "–"} {was(at(before))}
      </td>
    );
  };
  const sum = (key: "takings" | "fees", part: Schemas["Money"] | null, of: Schemas["Money"] | null, then: Schemas["Money"] | null | undefined) =>
    part && of ? (
      <td>
        {leads("takings", key === "fees" ? { what: "fees" } : {}, told.get(key)?.name, money(part))} <small className="muted">/ {money(of)}</small> {was(then ? money(then) : undefined)}
      </td>
    ) : (
      <td>–</td>
    );
  return (
    <tr>
      <th scope="row">{name}</th>
      {hours("booked", "opened", t("report.occupancy"), "bookings")}
      {hours("attended", "booked", t("report.attended"), "attended")}
      <td>
        {row.minutes.maintenance ? leads("lost", { measure: "maintenance" }, called, `${hoursText(row.minutes.maintenance)} h`) : paid ? "–" : "0 h"}
        {paid ? null : ` / ${hoursText(row.minutes.opened)} h`} {was(before && !paid ? lost(before) : undefined)}
      </td>
      {COUNTED.map((key) => (
        <td key={key}>
          {leads("bookings", { figure: key }, told.get(key)?.name, String(row.counts[key].count))}
          {key === "bookings" ? null : ` / ${row.counts[key].of}`} {was(before && (key === "bookings" ? String(before.counts[key].count) : `${before.counts[key].count} / ${before.counts[key].of}`))}
        </td>
      ))}
      {MEDIANS.map(median)}
      {sum("takings", row.revenue, row.revenue_of, before?.revenue)}
      <td>
        {row.revenue_per_opened_hour ? leads("takings", {}, told.get("revenue")?.name, money(row.revenue_per_opened_hour)) : "–"} {was(before?.revenue_per_opened_hour ? money(before.revenue_per_opened_hour) : undefined)}
      </td>
      {fees ? sum("fees", row.fees, row.fees_of, before?.fees) : null}
    </tr>
  );
}
