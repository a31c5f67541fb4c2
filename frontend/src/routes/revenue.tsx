import { useNavigate, useSearch } from "@tanstack/react-router";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useReportedVenues } from "../features/insight/view";
import { money, percent } from "../kernel/money";
import { addMonths, firstOfMonth, today } from "../kernel/time";
import { Failure, Field, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";

interface Filters {
  venue?: string;
  from?: string;
  to?: string;
}

/** Takings by partner: one's own in detail, the others' as a total. */
export default function Revenue() {
  const { t } = useTranslation();
  const venues = useReportedVenues();
  const filters = useSearch({ strict: false }) as Filters;
  const go = useNavigate();
  const venue = venues.find((v) => v.id === filters.venue) ?? venues[0];
  const base = firstOfMonth(today(venue?.time_zone ?? "Europe/Rome"));
  const from = filters.from ?? addMonths(base, -3);
  const to = filters.to ?? addMonths(base, 1);
  const set = (change: Filters) => void go({ to: "/manage/revenue", search: { ...filters, ...change }, replace: true });
  const query = api.useQuery("get", "/api/v1/reports/revenue", { params: { query: { venue_id: venue?.id ?? "", on_from: from, on_to: to } } }, { enabled: Boolean(venue), placeholderData: (before) => before });
  const it = query.data;
  return (
    <>
      <Title>{t("nav.revenue")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue?.id} among={venues} onChange={(id) => set({ venue: id })} />
        <Field label={t("fromDay")}>{(id) => <input id={id} type="date" value={from} onChange={(e) => e.target.value && set({ from: e.target.value })} />}</Field>
        <Field label={t("toDay")}>{(id) => <input id={id} type="date" value={to} onChange={(e) => e.target.value && set({ to: e.target.value })} />}</Field>
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it ? (
        <>
          <div className="scroll" tabIndex={0} role="group" aria-label={t("nav.revenue")}>
            <table className="data">
              <thead>
                <tr>
                  <th scope="col">{t("report.partner")}</th>
                  <th scope="col">{t("report.bookings")}</th>
                  <th scope="col">{t("net")}</th>
                  <th scope="col">{t("vat")}</th>
                  <th scope="col">{t("gross")}</th>
                  <th scope="col">{t("report.part")}</th>
                </tr>
              </thead>
              <tbody>
                {it.partners.map((row) => (
                  <Fragment key={row.partner.id}>
                    <tr className="strong">
                      <th scope="row">{row.partner.name}</th>
                      <td>{row.detail ? "" : <small className="muted">{t(row.net ? "report.totalsOnly" : "report.notTold")}</small>}</td>
                      <td>{row.net ? money(row.net) : "–"}</td>
                      <td>{row.vat ? money(row.vat) : "–"}</td>
                      <td>{row.gross ? money(row.gross) : "–"}</td>
                      <td>{row.share ? percent(row.share.numerator_cents, row.share.denominator_cents) : "–"}</td>
                    </tr>
                    {row.detail?.map((part) => (
                      <tr key={part.resource?.id} className="detail">
                        <th scope="row">{part.resource?.name}</th>
                        <td>{part.bookings}</td>
                        <td>{money(part.net)}</td>
                        <td>{money(part.vat)}</td>
                        <td>{money(part.gross)}</td>
                        <td>–</td>
                      </tr>
                    ))}
                  </Fragment>
                ))}
                {it.total ? (
                  <tr className="total">
                    <th scope="row">{t("total")}</th>
                    <td>–</td>
                    <td>{money(it.total.net)}</td>
                    <td>{money(it.total.vat)}</td>
                    <td>{money(it.total.gross)}</td>
                    <td>100%</td>
                  </tr>
                ) : null}
              </tbody>
            </table>
          </div>
          <a href={`/api/v1/reports/revenue?venue_id=${venue?.id}&on_from=${from}&on_to=${to}&output=csv`}>CSV</a>
        </>
      ) : null}
    </>
  );
}
