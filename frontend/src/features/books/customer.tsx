import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Empty, Failure, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { VatChecks } from "../../ui/vat-check";
import { InstalmentsOf } from "./instalments";
import { StatementOfAccount } from "./statement";

/** A customer's statement of account: what is open and since when, what was paid, and what is left to pay. */
export function Customer({ issuer, who, choose }: { issuer: string; who: string | undefined; choose: (id: string) => void }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/dunning", { params: { query: { issuer_id: issuer } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const debtors = query.data.debtors;
  if (debtors.length === 0 && !who) return <Empty>{t("books.noDebtors")}</Empty>;
  return (
    <>
      <div className="toolbar">
        <Choice label={t("books.customer")} value={who ?? ""} none="–" among={debtors.map(({ id, name, open }) => ({ id, name: `${name} · ${money(open)}` }))} onChange={choose} />
      </div>
      {who ? <Statement key={who} issuer={issuer} who={who} /> : null}
    </>
  );
}

function Statement({ issuer, who }: { issuer: string; who: string }) {
  const { t } = useTranslation();
  const [since, begin] = useState<string | undefined>();
  const whose = who.startsWith("org_") ? { organisation_id: who } : { person_id: who };
  const query = api.useQuery("get", "/api/v1/customer-account", { params: { query: { issuer_id: issuer, ...whose } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const { open, balance, credit, to_pay } = query.data;
  return (
    <>
      <p>
        {t("books.balance")} <strong>{money(balance)}</strong>
      </p>
      {credit.cents > 0 ? (
        <p>
          {t("books.hasCredit", { credit: money(credit), left: money(to_pay) })}{" "}
          <Link to="/manage/books" search={{ issuer, view: "bank" }}>
            {t("books.toCredits")}
          </Link>
        </p>
      ) : null}
      <h2>{t("books.openItems")}</h2>
      {open.length === 0 ? <Empty>{t("books.nothingOpen")}</Empty> : null}
      <ul className="rows">
        {open.map((one) => (
          <li key={one.id}>
            {one.name} · {t("doc.before", { day: dayText(one.due_on) })} · <strong>{money(one.open)}</strong>
            {one.credit.cents > 0 ? <span className="muted">{t("books.creditCould", { amount: money(one.credit) })}</span> : null}
          </li>
        ))}
      </ul>
      <InstalmentsOf issuer={issuer} who={who} />
      <StatementOfAccount issuer={issuer} who={who} since={since} choose={begin} />
      <VatChecks customer={who} />
    </>
  );
}
