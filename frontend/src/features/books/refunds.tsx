import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText, today } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { OneOf } from "../../ui/choice";

type Refund = Schemas["Refund"];
const WAYS = ["cash", "pos", "transfer"] as const;
type Way = (typeof WAYS)[number];

/** What is to be given back by hand: somebody says how and when it was given, or the bank has the list of transfers. */
export function Refunds({ issuer }: { issuer: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/refunds", { params: { query: { issuer_id: issuer, limit: 100 } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const rows = query.data.data;
  return (
    <>
      <p className="muted">{t("books.refundsHint")}</p>
      <ForTheBank issuer={issuer} refunds={rows.filter((refund) => refund.state === "due" && refund.method === "transfer" && refund.iban)} />
      {rows.length === 0 ? <Empty>{t("books.noRefunds")}</Empty> : null}
      <ul className="rows">
        {rows.map((refund) => (
          <Row key={refund.id + refund.state + refund.method + refund.iban} refund={refund} issuer={issuer} />
        ))}
      </ul>
    </>
  );
}

function ForTheBank({ issuer, refunds }: { issuer: string; refunds: readonly Refund[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = useMutation({
    mutationFn: async () => (await client.POST("/api/v1/refunds/transfers", { params: { header: keyed() }, body: { issuer_id: issuer, refund_ids: refunds.map((refund) => refund.id) } })).data,
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <div className="toolbar">
      <Button busy={list.isPending} why={refunds.length === 0 ? t("books.noTransfers") : undefined} onClick={() => list.mutate()}>
        {t("books.makeList", { count: refunds.length })}
      </Button>
      {list.data ? (
        <a href={list.data.file} download>
          {t("books.downloadList", { name: list.data.list_name })}
        </a>
      ) : null}
      {list.isError ? <Failure error={list.error} /> : null}
    </div>
  );
}

function Row({ refund, issuer }: { refund: Refund; issuer: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const usual = WAYS.find((way) => way === refund.method) ?? "transfer";
  const [way, choose] = useState<Way>(usual);
  const [on, setOn] = useState(today("Europe/Rome"));
  const [iban, write] = useState(refund.iban);
  const after = { onSuccess: () => queries.invalidateQueries() };
  const path = { refund_id: refund.id };
  const give = useMutation({ mutationFn: () => client.POST("/api/v1/refunds/{refund_id}/give", { params: { path, header: keyed() }, body: { method: way, on } }), ...after });
  const save = useMutation({ mutationFn: () => client.PATCH("/api/v1/refunds/{refund_id}", { params: { path }, body: { method: "transfer", iban } }), ...after });
  const recall = useMutation({ mutationFn: () => client.POST("/api/v1/refunds/{refund_id}/recall", { params: { path, header: keyed() } }), ...after });
  const failed = give.error ?? save.error ?? recall.error;
  const listed = refund.state === "sent";
  return (
    <li>
      <span>
        <strong>{money(refund.amount)}</strong> · {refund.customer} · {dayText(refund.made_on)}
        {refund.note ? ` · ${refund.note}` : ""}
        {refund.ground ? ` · ${refund.ground.name}` : ""}
        {refund.without_note ? ` · ${t("giveBack.way.without_note")}` : ""}
      </span>
      {refund.state === "failed" ? <span>{t("books.refundRefused")}</span> : null}
      {listed ? (
        <a href={`/api/v1/refunds/transfers?issuer_id=${issuer}&list_name=${refund.list_name}`} download>
          {t("books.downloadList", { name: refund.list_name })}
        </a>
      ) : null}
      <div className="toolbar">
        <OneOf label={t("books.givenHow")} value={way} disabled={listed} all={WAYS} say={(name) => t(`books.way.${name}`)} onChange={choose} />
        <Field label={t("books.givenOn")}>{(id) => <input id={id} type="date" value={on} max={today("Europe/Rome")} min={refund.made_on} onChange={(e) => setOn(e.target.value)} />}</Field>
        <Button tone="main" busy={give.isPending} why={on ? refund.actions["give"]?.reasons[0]?.detail : t("books.givenOn")} onClick={() => give.mutate()}>
          {t("books.given")}
        </Button>
        {listed ? (
          <Button busy={recall.isPending} onClick={() => recall.mutate()}>
            {t("books.recall")}
          </Button>
        ) : null}
      </div>
      {way === "transfer" && !listed ? (
        <div className="toolbar">
          <Field label={t("books.iban")}>{(id) => <input id={id} value={iban} maxLength={42} autoComplete="off" onChange={(e) => write(e.target.value)} />}</Field>
          <Button busy={save.isPending} why={iban.trim() === refund.iban ? t("books.ibanFirst") : undefined} onClick={() => save.mutate()}>
            {t("books.saveIban")}
          </Button>
        </div>
      ) : null}
      {failed ? <Failure error={failed} /> : null}
    </li>
  );
}
