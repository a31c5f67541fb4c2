import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money, percent } from "../../kernel/money";
import { hoursText } from "../../kernel/time";

type Row = Schemas["FigureRow"];

/** The figures that come first: each with what it is out of, how it was before, and the bookings behind it. */
export function Tiles({ row, before, said, search }: { row: Row; before: Row | null; said: ReadonlyMap<string, Schemas["Definition"]>; search: Record<string, unknown> }) {
  const { t } = useTranslation();
  const share = (part: number, whole: number) => percent(part, whole);
  const counted = ["bookings", "attended", "no_shows", "late_cancellations", "returning", "first_timers", "by_members"] as const;
  const tile = (key: string, name: string, value: string, of: string, was: string | null, figure?: string) => (
    <li key={key} title={said.get(key)?.means}>
      <span className="name">{name}</span>
      {figure ? (
        <Link className="value" to="/insight/bookings" search={{ ...search, figure }} aria-label={`${name}: ${value}`}>
          {value}
        </Link>
      ) : (
        <span className="value">{value}</span>
      )}
      <small>{of}</small>
      {was === null ? null : <small>{t("insight.was", { was })}</small>}
    </li>
  );
  const name = (key: string) => said.get(key)?.name ?? key;
  return (
    <ul className="tiles">
      {tile("booked", t("report.occupancy"), share(row.minutes.booked, row.minutes.opened), `${hoursText(row.minutes.booked)} / ${hoursText(row.minutes.opened)} h`, before && share(before.minutes.booked, before.minutes.opened))}
      {counted.map((key) => {
        const { count, of } = row.counts[key];
        const was = before?.counts[key];
        const whole = key === "bookings";
        return tile(
          key,
          name(key),
          whole ? String(count) : share(count, of),
          whole ? t("insight.confirmed") : t("insight.outOf", { n: count, of }),
          was ? (whole ? String(was.count) : share(was.count, was.of)) : null,
          key,
        );
      })}
      {tile("lead", name("lead"), row.lead_minutes === null ? "–" : `${hoursText(row.lead_minutes)} h`, t("insight.median"), before?.lead_minutes == null ? null : `${hoursText(before.lead_minutes)} h`)}
      {tile("length", name("length"), row.length_minutes === null ? "–" : `${hoursText(row.length_minutes)} h`, t("insight.median"), before?.length_minutes == null ? null : `${hoursText(before.length_minutes)} h`)}
      {row.revenue_per_opened_hour ? tile("revenue", name("revenue"), money(row.revenue_per_opened_hour), `${row.revenue ? money(row.revenue) : "–"} / ${hoursText(row.minutes.opened)} h`, before?.revenue_per_opened_hour ? money(before.revenue_per_opened_hour) : null) : null}
    </ul>
  );
}
