import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayAt, instantText, periodText } from "../../kernel/time";
import { SeriesDates } from "./series-dates";

/** What staff want to know of one row before they decide: what, why they are asked, since when, and who else would like that time. */
export function Facts({ row }: { row: Schemas["Approval"] }) {
  const { t } = useTranslation();
  const { booking, before, series } = row;
  const zone = booking.venue.time_zone;
  const words = { today: t("today"), tomorrow: t("tomorrow") };
  const change = booking.change;
  const price = series?.price ?? booking.money?.total;
  const came = before.came + before.no_shows;
  return (
    <>
      <p className="lead">
        {booking.items.map((item) => item.resource.name).join(", ")}, {series?.rule_text || periodText(booking.period, zone, words)}
      </p>
      {series ? <SeriesDates series={series} zone={zone} /> : null}
      {change?.period && change.kind !== "cancel" && !series ? (
        <p>
          {t(change.kind === "proposal" ? "approvals.proposed" : "changing.becomes")} <b>{periodText(change.period, zone, words)}</b>
        </p>
      ) : null}
      {change?.kind === "hand_over" && change.to ? <p>{t("changing.to", { who: change.to })}</p> : null}
      {change?.message && !series ? <blockquote className="said">{change.message}</blockquote> : null}
      {booking.title || booking.notes ? <blockquote className="said">{[booking.title, booking.notes].filter(Boolean).join(" · ")}</blockquote> : null}
      <dl className="facts">
        <dt>{t("approvals.why")}</dt>
        <dd>{row.because.map((cause) => t(`approvals.because.${cause}`)).join(" · ")}</dd>
        <dt>{t("approvals.since")}</dt>
        <dd>{instantText(row.since, zone)}</dd>
        <dt>{t("approvals.by")}</dt>
        <dd>{instantText(row.decide_by, zone)}</dd>
        <dt>{t("approvals.before")}</dt>
        <dd>
          {came === 0 ? t("approvals.never") : t("approvals.came", { count: before.came })}
          {before.no_shows > 0 ? ` · ${t("approvals.missed", { count: before.no_shows })}` : ""}
        </dd>
        {booking.people ? (
          <>
            <dt>{t("people")}</dt>
            <dd>{booking.people}</dd>
          </>
        ) : null}
        {price && price.cents > 0 ? (
          <>
            <dt>{t("price")}</dt>
            <dd>{money(price)}</dd>
          </>
        ) : null}
        <dt>{t("approvals.others")}</dt>
        <dd>
          {row.waiting > 0 ? t("approvals.waiting", { count: row.waiting }) : t("approvals.nobodyWaits")}
          {series ? null : (
            <>
              {" · "}
              <Link to="/planner" search={{ venue: booking.venue.id, on: dayAt((change?.period ?? booking.period).start, zone), view: "day" }}>
                {t("approvals.day")}
              </Link>
            </>
          )}
        </dd>
      </dl>
    </>
  );
}
