import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { Button, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";

type Kept = Schemas["IssuerDetail"];
type Told = { regime: NonNullable<Schemas["PatchedIssuerEditRequest"]["regime"]> } & Pick<Kept, "iban" | "rea" | "colour" | "logo" | "footer_it" | "footer_en" | "channel" | "pec_mailbox" | "pec_to">;
const TEXTS = ["iban", "rea", "footer_it", "footer_en"] as const;

/** How an issuer's documents look, are numbered and leave; what was issued stays as it was. */
export function Issuing({ issuer }: { issuer: string }) {
  const query = api.useQuery("get", "/api/v1/issuers/{issuer_id}", { params: { path: { issuer_id: issuer } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <Dress kept={query.data} />
      <Numbers kept={query.data} />
    </>
  );
}

function useEdit(kept: Kept) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["PatchedIssuerEditRequest"]) => client.PATCH("/api/v1/issuers/{issuer_id}", { params: { path: { issuer_id: kept.id } }, body }),
    onSuccess: () => queries.invalidateQueries(),
  });
}

function Dress({ kept }: { kept: Kept }) {
  const { t } = useTranslation();
  const { iban, rea, colour, logo, footer_it, footer_en, channel, pec_mailbox, pec_to } = kept;
  const [told, tell] = useState<Told>({ regime: kept.regime as Told["regime"], iban, rea, colour, logo, footer_it, footer_en, channel, pec_mailbox, pec_to });
  const save = useEdit(kept);
  const set = (change: Partial<Told>) => tell({ ...told, ...change });
  const pec = told.channel === "pec";
  return (
    <form
      className="panel"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(told);
      }}
    >
      <h2>{t("issuing.dress")}</h2>
      <p className="hint">{t("issuing.next")}</p>
      <Choice label={t("issuing.regime")} value={told.regime} among={kept.regimes.map((one) => ({ id: one.code, name: `${one.code} ${one.name}` }))} onChange={(code) => set({ regime: code as Told["regime"] })} />
      {TEXTS.map((name) => (
        <Field key={name} label={t(`issuing.${name}`)}>
          {(id) => <input id={id} maxLength={name === "iban" ? 42 : name === "rea" ? 24 : 300} value={told[name]} onChange={(e) => set({ [name]: e.target.value })} />}
        </Field>
      ))}
      <Field label={t("issuing.colour")}>{(id) => <input id={id} type="color" value={told.colour} onChange={(e) => set({ colour: e.target.value })} />}</Field>
      <Field label={t("issuing.logo")} hint={t("issuing.logoHint")}>
        {(id, described) => <input id={id} aria-describedby={described} type="file" accept=".svg,image/svg+xml" onChange={(e) => void e.target.files?.[0]?.text().then((text) => set({ logo: text }))} />}
      </Field>
      {told.logo ? (
        <p className="toolbar">
          <img alt={t("issuing.logo")} src={`data:image/svg+xml,${encodeURIComponent(told.logo)}`} height={56} />
          <Button onClick={() => set({ logo: "" })}>{t("issuing.noLogo")}</Button>
        </p>
      ) : null}
      <Choice label={t("issuing.channel")} value={told.channel} among={kept.channels.map(({ name }) => ({ id: name, name: t(`issuing.by.${name}`) }))} onChange={(name) => set({ channel: name as Told["channel"] })} />
      {pec ? (
        <>
          <p className="hint">{t("issuing.pecHint")}</p>
          {kept.mailboxes.length === 0 ? <p className="hint">{t("issuing.noMailboxes")}</p> : null}
          <Choice label={t("issuing.mailbox")} value={told.pec_mailbox} none="–" among={kept.mailboxes.map((name) => ({ id: name, name }))} onChange={(name) => set({ pec_mailbox: name })} />
          <Field label={t("issuing.to")} hint={t("issuing.toHint")}>
            {(id, described) => <input id={id} aria-describedby={described} type="email" value={told.pec_to} onChange={(e) => set({ pec_to: e.target.value })} />}
          </Field>
        </>
      ) : null}
      <p className="toolbar">
        <Button tone="main" type="submit" busy={save.isPending} why={pec && !told.pec_mailbox ? t("issuing.mailboxFirst") : undefined}>
          {t("save")}
        </Button>
        {save.isSuccess ? <span role="status">✓ {t("books.saved")}</span> : null}
      </p>
      {save.isError ? <Failure error={save.error} /> : null}
    </form>
  );
}

function Numbers({ kept }: { kept: Kept }) {
  const { t } = useTranslation();
  return (
    <section>
      <h2>{t("issuing.numbers")}</h2>
      <p className="hint">{t("issuing.numbersHint")}</p>
      {kept.series.map((series) => (
        <Numbering key={`${series.id} ${series.code} ${series.last}`} kept={kept} series={series} />
      ))}
    </section>
  );
}

function Numbering({ kept, series }: { kept: Kept; series: Schemas["IssuerSeries"] }) {
  const { t } = useTranslation();
  const [code, name] = useState(series.code);
  const [last, count] = useState(series.last);
  const save = useEdit(kept);
  const kinds = series.kinds.map((kind) => t(`paper.${kind}`)).join(", ");
  return (
    <form
      className="panel"
      aria-label={kinds}
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate({ series: [{ id: series.id, code, last }] });
      }}
    >
      <h3>{kinds}</h3>
      {series.numbered ? (
        <p>{t("issuing.goesOn", { code: series.code, n: series.last })}</p>
      ) : (
        <div className="toolbar">
          <Field label={t("issuing.code")}>{(id) => <input id={id} maxLength={8} pattern="[A-Z0-9]{1,8}" required value={code} onChange={(e) => name(e.target.value.toUpperCase())} />}</Field>
          <Field label={t("issuing.last")}>{(id) => <input id={id} type="number" min={0} required value={last} onChange={(e) => count(Number(e.target.value))} />}</Field>
          <Button type="submit" busy={save.isPending}>
            {t("save")}
          </Button>
        </div>
      )}
      {save.isError ? <Failure error={save.error} /> : null}
    </form>
  );
}
