import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";

/** What is owed, found by who owes it, and paid at the desk. */
export function Owed({ issuer }: { issuer: string }) {
  const { t } = useTranslation();
  const [typed, write] = useState("");
  const [q, look] = useState<string>();
  return (
    <>
      <h2>{t("books.payHere")}</h2>
      <form
        className="toolbar"
        onSubmit={(e) => {
          e.preventDefault();
          look(typed.trim());
        }}
      >
        <Field label={t("books.customer")}>{(id) => <input id={id} type="search" value={typed} maxLength={80} onChange={(e) => write(e.target.value)} />}</Field>
        <Button type="submit">{t("books.findOwed")}</Button>
      </form>
      {q === undefined ? null : <Found key={q} issuer={issuer} q={q} />}
    </>
  );
}

function Found({ issuer, q }: { issuer: string; q: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/debts", { params: { query: { issuer_id: issuer, q } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data.data.length === 0) return <Empty>{t("books.noDebtors")}</Empty>;
  return (
    <ul className="rows">
      {query.data.data.map((debt) => (
        <Debt key={debt.id + debt.open.cents} issuer={issuer} debt={debt} />
      ))}
    </ul>
  );
}

function Debt({ issuer, debt }: { issuer: string; debt: Schemas["DebtShape"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const pay = useMutation({
    mutationFn: (method: "cash" | "pos") => client.POST("/api/v1/desk-payments", { params: { header: keyed() }, body: { issuer_id: issuer, debt_id: debt.id, method, amount_cents: debt.open.cents } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <li>
      <span>
        <strong>{money(debt.open)}</strong> · {debt.customer} · {debt.name} · {dayText(debt.due_on)}
      </span>
      <div className="actions">
        {(["cash", "pos"] as const).map((method) => (
          <Button key={method} busy={pay.isPending} onClick={() => pay.mutate(method)}>
            {t(`books.paidBy.${method}`)}
          </Button>
        ))}
      </div>
      {pay.isError ? <Failure error={pay.error} /> : null}
    </li>
  );
}
