import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Failure } from "../../ui/basics";

type Sale = Schemas["IncompleteSale"];

/** Sales whose document waits for somebody's data, and the button that closes the month once it squares. */
export function Books({ issuer, month }: { issuer: string; month: string }) {
  const waiting = api.useQuery("get", "/api/v1/incomplete-sales", { params: { query: {} } });
  const months = api.useQuery("get", "/api/v1/accounting-months", { params: { query: { issuer_id: issuer } } });
  const sales = (waiting.data?.data ?? []).filter((sale) => sale.issuer.id === issuer);
  const shown = months.data?.data.find((row) => row.month === month);
  return (
    <>
      {sales.length > 0 ? <Waiting sales={sales} /> : null}
      {shown ? <Closing month={shown} issuer={issuer} /> : null}
      {months.isError ? <Failure error={months.error} retry={() => void months.refetch()} /> : null}
    </>
  );
}

function Waiting({ sales }: { sales: Sale[] }) {
  const { t } = useTranslation();
  return (
    <section className="note">
      <h2>{t("doc.waiting", { count: sales.length })}</h2>
      <ul className="rows">
        {sales.map((sale) => (
          <li key={sale.id}>
            {sale.customer} · {money(sale.gross)} · {t("doc.before", { day: dayText(sale.due_at.slice(0, 10)) })} <Complete sale={sale} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Complete({ sale }: { sale: Sale }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: () => client.POST("/api/v1/incomplete-sales/{sale_id}/complete", { params: { path: { sale_id: sale.id }, header: keyed() } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <>
      <Button why={sale.actions["complete"]?.reasons[0]?.detail} busy={act.isPending} onClick={() => act.mutate()}>
        {t("doc.issue")}
      </Button>
      {act.isError ? <Failure error={act.error} /> : null}
    </>
  );
}

function Closing({ month, issuer }: { month: Schemas["AccountingMonth"]; issuer: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: () => client.POST("/api/v1/accounting-months/close", { params: { header: keyed() }, body: { issuer_id: issuer, month: month.month } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  if (month.closed_at) return <p className="muted">{t("doc.closed", { day: dayText(month.closed_at.slice(0, 10)) })}</p>;
  return (
    <p className="toolbar">
      <Button why={month.actions["close"]?.reasons[0]?.detail} busy={act.isPending} onClick={() => act.mutate()}>
        {t("doc.close")}
      </Button>
      {act.isError ? <Failure error={act.error} /> : null}
    </p>
  );
}
