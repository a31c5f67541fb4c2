import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, type Schemas } from "../../api/client";
import { addDays, longDay } from "../../kernel/time";
import { Button, Failure, Field } from "../../ui/basics";
import { Effects } from "./effects";
import { type Rate, RateRow } from "./rate-row";

const NOTHING = { resources: [], groups: [], vat_rates: [] };

/** A tariff: a draft to write, try on last month's bookings and publish; what is published, to read. */
export function TariffEditor({ tariff, onGone }: { tariff: Schemas["Tariff"]; onGone: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const path = { path: { tariff_id: tariff.id } };
  const [name, setName] = useState(tariff.name);
  const [from, setFrom] = useState(tariff.from_on);
  const [last, setLast] = useState(tariff.until_on ? addDays(tariff.until_on, -1) : "");
  const [rates, setRates] = useState(() => tariff.rates.map((rate) => ({ key: crypto.randomUUID(), rate })));
  const [changed, setChanged] = useState(false);
  const draft = tariff.state === "draft";
  const choices = tariff.choices ?? NOTHING;
  const preview = useMutation({ mutationFn: async () => (await client.POST("/api/v1/tariffs/{tariff_id}/preview", { params: path })).data });
  const save = useMutation({
    mutationFn: () => client.PUT("/api/v1/tariffs/{tariff_id}", { params: path, body: { name, from_on: from, until_on: last ? addDays(last, 1) : null, rates: rates.map((one) => one.rate) } }),
    onSuccess: async () => {
      setChanged(false);
      preview.mutate();
      await cache.invalidateQueries({ queryKey: ["get", "/api/v1/tariffs"] });
    },
  });
  const publish = useMutation({
    mutationFn: () => client.POST("/api/v1/tariffs/{tariff_id}/publish", { params: { ...path, header: keyed() } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  const discard = useMutation({
    mutationFn: () => client.DELETE("/api/v1/tariffs/{tariff_id}", { params: path }),
    onSuccess: async () => {
      onGone();
      await cache.invalidateQueries();
    },
  });
  const touched = <A,>(set: (value: A) => void) => (value: A) => {
    set(value);
    setChanged(true);
    save.reset();
    preview.reset();
  };
  const put = touched(setRates);
  const faults = save.error instanceof Refusal ? (save.error.problem.pointers ?? []) : [];
  const faultOf = (at: number) => faults.find((fault) => fault.pointer.startsWith(`/rates/${at}/`));
  const first = choices.vat_rates[0]?.id ?? null;
  const why = changed ? t("tariffs.saveFirst") : rates.length ? undefined : t("tariffs.noRates");
  return (
    <section aria-labelledby="tariff">
      <h2 id="tariff">{tariff.name}</h2>
      <div className="toolbar">
        <Field label={t("tariffs.title")}>{(id) => <input id={id} value={name} maxLength={80} disabled={!draft} onChange={(e) => touched(setName)(e.target.value)} />}</Field>
        <Field label={t("tariffs.fromOn")}>{(id) => <input id={id} type="date" value={from} disabled={!draft} onChange={(e) => touched(setFrom)(e.target.value)} />}</Field>
        <Field label={t("tariffs.lastOn")} hint={t("tariffs.lastHint")}>
          {(id, described) => <input id={id} type="date" min={from} value={last} disabled={!draft} aria-describedby={described} onChange={(e) => touched(setLast)(e.target.value)} />}
        </Field>
      </div>
      {rates.map((one, at) => (
        <RateRow
          key={one.key}
          rate={one.rate}
          at={at + 1}
          choices={choices}
          fault={faultOf(at) ? faultOf(at)?.detail || t("tariffs.notThis") : undefined}
          off={!draft}
          onChange={(change) => put(rates.map((other) => (other === one ? { ...one, rate: { ...one.rate, ...change } } : other)))}
          onRemove={() => put(rates.filter((other) => other !== one))}
        />
      ))}
      {draft ? (
        <>
          <Button onClick={() => put([...rates, { key: crypto.randomUUID(), rate: { per: "hour", price: { cents: 0, currency: "EUR" }, vat_rate_id: first } as Rate }])}>{t("tariffs.add")}</Button>
          {save.isError ? <Failure error={save.error} /> : null}
          {publish.isError ? <Failure error={publish.error} /> : null}
          {discard.isError ? <Failure error={discard.error} /> : null}
          <div className="toolbar">
            <Button tone="main" busy={save.isPending} onClick={() => save.mutate()}>
              {t("tariffs.save")}
            </Button>
            <Button busy={publish.isPending} why={why} onClick={() => window.confirm(t("tariffs.sure", { day: longDay(from) })) && publish.mutate()}>
              {t("tariffs.publish")}
            </Button>
            <Button tone="danger" busy={discard.isPending} onClick={() => window.confirm(t("tariffs.discardSure")) && discard.mutate()}>
              {t("tariffs.discard")}
            </Button>
          </div>
        </>
      ) : null}
      <Button busy={preview.isPending} why={changed ? t("tariffs.saveFirst") : undefined} onClick={() => preview.mutate()}>
        {t("tariffs.try")}
      </Button>
      {preview.isError ? <Failure error={preview.error} retry={() => preview.mutate()} /> : null}
      {preview.data ? <Effects found={preview.data} /> : null}
    </section>
  );
}
