import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText, today } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";

type Step = Schemas["DunningStep"];

/** When and how late customers are reminded, in the house's own words, and for whom it rests. */
export function Dunning({ issuer }: { issuer: string }) {
  const query = api.useQuery("get", "/api/v1/dunning", { params: { query: { issuer_id: issuer } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <Steps key={issuer} issuer={issuer} kept={query.data.steps} usual={query.data.usual} />
      <Covered issuer={issuer} debts={query.data.covered} />
      <Pauses issuer={issuer} pauses={query.data.pauses} debtors={query.data.debtors} />
    </>
  );
}

function Steps({ issuer, kept, usual }: { issuer: string; kept: Step[]; usual: Step[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [steps, edit] = useState(kept);
  const save = useMutation({
    mutationFn: () =>
      client.PUT("/api/v1/dunning", {
        body: { issuer_id: issuer, steps: steps.map((step) => ({ days: step.days, text_it: step.text_it, text_en: step.text_en, fee_cents: step.fee.cents })) },
      }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const set = (at: number, change: Partial<Step>) => edit(steps.map((step, n) => (n === at ? { ...step, ...change } : step)));
  const whole = steps.every((step) => step.days > 0 && step.text_it.trim() && step.text_en.trim()) && new Set(steps.map((step) => step.days)).size === steps.length;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (whole) save.mutate();
      }}
    >
      {steps.length === 0 ? (
        <>
          <Empty>{t("books.noSteps")}</Empty>
          <Button onClick={() => edit(usual)}>{t("books.usual")}</Button>
        </>
      ) : null}
      {steps.map((step, at) => (
        <fieldset key={at} className="panel">
          <legend>{t("books.step", { n: at + 1 })}</legend>
          <div className="toolbar">
            <Field label={t("books.days")}>{(id) => <input id={id} type="number" min={1} max={365} value={step.days} onChange={(e) => set(at, { days: Number(e.target.value) })} />}</Field>
            <Field label={t("books.fee")}>
              {(id) => (
                <input id={id} type="number" min={0} max={100} step={0.01} value={step.fee.cents / 100} onChange={(e) => set(at, { fee: { cents: Math.round(Number(e.target.value) * 100), currency: step.fee.currency } })} />
              )}
            </Field>
            <Button onClick={() => edit(steps.filter((_, n) => n !== at))}>{t("books.remove")}</Button>
          </div>
          <Field label={t("books.textIt")}>{(id) => <textarea id={id} lang="it" rows={3} maxLength={2000} value={step.text_it} onChange={(e) => set(at, { text_it: e.target.value })} />}</Field>
          <Field label={t("books.textEn")}>{(id) => <textarea id={id} lang="en" rows={3} maxLength={2000} value={step.text_en} onChange={(e) => set(at, { text_en: e.target.value })} />}</Field>
        </fieldset>
      ))}
      <p className="toolbar">
        {steps.length > 0 && steps.length < 6 ? <Button onClick={() => edit([...steps, { days: 0, text_it: "", text_en: "", fee: { cents: 0, currency: "EUR" } }])}>{t("books.addStep")}</Button> : null}
        {steps.length > 0 || kept.length > 0 ? (
          <Button tone="main" type="submit" busy={save.isPending} why={whole ? undefined : t("books.incomplete")}>
            {t("save")}
          </Button>
        ) : null}
        {save.isSuccess ? <span role="status">✓ {t("books.saved")}</span> : null}
      </p>
      {save.isError ? <Failure error={save.error} /> : null}
    </form>
  );
}

/** What nobody is reminded of, for the house owes its customer as much. */
function Covered({ issuer, debts }: { issuer: string; debts: Schemas["DebtShape"][] }) {
  const { t } = useTranslation();
  if (debts.length === 0) return null;
  return (
    <section aria-labelledby="covered">
      <h2 id="covered">{t("books.covered")}</h2>
      <p className="muted">{t("books.coveredHint")}</p>
      <ul className="rows">
        {debts.map((one) => (
          <li key={one.id}>
            <span>
              {one.customer} · {one.name} · {t("doc.before", { day: dayText(one.due_on) })}
            </span>{" "}
            <strong>{money(one.open)}</strong>
          </li>
        ))}
      </ul>
      <p>
        <Link to="/manage/books" search={{ issuer, view: "bank" }}>
          {t("books.toCredits")}
        </Link>
      </p>
    </section>
  );
}

function Pauses({ issuer, pauses, debtors }: { issuer: string; pauses: Schemas["DunningPause"][]; debtors: Schemas["Debtor"][] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const lift = useMutation({ mutationFn: (id: string) => client.DELETE("/api/v1/dunning/pauses/{pause_id}", { params: { path: { pause_id: id } } }), onSuccess: () => queries.invalidateQueries() });
  return (
    <section>
      <h2>{t("books.pauses")}</h2>
      {debtors.length > 0 ? <NewPause issuer={issuer} debtors={debtors} /> : null}
      {pauses.length === 0 ? <Empty>{t("books.noPauses")}</Empty> : null}
      <ul className="rows">
        {pauses.map((pause) => (
          <li key={pause.id}>
            {pause.customer} · {pause.reason} {pause.until_on ? `· ${t("doc.before", { day: dayText(pause.until_on) })}` : ""} <Button busy={lift.isPending} onClick={() => lift.mutate(pause.id)}>{t("books.lift")}</Button>
          </li>
        ))}
      </ul>
      {lift.isError ? <Failure error={lift.error} /> : null}
    </section>
  );
}

/** A customer rests for a reason, until a day or until somebody reminds again. */
function NewPause({ issuer, debtors }: { issuer: string; debtors: Schemas["Debtor"][] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [who, choose] = useState("");
  const [until, end] = useState("");
  const [reason, say] = useState("");
  const pause = useMutation({
    mutationFn: () => client.PUT("/api/v1/dunning/pauses", { body: { issuer_id: issuer, [who.startsWith("org_") ? "organisation_id" : "person_id"]: who, until_on: until || null, reason } }),
    onSuccess: () => {
      choose("");
      end("");
      say("");
      return queries.invalidateQueries();
    },
  });
  const why = !who ? t("books.whoRests") : reason.trim() ? undefined : t("reasonNeeded");
  return (
    <form
      className="panel toolbar"
      onSubmit={(e) => {
        e.preventDefault();
        if (!why) pause.mutate();
      }}
    >
      <Choice label={t("books.customer")} value={who} none="–" among={debtors.map(({ id, name, open }) => ({ id, name: `${name} · ${money(open)}` }))} onChange={choose} />
      <Field label={t("books.restReason")}>{(id) => <input id={id} maxLength={200} value={reason} onChange={(e) => say(e.target.value)} />}</Field>
      <Field label={t("books.restUntil")} hint={t("books.restHint")}>
        {(id, described) => <input id={id} aria-describedby={described} type="date" min={today("Europe/Rome")} value={until} onChange={(e) => end(e.target.value)} />}
      </Field>
      <Button type="submit" busy={pause.isPending} why={why}>
        {t("books.rest")}
      </Button>
      {pause.isError ? <Failure error={pause.error} /> : null}
    </form>
  );
}
