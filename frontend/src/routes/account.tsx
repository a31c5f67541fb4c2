import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { Lines } from "../features/books/bills";
import { StatementOfAccount } from "../features/books/statement";
import { money } from "../kernel/money";
import { dayText, monthText } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";

interface Filters {
  organisation?: string;
  since?: string;
}

/** An organisation's account: what the next bill holds so far, what is open and how to pay it, and every movement. */
export default function Account() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as Filters;
  const go = useNavigate();
  const set = (change: Filters) => void go({ to: "/account", search: { ...filters, ...change }, replace: true });
  const bodies = session.organisations.filter((body) => body.is_delegate);
  const who = filters.organisation ?? bodies[0]?.id;
  const query = api.useQuery("get", "/api/v1/organisations/{organisation_id}/account", { params: { path: { organisation_id: who ?? "" } } }, { enabled: Boolean(who) });
  return (
    <>
      <Title>{t("nav.account")}</Title>
      {bodies.length > 1 ? (
        <div className="toolbar">
          <Choice label={t("bills.organisation")} value={who ?? ""} among={bodies} onChange={(organisation) => set({ organisation })} />
        </div>
      ) : null}
      {!who ? <Empty>{t("bills.noBody")}</Empty> : null}
      {who && query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.data.length === 0 ? <Empty>{t("bills.noAccount")}</Empty> : null}
      {query.data?.data.map((one, n) => (
        <div key={one.issuer.id}>
          <Own one={one} month={query.data.month} />
          {who ? (
            <details open={n === 0}>
              <summary>{t("bills.movements")}</summary>
              <StatementOfAccount issuer={one.issuer.id} who={who} since={filters.since} choose={(since) => set({ since })} />
            </details>
          ) : null}
        </div>
      ))}
    </>
  );
}

function Own({ one, month }: { one: Schemas["OwnAccount"]; month: string }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby={one.issuer.id}>
      <h2 id={one.issuer.id}>{one.issuer.name}</h2>
      <p className="lead">
        {t("bills.running", { month: monthText(month) })} <strong>{money(one.running)}</strong>
        {one.balance.cents ? ` · ${t("bills.openNow")} ` : null}
        {one.balance.cents ? <strong>{money(one.balance)}</strong> : null}
      </p>
      {one.credit.cents ? (
        <p>
          {t("credit.ofBody")} <strong>{money(one.credit)}</strong> <span className="muted">{t("credit.hint")}</span>
        </p>
      ) : null}
      {one.room ? (
        <p>
          <meter min={0} max={one.room.limit.cents} value={one.room.used.cents} aria-label={t("bills.limit")} /> {t("bills.room", { left: money(one.room.left), limit: money(one.room.limit) })}
        </p>
      ) : null}
      {one.open.length > 0 ? (
        <>
          <h3>{t("books.openItems")}</h3>
          <ul className="rows">
            {one.open.map((bill) => (
              <li key={bill.id}>
                <a href={`/api/v1/documents/${bill.id}/files/pdf`}>{bill.number}</a>
                <strong>{money(bill.open)}</strong>
                <span>
                  {t("doc.before", { day: dayText(bill.due_on) })} {bill.days_late > 0 ? <em>{t("bills.late", { count: bill.days_late })}</em> : null}
                </span>
                <span className="muted">{t("bills.reference", { reference: bill.reference, iban: one.iban })}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {one.lines.length > 0 ? <Lines title={t("bills.next")} lines={one.lines} /> : <Empty>{t("bills.nothingYet")}</Empty>}
      {one.to_come.length > 0 ? (
        <details>
          <summary>{t("bills.toCome", { count: one.to_come.length })}</summary>
          <Lines title={t("bills.leftOut", { count: one.to_come.length })} lines={one.to_come} />
        </details>
      ) : null}
    </section>
  );
}
