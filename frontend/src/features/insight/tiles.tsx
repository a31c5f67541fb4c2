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
  const tile = (key: string, name: string, value: string, of: string, was: string | null, behind: Record<string, unknown>) => (
    <li key={key} title={said.get(key)?.means}>
      <span className="name">{name}</span>
      <Link className="value" to={`/insight/${key === "revenue" ? "takings" : key === "hours-maintenance" ? "lost" : "bookings"}`} search={{ ...search, ...behind } as never} aria-label={`${name}: ${value}`}>
        {value}
      </Link>
      <small>{of}</small>
      {was === null ? null : <small>{t("insight.was", { was })}</small>}
    </li>
  );
  const name = (key: string) => said.get(key)?.name ?? key;
  /** Hours: a part of others, and the bookings or the work that they are the hours of. */
  const hours = (part: keyof Row["minutes"], of: keyof Row["minutes"], called: string, behind: Record<string, unknown>) =>
    tile(
      `hours-${part}`,
      called,
      share(row.minutes[part], row.minutes[of]),
      `${hoursText(row.minutes[part])} / ${hoursText(row.minutes[of])} h`,
      before && share(before.minutes[part], before.minutes[of]),
      behind,
    );
  /** The middle one of so many bookings. */
  const median = (key: "lead" | "length") => {
    const at = (one: Row | null) => (one?.[`${key}_minutes`] == null ? null : `${hoursText(one[`${key}_minutes`] ?? 0)} h`);
    return tile(key, name(key), at(row) ?? "–", t("insight.medianOf", { count: row.counts.bookings.count }), at(before), { figure: "bookings" });
  };
  return (
    <ul className="tiles">
      {hours("booked", "opened", t("report.occupancy"), { figure: "bookings", during: true })}
      {hours("attended", "booked", t("report.attended"), { figure: "attended", during: true })}
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
          { figure: key },
        );
      })}
      {median("lead")}
      {median("length")}
      {hours("maintenance", "opened", t("insight.map.maintenance"), { measure: "maintenance" })}
      {row.revenue_per_opened_hour ? tile("revenue", name("revenue"), money(row.revenue_per_opened_hour), `${row.revenue ? money(row.revenue) : "–"} / ${hoursText(row.minutes.opened)} h`, before?.revenue_per_opened_hour ? money(before.revenue_per_opened_hour) : null, {}) : null}
    </ul>
  );
}
