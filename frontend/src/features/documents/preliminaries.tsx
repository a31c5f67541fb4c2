import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal, type Schemas } from "../../api/client";
import { money, type Money } from "../../kernel/money";
import { dateText } from "../../kernel/time";
import { Button, Empty, Failure, Loading } from "../../ui/basics";
import { Changes, RewritePaper } from "../../ui/rewrite-paper";

type Paper = Schemas["Preliminary"];
/** What it comes to today, and what is to be paid of it. */
type Seen = { total: Money; due?: Money };
type Asked = { kind: Paper["kind"]; issuer_id?: string; month: string; state?: Paper["state"]; q?: string };

/** Quotations or pro-formas of a month: what became of each, and the acts that are left. */
export function Preliminaries({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const [cursor, turn] = useState<string | undefined>();
  const { kind, ...more } = asked;
  const query = api.useQuery("get", "/api/v1/preliminaries", { params: { query: { ...more, kind: [kind], ...(cursor ? { cursor } : {}) } } }, { placeholderData: (before) => before });
  const it = query.data;
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (it?.data.length === 0) return <Empty>{t("prelim.none")}</Empty>;
  return (
    <>
      <p className="muted">{t("prelim.apart")}</p>
      <div className="scroll" tabIndex={0} role="group" aria-label={t(`paper.${kind}`)}>
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{t("doc.number")}</th>
              <th scope="col">{t("doc.date")}</th>
              <th scope="col">{t("prelim.until")}</th>
              <th scope="col">{t("doc.customer")}</th>
              <th scope="col">{t("net")}</th>
              <th scope="col">{t("vat")}</th>
              <th scope="col">{t("gross")}</th>
              <th scope="col">{t("doc.state")}</th>
              <th scope="col">PDF</th>
            </tr>
          </thead>
          <tbody>
            {it?.data.map((row) => (
              <tr key={row.id}>
                <th scope="row">{row.number}</th>
                <td>{dateText(row.written_on)}</td>
                <td>{row.valid_until ? dateText(row.valid_until) : "–"}</td>
                <td>{row.customer}</td>
                <td>{money(row.net)}</td>
                <td>{money(row.vat)}</td>
                <td>{money(row.gross)}</td>
                <td>
                  <State paper={row} />
                </td>
                <td>
                  <a href={row.href} aria-label={`PDF ${row.number}`}>
                    PDF
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {it?.next_cursor ? <Button onClick={() => turn(it.next_cursor ?? undefined)}>{t("later")} →</Button> : null}
    </>
  );
}

/** Where it stands; of an open one the invoice that may come of it, at another amount only once that was said. */
function State({ paper }: { paper: Paper }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const place = { path: { preliminary_id: paper.id } };
  const accept = useMutation({
    mutationFn: async (seen?: Seen) => client.POST("/api/v1/preliminaries/{preliminary_id}/accept", { params: { ...place, header: keyed() }, body: seen ? { gross_cents: seen.total.cents, ...(seen.due ? { due_cents: seen.due.cents } : {}) } : {} }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const withdraw = useMutation({
    mutationFn: () => client.POST("/api/v1/preliminaries/{preliminary_id}/withdraw", { params: { ...place, header: keyed() } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const another = accept.error instanceof Refusal && accept.error.problem.code === "price-changed" ? (accept.error.problem.data as unknown as Seen) : undefined;
  const busy = accept.isPending || withdraw.isPending;
  return (
    <div className="sdi">
      {t(`prelim.state.${paper.state}`)}
      {paper.document ? <a href={`/api/v1/documents/${paper.document.id}/files/pdf`}>{paper.document.name}</a> : null}
      <Changes paper={paper} />
      {paper.state === "expired" ? <RewritePaper paper={paper} /> : null}
      {paper.actions["accept"]?.allowed && !another ? (
        <Button busy={busy} onClick={() => accept.mutate(undefined)}>
          {t("prelim.accept", { number: paper.number })}
        </Button>
      ) : null}
      {another ? (
        <div role="alert">
          <small>{t("prelim.another", { quoted: money(paper.basket ?? paper.gross), now: money(another.total) })}</small>
          {another.due && another.due.cents !== paper.due.cents ? <small>{t("prelim.anotherDue", { quoted: money(paper.due), now: money(another.due) })}</small> : null}
          <Button busy={busy} onClick={() => accept.mutate(another)}>
            {t("prelim.acceptAt", { amount: money(another.total) })}
          </Button>
        </div>
      ) : null}
      {paper.actions["withdraw"]?.allowed ? (
        <Button busy={busy} onClick={() => withdraw.mutate()}>
          {t("prelim.withdraw", { number: paper.number })}
        </Button>
      ) : null}
      {accept.isError && !another ? <Failure error={accept.error} /> : null}
      {withdraw.isError ? <Failure error={withdraw.error} /> : null}
    </div>
  );
}
