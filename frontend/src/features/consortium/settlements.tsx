import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, client, keyed, queries } from "../../api/client";
import { dayText, monthText } from "../../kernel/time";
import { Button, Empty, Failure, Loading } from "../../ui/basics";
import { STATES } from "./columns";

/** The months of a consortium, and the one to begin. */
export function SettlementList({ consortium, month, leads }: { consortium: string; month: string; leads: boolean }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/settlements", { params: { query: { consortium_id: consortium } } });
  const begin = useMutation({
    mutationFn: () => client.POST("/api/v1/settlements", { params: { header: keyed() }, body: { consortium_id: consortium, month } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const rows = query.data?.data ?? [];
  return (
    <section aria-labelledby="settlements">
      <h2 id="settlements">{t("cons.settlements")}</h2>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isSuccess && rows.length === 0 ? <Empty>{t("cons.noSettlements")}</Empty> : null}
      <ul className="cards bare">
        {rows.map((row) => (
          <li key={row.id} className="card">
            <Link to="/consortium/settlements/$id" params={{ id: row.id }}>
              {monthText(row.month)}
            </Link>{" "}
            <span className={`badge ${row.state === "closed" ? "confirmed" : row.state === "shared" ? "held" : ""}`}>
              <span aria-hidden="true">{STATES[row.state]}</span> {t(`cons.state.${row.state}`)}
            </span>
            {row.state === "shared" && row.objections_until ? <p className="muted">{t("cons.objectUntil", { day: dayText(row.objections_until) })}</p> : null}
          </li>
        ))}
      </ul>
      {leads && query.isSuccess && !rows.some((row) => row.month === month) ? (
        <Button busy={begin.isPending} onClick={() => begin.mutate()}>
          {t("cons.begin", { month: monthText(month) })}
        </Button>
      ) : null}
      {begin.isError ? <Failure error={begin.error} /> : null}
    </section>
  );
}
