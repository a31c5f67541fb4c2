import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { money } from "../../kernel/money";
import { addMonths, dayText, monthText, today } from "../../kernel/time";
import { Empty, Failure, Loading } from "../../ui/basics";
import { OneOf } from "../../ui/choice";

interface Props {
  issuer: string;
  /** A person or an organisation. */
  who: string;
  /** From which month on, until today. */
  since: string | undefined;
  choose: (since: string) => void;
}

/** A statement of account: every movement with what is owed after it; as a page, as a table, and on paper. */
export function StatementOfAccount({ issuer, who, since, choose }: Props) {
  const { t } = useTranslation();
  const base = today("Europe/Rome");
  const month = since ?? addMonths(`${base.slice(0, 7)}-01`, -2).slice(0, 7);
  const whose: Record<string, string> = { [who.startsWith("org_") ? "organisation_id" : "person_id"]: who };
  const asked = { issuer_id: issuer, ...whose, on_from: `${month}-01`, on_to: addMonths(`${base.slice(0, 7)}-01`, 1) };
  const query = api.useQuery("get", "/api/v1/customer-account/movements", { params: { query: asked } }, { placeholderData: (before) => before });
  const address = (output: string) => `/api/v1/customer-account/movements?${new URLSearchParams({ ...asked, output })}`;
  const months = Array.from({ length: 24 }, (_, n) => addMonths(`${base.slice(0, 7)}-01`, -n).slice(0, 7));
  const it = query.data;
  return (
    <section aria-labelledby={`statement-${issuer}`}>
      <h2 id={`statement-${issuer}`}>
        {t("bills.statement")}
        {it ? ` · ${it.issuer.name}` : ""}
      </h2>
      <div className="toolbar">
        <OneOf label={t("bills.since")} value={month} all={months} say={monthText} onChange={choose} />
        <a href={address("pdf")}>PDF</a> <a href={address("csv")}>CSV</a> <a href={address("xlsx")}>XLSX</a>
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("bills.statement")}>
          <table className="data wrapped">
            <thead>
              <tr>
                <th scope="col">{t("bills.movement")}</th>
                <th scope="col">{t("bills.debit")}</th>
                <th scope="col">{t("bills.credit")}</th>
                <th scope="col">{t("bills.balance")}</th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row" colSpan={3}>
                  {t("bills.opening")}
                </th>
                <td>{money(it.opening)}</td>
              </tr>
              {it.data.map((row, n) => (
                <tr key={`${row.document_id} ${row.kind} ${n}`}>
                  <th scope="row">
                    {row.what} {row.document_id ? <a href={`/api/v1/documents/${row.document_id}/files/pdf`}>{row.number}</a> : <span className="muted">{row.number}</span>}
                    <br />
                    <small className="muted">
                      {dayText(row.on)}
                      {row.due_on ? ` · ${t("doc.before", { day: dayText(row.due_on) })}` : ""}
                    </small>
                  </th>
                  <td>{row.amount.cents >= 0 ? money(row.amount) : ""}</td>
                  <td>{row.amount.cents < 0 ? money({ ...row.amount, cents: -row.amount.cents }) : ""}</td>
                  <td>{money(row.balance)}</td>
                </tr>
              ))}
              <tr className="total">
                <th scope="row" colSpan={3}>
                  {t("bills.closing")}
                </th>
                <td>{money(it.closing)}</td>
              </tr>
            </tbody>
          </table>
        </div>
      ) : null}
      {it?.data.length === 0 ? <Empty>{t("bills.noMovements")}</Empty> : null}
    </section>
  );
}
