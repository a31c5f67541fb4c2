import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { HeatMap } from "../features/reports/heat-map";
import { Others } from "../features/reports/others";
import { percent } from "../kernel/money";
import { addMonths, firstOfMonth, hoursText, monthText, today } from "../kernel/time";
import { Failure, Field, Loading, Title } from "../ui/basics";
import { Choice, OneOf } from "../ui/choice";

const MEASURES = ["booked_minutes", "attended_minutes", "opened_minutes"] as const;

interface Filters {
  venue?: string;
  from?: string;
  to?: string;
  measure?: (typeof MEASURES)[number];
}

/** Opened, booked and attended hours; every percentage beside the two numbers it comes from. */
export default function Occupancy() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as Filters;
  const go = useNavigate();
  const venue = session.venues.find((v) => v.id === filters.venue) ?? session.venues.find((v) => v.slug === "open-incet") ?? session.venues[0];
  const base = firstOfMonth(today(venue?.time_zone ?? "Europe/Rome"));
  const from = filters.from ?? addMonths(base, -3);
  const to = filters.to ?? base;
  const measure = filters.measure ?? "booked_minutes";
  const set = (change: Filters) => void go({ to: "/manage/occupancy", search: { ...filters, ...change }, replace: true });
  const query = api.useQuery("get", "/api/v1/reports/occupancy", { params: { query: { venue_id: venue?.id ?? "", on_from: from, on_to: to } } }, { enabled: Boolean(venue), placeholderData: (before) => before });
  const csv = (part: string) => `/api/v1/reports/occupancy?venue_id=${venue?.id}&on_from=${from}&on_to=${to}&output=csv&part=${part}`;
  const it = query.data;
  return (
    <>
      <Title>{t("nav.occupancy")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue?.id} among={session.venues} onChange={(id) => set({ venue: id })} />
        <Field label={t("fromDay")}>{(id) => <input id={id} type="date" value={from} onChange={(e) => e.target.value && set({ from: e.target.value })} />}</Field>
        <Field label={t("toDay")}>{(id) => <input id={id} type="date" value={to} onChange={(e) => e.target.value && set({ to: e.target.value })} />}</Field>
        <OneOf label={t("report.measure")} value={measure} all={MEASURES} say={(name) => t(`report.${name.replace("_minutes", "") as "booked"}`)} onChange={(name) => set({ measure: name })} />
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it ? (
        <>
          <dl className="counts">
            {(["opened", "booked", "attended"] as const).map((name) => (
              <div key={name}>
                <dt>{t(`report.${name}`)}</dt>
                <dd>{hoursText(it.totals[`${name}_minutes`])} h</dd>
              </div>
            ))}
            <div>
              <dt>{t("report.occupancy")}</dt>
              <dd>
                {percent(it.totals.occupancy.numerator, it.totals.occupancy.denominator)}
                <small>
                  {hoursText(it.totals.occupancy.numerator)} / {hoursText(it.totals.occupancy.denominator)} h
                </small>
              </dd>
            </div>
          </dl>
          <section aria-labelledby="heat">
            <h2 id="heat">{t("report.heat")}</h2>
            <HeatMap cells={it.heat} measure={measure} />
            <a href={csv("heat")}>CSV</a>
          </section>
          <section aria-labelledby="by-resource">
            <h2 id="by-resource">{t("report.byResource")}</h2>
            <div className="scroll" tabIndex={0} role="group" aria-label={t("report.byResource")}>
              <table className="data">
                <thead>
                  <tr>
                    <th scope="col">{t("resource")}</th>
                    <th scope="col">{t("report.opened")}</th>
                    <th scope="col">{t("report.booked")}</th>
                    <th scope="col">{t("report.attended")}</th>
                    <th scope="col">{t("report.blocked")}</th>
                    <th scope="col">{t("report.occupancy")}</th>
                  </tr>
                </thead>
                <tbody>
                  {it.resources.map((row) => (
                    <tr key={row.id}>
                      <th scope="row">
                        {row.name} {row.units > 1 ? <small className="muted">×{row.units}</small> : null}
                      </th>
                      <td>{hoursText(row.opened_minutes)}</td>
                      <td>{hoursText(row.booked_minutes)}</td>
                      <td>{hoursText(row.attended_minutes)}</td>
                      <td>{hoursText(row.blocked_minutes)}</td>
                      <td>
                        <meter min={0} max={1} value={row.opened_minutes ? row.booked_minutes / row.opened_minutes : 0} aria-label={t("report.occupancy")} /> {percent(row.booked_minutes, row.opened_minutes)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <a href={csv("resources")}>CSV</a>
          </section>
          <section aria-labelledby="by-month">
            <h2 id="by-month">{t("report.byMonth")}</h2>
            <div className="scroll" tabIndex={0} role="group" aria-label={t("report.byMonth")}>
              <table className="data">
                <thead>
                  <tr>
                    <th scope="col">{t("report.month")}</th>
                    <th scope="col">{t("report.opened")}</th>
                    <th scope="col">{t("report.booked")}</th>
                    <th scope="col">{t("report.attended")}</th>
                    <th scope="col">{t("report.occupancy")}</th>
                  </tr>
                </thead>
                <tbody>
                  {it.months.map((row) => (
                    <tr key={row.month}>
                      <th scope="row">{monthText(row.month)}</th>
                      <td>{hoursText(row.opened_minutes)}</td>
                      <td>{hoursText(row.booked_minutes)}</td>
                      <td>{hoursText(row.attended_minutes)}</td>
                      <td>{percent(row.booked_minutes, row.opened_minutes)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <a href={csv("months")}>CSV</a>
          </section>
          <Others months={it.others} />
        </>
      ) : null}
    </>
  );
}
