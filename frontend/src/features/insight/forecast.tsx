import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { percent } from "../../kernel/money";
import { dayText, hoursText } from "../../kernel/time";
import { Empty, Failure, Loading } from "../../ui/basics";
import { Lines } from "./charts";
import { Panel } from "./panel";

/** The next four weeks: what is expected, what is there already, and how wrong such a forecast was before. */
export function Forecast({ venue, kind }: { venue?: string | undefined; kind?: string | undefined }) {
  const { t } = useTranslation();
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
  const share = (part: number, of: number) => `${percent(part, of)} (${hoursText(part)} / ${hoursText(of)} h)`;
  return (
    <Panel
      id="forecast"
      title={t("insight.forecast")}
      says={t(found.method === "year" ? "insight.forecastYear" : "insight.forecastWeeks", { days: found.past_days })}
      href={address}
      tools={<Wrong error={found.error} />}
      sheet={{
        head: [t("insight.day"), t("insight.expected"), t("insight.already"), t("insight.aYearBefore")],
        rows: found.days.map((day) => [dayText(day.on), share(day.expected_minutes ?? 0, day.opened_minutes), `${hoursText(day.booked_minutes)} h`, `${hoursText(day.last_year_minutes)} h`]),
      }}
    >
      <Lines label={t("insight.forecast")} steps={found.days.map((day) => day.on)} now={{ part: found.days.map((day) => day.expected_minutes ?? 0), whole: opened }} before={{ part: found.days.map((day) => day.booked_minutes), whole: opened }} other={t("insight.already")} />
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
