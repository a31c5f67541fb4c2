import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { ObjectTo, Objections, Progress } from "../features/consortium/progress";
import { LinesTable, PapersAndTransfers, PartnersTable } from "../features/consortium/settlement-table";
import { money } from "../kernel/money";
import { monthText } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";

/** One month among the partners: each one's balance, the lines it is made of, and the way to its close. */
export default function Settlement() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = api.useQuery("get", "/api/v1/settlements/{settlement_id}", { params: { path: { settlement_id: id } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  return (
    <>
      <p>
        <Link to="/consortium" search={{ month: it.month }}>
          ← {it.consortium.name}
        </Link>
      </p>
      <Title>{t("cons.settlementOf", { month: monthText(it.month) })}</Title>
      <Progress settlement={it} />
      {it.figures.faults.length > 0 ? (
        <div className="panel wide" role="alert">
          <p className="error">{t("cons.doesNotSquare")}</p>
          <ul>
            {it.figures.faults.map((fault) => (
              <li key={fault.what}>
                {fault.what}: {money(fault.ours)} ≠ {money(fault.ledger)}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <h2>{t("cons.balances")}</h2>
      <PartnersTable figures={it.figures} label={t("cons.balances")} />
      <h2>{t("cons.lines")}</h2>
      {it.figures.lines.length === 0 ? <Empty>{t("cons.noLines")}</Empty> : <LinesTable settlement={it}>{(line) => <ObjectTo settlement={it} line={line} />}</LinesTable>}
      <Objections settlement={it} />
      <PapersAndTransfers figures={it.figures} />
    </>
  );
}
