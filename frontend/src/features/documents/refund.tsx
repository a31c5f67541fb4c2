import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, isRemembered, keyed, Refusal, type Schemas } from "../../api/client";
import { cents, money, written } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Dialog, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";

type Paper = Schemas["Document"];
type Told = Schemas["PaymentRefunds"];
type Ground = NonNullable<Schemas["NewRefundRequest"]["ground"]>;
const WAYS = ["credit_note", "ground", "without_note"] as const;
type Way = (typeof WAYS)[number];

/** Offers to give back of what a document was paid with, where that may be. */
export function GiveBack({ paper, onAsk }: { paper: Paper; onAsk: (paper: Paper) => void }) {
  const { t } = useTranslation();
  if (!paper.actions["refund"]?.allowed) return null;
  return (
    <Button onClick={() => onAsk(paper)} aria-label={t("giveBack.of", { number: paper.number })}>
      {t("giveBack.act")}
    </Button>
  );
}

/** Money back; where more than a year has gone, on a ground of the law or without a credit note. */
export function GivingBack({ paper, close }: { paper: Paper; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("giveBack.of", { number: paper.number })} open onClose={close}>
      <Ahead payment={String(paper.actions["refund"]?.terms["payment_id"])} close={close} />
    </Dialog>
  );
}

function Ahead({ payment, close }: { payment: string; close: () => void }) {
  const query = api.useQuery("get", "/api/v1/payments/{payment_id}/refunds", { params: { path: { payment_id: payment } } });
  // What is being written stays where reading it anew fails.
  if (query.data) return <Form told={query.data} close={close} />;
  return query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : <Loading />;
}

function Form({ told, close }: { told: Told; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const usual = WAYS.find((name) => told.actions[name]?.allowed);
  const [way, choose] = useState<Way>(usual ?? "credit_note");
  const [amount, setAmount] = useState(written(told.left.cents));
  const [ground, setGround] = useState("");
  const [reason, write] = useState("");
  const [key, renew] = useState(keyed);
  const give = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/payments/{payment_id}/refunds", {
        params: { path: { payment_id: told.id }, header: key },
        body: { amount_cents: cents(amount), reason: reason.trim(), without_note: way === "without_note", ...(way === "ground" ? { ground: ground as Ground } : {}) },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      close();
    },
    // What got no answer may have been done: it is asked again under the same key, and what went back is read anew.
    onError: (error) => {
      if (isRemembered(error)) renew(keyed());
      void queries.invalidateQueries();
    },
  });
  const sum = cents(amount);
  const wrong = Number.isNaN(sum) || sum <= 0 || sum > told.left.cents;
  const faults = give.error instanceof Refusal ? give.error.problem.pointers.filter((fault) => fault.detail) : [];
  return (
    <>
      <p>{t("giveBack.there", { name: told.customer, amount: money(told.amount), left: money(told.left) })}</p>
      <Given told={told} />
      <Field label={t("giveBack.amount")} error={wrong ? t("giveBack.most", { left: money(told.left) }) : undefined}>
        {(id, note) => <input id={id} inputMode="decimal" aria-describedby={note} value={amount} onChange={(e) => setAmount(e.target.value)} />}
      </Field>
      <fieldset className="checks column">
        <legend>{t("giveBack.how")}</legend>
        {WAYS.map((name) => {
          const against = told.actions[name]?.reasons[0]?.detail;
          return (
            <label className="check" key={name}>
              <input type="radio" name="way" checked={way === name} disabled={Boolean(against)} onChange={() => choose(name)} />{" "}
              <span>
                {t(`giveBack.way.${name}`)}
                <br />
                <small className="muted">{against ?? t(`giveBack.means.${name}`)}</small>
              </span>
            </label>
          );
        })}
      </fieldset>
      {way === "ground" ? <Choice label={t("giveBack.ground")} value={ground} none={t("giveBack.choose")} among={told.grounds.map(({ code, name }) => ({ id: code, name }))} onChange={setGround} /> : null}
      <Field label={t("giveBack.reason")} hint={t("giveBack.reasonHint")}>
        {(id, note) => <input id={id} aria-describedby={note} maxLength={200} value={reason} onChange={(e) => write(e.target.value)} />}
      </Field>
      {faults.length > 0 ? (
        <ul className="failure" role="alert">
          {faults.map((fault) => (
            <li key={fault.pointer}>{fault.detail}</li>
          ))}
        </ul>
      ) : give.isError ? (
        <Failure error={give.error} />
      ) : null}
      <Button
        tone="danger"
        busy={give.isPending}
        why={told.actions[way]?.reasons[0]?.detail ?? (wrong ? t("giveBack.most", { left: money(told.left) }) : way === "ground" && !ground ? t("giveBack.groundFirst") : reason.trim() ? undefined : t("reasonNeeded"))}
        onClick={() => give.mutate()}
      >
        {wrong ? t("giveBack.act") : t("giveBack.sum", { amount: money({ ...told.left, cents: sum }) })}
      </Button>
    </>
  );
}

/** What went back of it already, and how. */
function Given({ told }: { told: Told }) {
  const { t } = useTranslation();
  if (told.refunds.length === 0) return null;
  return (
    <ul className="rows">
      {told.refunds.map((refund) => (
        <li key={refund.id}>
          {dayText(refund.made_on)} · <strong>{money(refund.amount)}</strong>
          {refund.ground ? ` · ${refund.ground.name}` : ""}
          {refund.without_note ? ` · ${t("giveBack.way.without_note")}` : ""}
          {refund.note ? ` · ${refund.note}` : ""}
        </li>
      ))}
    </ul>
  );
}
