import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { cents as centsOf, money, written } from "../../kernel/money";
import { instantText } from "../../kernel/time";
import { Button, Dialog, Failure, Field, Loading } from "../../ui/basics";

type Deposit = Schemas["Deposit"];
const OPEN = new Set(["asked", "needed", "held", "taking"]);

/** What is reserved on a card for a booking: how it stands, the way to reserve it, and what staff may do with it. */
export function DepositPanel({ id, zone }: { id: string; zone: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/deposits/{deposit_id}", { params: { path: { deposit_id: id } } }, { refetchInterval: (found) => (found.state.data?.state === "taking" ? 2000 : false) });
  const reserve = useMutation({
    mutationFn: () => client.POST("/api/v1/deposits/{deposit_id}/reserve", { params: { path: { deposit_id: id } } }),
    onSuccess: ({ data }) => data && window.location.assign(data.redirect_url),
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  const said = { amount: money(it.amount), taken: money(it.taken), until: instantText(it.release_at, zone) };
  return (
    <section className="panel" aria-labelledby="deposit">
      <h2 id="deposit">{t("deposit.title", said)}</h2>
      <p className={it.state === "needed" ? "note" : undefined}>{t(`deposit.state.${it.state}`, said)}</p>
      {it.reason ? <p>{t("deposit.because", { reason: it.reason })}</p> : null}
      {it.document_ids.map((paper) => (
        <p key={paper}>
          <a href={`/api/v1/documents/${paper}/files/pdf`}>{t("deposit.document")}</a>
        </p>
      ))}
      {it.state === "needed" && it.actions["reserve"] ? (
        <Button tone="main" busy={reserve.isPending} onClick={() => reserve.mutate()}>
          {t("deposit.reserve", said)}
        </Button>
      ) : null}
      {reserve.isError ? <Failure error={reserve.error} /> : null}
      <DepositDeeds deposit={it} />
    </section>
  );
}

/** What staff may do with a deposit, as long as anything can become of it. */
export function DepositDeeds({ deposit }: { deposit: Deposit }) {
  if (!deposit.actions["capture"] || !OPEN.has(deposit.state)) return null;
  return (
    <div className="deeds">
      <Take deposit={deposit} />
      <LetGo deposit={deposit} />
    </div>
  );
}

function useDeed(run: () => Promise<unknown>, onDone: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async () => {
      await cache.invalidateQueries();
      onDone();
    },
  });
}

/** So much of it for a reason, which its person reads on the document. */
function Take({ deposit }: { deposit: Deposit }) {
  const { t } = useTranslation();
  const [asking, ask] = useState(false);
  const [said, say] = useState(written(deposit.amount.cents));
  const [reason, setReason] = useState("");
  const cents = centsOf(said);
  const wrong = !(cents > 0 && cents <= deposit.amount.cents);
  const run = useDeed(
    () => client.POST("/api/v1/deposits/{deposit_id}/capture", { params: { path: { deposit_id: deposit.id }, header: keyed() }, body: { amount: { cents, currency: "EUR" }, reason } }),
    () => ask(false),
  );
  const allowed = deposit.actions["capture"];
  return (
    <>
      <Button why={allowed?.allowed ? undefined : allowed?.reasons[0]?.detail} onClick={() => ask(true)}>
        {t("deposit.take")}
      </Button>
      <Dialog title={t("deposit.take")} open={asking} onClose={() => ask(false)}>
        <Field label={t("deposit.howMuch")} error={wrong ? t("deposit.atMost", { amount: money(deposit.amount) }) : undefined}>
          {(id, note) => <input id={id} inputMode="decimal" size={8} value={said} aria-invalid={wrong} aria-describedby={note} onChange={(e) => say(e.target.value)} />}
        </Field>
        <Field label={t("deposit.reason")} hint={t("deposit.reasonHint")}>
          {(id, note) => <textarea id={id} aria-describedby={note} rows={3} maxLength={300} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Field>
        {run.isError ? <Failure error={run.error} /> : null}
        <Button tone="danger" why={wrong ? t("deposit.atMost", { amount: money(deposit.amount) }) : reason.trim() ? undefined : t("reasonNeeded")} busy={run.isPending} onClick={() => run.mutate()}>
          {t("deposit.take")}
        </Button>
      </Dialog>
    </>
  );
}

function LetGo({ deposit }: { deposit: Deposit }) {
  const { t } = useTranslation();
  const [asking, ask] = useState(false);
  const [reason, setReason] = useState("");
  const run = useDeed(
    () => client.POST("/api/v1/deposits/{deposit_id}/release", { params: { path: { deposit_id: deposit.id }, header: keyed() }, body: { reason } }),
    () => ask(false),
  );
  const allowed = deposit.actions["release"];
  return (
    <>
      <Button why={allowed?.allowed ? undefined : allowed?.reasons[0]?.detail} onClick={() => ask(true)}>
        {t("deposit.release")}
      </Button>
      <Dialog title={t("deposit.release")} open={asking} onClose={() => ask(false)}>
        <p>{t("deposit.releaseMore", { amount: money(deposit.amount) })}</p>
        <Field label={t("deposit.releaseReason")}>{(id) => <input id={id} maxLength={300} value={reason} onChange={(e) => setReason(e.target.value)} />}</Field>
        {run.isError ? <Failure error={run.error} /> : null}
        <Button tone="main" busy={run.isPending} onClick={() => run.mutate()}>
          {t("deposit.release")}
        </Button>
      </Dialog>
    </>
  );
}
