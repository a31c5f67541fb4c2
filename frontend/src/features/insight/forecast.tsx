import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { percent } from "../../kernel/money";
import { addDays, dayText, hoursText } from "../../kernel/time";
import { Empty, Failure, Loading } from "../../ui/basics";
import { Lines } from "./charts";
import { Panel } from "./panel";

const YEAR = 364; // a year before it was the same weekday

/** The next four weeks: what is expected, what is there already, and how wrong such a forecast was before. A day leads to
 * the bookings of the day that it was told by. */
export function Forecast({ venue, kind }: { venue?: string | undefined; kind?: string | undefined }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const narrowed = { ...(venue ? { venue_id: venue } : {}), ...(kind ? { kind: [kind as "desk"] } : {}) };
  const query = api.useQuery("get", "/api/v1/reports/forecast", { params: { query: narrowed } }, { placeholderData: <T,>(before: T) => before });
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const found = query.data;
  const address = `/api/v1/reports/forecast?${new URLSearchParams({ ...(venue ? { venue_id: venue } : {}), ...(kind ? { kind } : {}) }).toString()}`;
  if (found.method === "none")
    return (
      <section className="sight" aria-labelledby="forecast-title">
        <h2 id="forecast-title">{t("insight.forecast")}</h2>
        <Empty>{t("insight.noForecast", { days: found.past_days })}</Empty>
      </section>
    );
  const opened = found.days.map((day) => day.opened_minutes);
  const behind = (day: string) => ({ to: "/insight/bookings", search: { venue, kind, from: day, to: addDays(day, 1), during: true } as never }) as const;
  const by = found.method === "year" ? YEAR : 0;
  const leads = (day: string, called: string, minutes: number) => (
    <Link {...behind(day)} aria-label={`${called}, ${dayText(day)}: ${hoursText(minutes)} h`}>
      {hoursText(minutes)} h
    </Link>
  );
  const share = (part: number, of: number) => `${percent(part, of)} (${hoursText(part)} / ${hoursText(of)} h)`;
  return (
    <Panel
      id="forecast"
      title={t("insight.forecast")}
      says={`${t(by ? "insight.forecastYear" : "insight.forecastWeeks", { days: found.past_days })} ${t(by ? "insight.forecastLeads" : "insight.weekLeads")}`}
      href={address}
      tools={<Wrong error={found.error} />}
      sheet={{
        head: [t("insight.day"), t("insight.expected"), t("insight.already"), t("insight.aYearBefore")],
        rows: found.days.map((day) => [dayText(day.on), share(day.expected_minutes ?? 0, day.opened_minutes), leads(day.on, t("insight.already"), day.booked_minutes), leads(addDays(day.on, -YEAR), t("insight.aYearBefore"), day.last_year_minutes)]),
      }}
    >
      <Lines label={t("insight.forecast")} steps={found.days.map((day) => day.on)} choose={(n) => void go(behind(addDays(found.days[n]?.on ?? "", -by)))} now={{ part: found.days.map((day) => day.expected_minutes ?? 0), whole: opened }} before={{ part: found.days.map((day) => day.booked_minutes), whole: opened }} other={t("insight.already")} />
    </Panel>
  );
}

/** How wrong the same method was on weeks that are known by now. */
function Wrong({ error }: { error: Schemas["ForecastError"] | null }) {
  const { t } = useTranslation();
  if (!error) return <p className="muted">{t("insight.neverTried")}</p>;
  return (
    <p className="muted">
      {t("insight.wrong", { count: error.windows, hours: hoursText(error.mean_minutes), share: error.booked_minutes ? percent(error.off_minutes, error.booked_minutes) : "–", off: hoursText(error.off_minutes), booked: hoursText(error.booked_minutes) })}
    </p>
  );
}
