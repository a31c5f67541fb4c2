import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { CUTS } from "../features/insight/figure-cells";
import { Pages } from "../features/insight/pages";
import { daysOf, type View } from "../features/insight/view";
import { clock, dayAt, dayText, hours, weekdayText } from "../kernel/time";
import { Empty, Failure, Loading, StateBadge, Title } from "../ui/basics";

interface Asked extends View {
  figure?: string;
  weekday?: number;
  hour?: number;
  name?: string;
  key?: string;
  during?: boolean;
  page?: string | undefined;
}

const FIGURES = ["bookings", "ended", "attended", "no_shows", "cancelled", "late_cancellations", "by_members", "people", "returning", "first_timers", "standing"] as const;

/** The bookings behind a figure: what is counted there, one by one. */
export default function InsightBookings() {
  const { t } = useTranslation();
  const asked = useSearch({ strict: false }) as Asked;
  const go = useNavigate();
  const days = daysOf(asked);
  const figure = FIGURES.find((name) => name === asked.figure) ?? "bookings";
  const by = CUTS.find((name) => name === asked.by);
  const query = api.useQuery("get", "/api/v1/reports/bookings", {
    params: {
      query: {
        on_from: days.from,
        on_to: days.to,
        limit: 200,
        figure,
        ...(asked.venue ? { venue_id: asked.venue } : {}),
        ...(asked.kind ? { kind: [asked.kind as "desk"] } : {}),
        ...(asked.weekday ? { weekday: asked.weekday } : {}),
        ...(asked.hour === undefined ? {} : { hour: asked.hour }),
        ...(asked.during ? { during: true } : {}),
        ...(by ? { by, key: asked.key ?? "" } : {}),
        ...(asked.page ? { cursor: asked.page } : {}),
      },
    },
  });
  const found = query.data;
  const turn = (page: string | undefined) => void go({ to: "/insight/bookings", search: { ...asked, page } as never });
  return (
    <>
      <Title>{t("insight.behind")}</Title>
      <p>
        <Link to="/insight" search={{ venue: asked.venue, kind: asked.kind, from: asked.from, to: asked.to, by } as never}>
          ← {t("insight.title")}
        </Link>
      </p>
      <p className="muted">
        {t(`insight.figure.${figure}`)} · {dayText(days.from)} – {dayText(days.to)}
        {by ? ` · ${t(`insight.cut.${by}`)}` : ""}
        {asked.name ? ` · ${asked.name}` : ""}
        {asked.weekday ? ` · ${weekdayText(asked.weekday)}` : ""}
        {asked.hour === undefined ? "" : ` ${String(asked.hour).padStart(2, "0")}:00`}
        {asked.during ? ` · ${t("insight.during")}` : ""}
      </p>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {found && found.count === 0 ? <Empty>{t("insight.nobody")}</Empty> : null}
      {found && found.count > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("insight.behind")}>
          <table className="data wrapped">
            <caption>{t("insight.count", { n: found.count, shown: found.data.length })}</caption>
            <thead>
              <tr>
                <th scope="col">{t("insight.code")}</th>
                <th scope="col">{t("insight.day")}</th>
                <th scope="col">{t("report.hour")}</th>
                <th scope="col" className="words">{t("resource")}</th>
                <th scope="col">{t("insight.state")}</th>
              </tr>
            </thead>
            <tbody>
              {found.data.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <Link to="/bookings/$id" params={{ id: row.id }}>
                      {row.code || t("openBooking")}
                    </Link>
                  </th>
                  <td>{dayText(dayAt(row.period.start, row.time_zone))}</td>
                  <td>{hours(row.period, row.time_zone) || clock(row.period.start, row.time_zone)}</td>
                  <td className="words">{row.resources}</td>
                  <td>
                    <StateBadge state={row.state} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <Pages page={asked.page} next={found?.next_cursor} onTurn={turn} />
    </>
  );
}
