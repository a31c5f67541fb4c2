import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { IssueAll, Issued, OneBill } from "../features/books/bills";
import { StatementOfAccount } from "../features/books/statement";
import { money } from "../kernel/money";
import { addMonths, monthText, today } from "../kernel/time";
import { Empty, Failure, Field, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import { SearchField } from "../ui/search-field";
import { BILL_STATES, type BillFilters } from "./filters";

/** The month's bills of organisations on account: how each stands, one looked at closely, and all that are ready issued. */
export default function Bills() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as BillFilters;
  const go = useNavigate();
  const set = (change: BillFilters) => void go({ to: "/manage/bills", search: { ...filters, ...change }, replace: true });
  const base = today("Europe/Rome").slice(0, 7);
  const month = filters.month ?? addMonths(`${base}-01`, -1).slice(0, 7);
  const issuers = api.useQuery("get", "/api/v1/issuers", { params: { query: {} } });
  const issuer = filters.issuer ?? issuers.data?.data[0]?.id;
  const asked = { issuer_id: issuer ?? "", month, ...(filters.state ? { state: filters.state } : {}), ...(filters.q ? { q: filters.q } : {}) };
  const query = api.useQuery("get", "/api/v1/bills", { params: { query: asked } }, { enabled: Boolean(issuer), placeholderData: (before) => before });
  const months = Array.from({ length: 15 }, (_, n) => addMonths(`${base}-01`, -n).slice(0, 7));
  const it = query.data;
  return (
    <>
      <Title>{t("nav.bills")}</Title>
      <div className="toolbar">
        <Choice label={t("doc.issuer")} value={issuer ?? ""} among={issuers.data?.data} onChange={(id) => set({ issuer: id, body: undefined })} />
        <Field label={t("report.month")}>
          {(id) => (
            <select id={id} value={month} onChange={(e) => set({ month: e.target.value })}>
              {months.map((name) => (
                <option key={name} value={name}>
                  {monthText(name)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("doc.state")}>
          {(id) => (
            <select id={id} value={filters.state ?? ""} onChange={(e) => set({ state: BILL_STATES.find((state) => state === e.target.value) })}>
              <option value="">{t("all")}</option>
              {BILL_STATES.map((state) => (
                <option key={state} value={state}>
                  {t(`bills.state.${state}`)} ({it?.counts.find((count) => count.state === state)?.bills ?? 0})
                </option>
              ))}
            </select>
          )}
        </Field>
        <SearchField label={t("doc.customer")} value={filters.q ?? ""} onSettle={(q) => set({ q })} />
      </div>
      {query.isPending && issuer ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {issuers.isSuccess && !issuer ? <Empty>{t("books.noIssuer")}</Empty> : null}
      {it && issuer ? <IssueAll issuer={issuer} month={month} ready={it.counts.find((count) => count.state === "ready")} last={it.job} /> : null}
      {it?.data.length === 0 ? <Empty>{t("bills.nobody")}</Empty> : null}
      {it && it.data.length > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("nav.bills")}>
          <table className="data">
            <thead>
              <tr>
                <th scope="col">{t("doc.customer")}</th>
                <th scope="col">{t("doc.state")}</th>
                <th scope="col">{t("bills.lines")}</th>
                <th scope="col">{t("bills.toBill")}</th>
                <th scope="col">{t("bills.waits")}</th>
                <th scope="col">{t("bills.issued")}</th>
              </tr>
            </thead>
            <tbody>
              {it.data.map((row) => (
                <tr key={row.organisation.id}>
                  <th scope="row">
                    <Link to="/manage/bills" search={{ ...filters, issuer, month, body: row.organisation.id }} aria-current={row.organisation.id === filters.body ? "true" : undefined}>
                      {row.organisation.name}
                    </Link>
                  </th>
                  <td>{t(`bills.state.${row.state}`)}</td>
                  <td>{row.lines || ""}</td>
                  <td>{row.total.cents ? money(row.total) : ""}</td>
                  <td>{row.left_out ? t("bills.waiting", { count: row.left_out, amount: money(row.left_out_total) }) : ""}</td>
                  <td>
                    <Issued papers={row.issued} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {issuer && filters.body ? (
        <>
          <OneBill
            key={`${issuer} ${month} ${filters.body}`}
            issuer={issuer}
            month={month}
            body={filters.body}
          />
          <StatementOfAccount issuer={issuer} who={filters.body} since={filters.since} choose={(since) => set({ since })} />
        </>
      ) : null}
    </>
  );
}
