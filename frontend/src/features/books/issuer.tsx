import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { cents, written } from "../../kernel/money";
import { Button, Dialog, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { FISCAL, IdentityForm } from "../../ui/identity-form";
import { useLedTo } from "../../ui/places";

type Kept = Schemas["IssuerDetail"];
type Told = { regime: NonNullable<Schemas["PatchedIssuerEditRequest"]["regime"]> } & Pick<Kept, "iban" | "rea" | "in_liquidation" | "third_sector" | "colour" | "logo" | "footer_it" | "footer_en" | "channel" | "pec_mailbox" | "pec_to" | "bill_type" | "bills_by_itself" | "asks_vies">;
type SeriesKind = Schemas["NewNumberSeriesRequest"]["kinds"][number];
const SERIES_KINDS: readonly SeriesKind[] = ["invoice", "credit_note", "receipt"];
const TEXTS = ["iban", "rea", "footer_it", "footer_en"] as const;

/** How an issuer's documents look, are numbered and leave; what was issued stays as it was. */
export function Issuing({ issuer, field }: { issuer: string; field?: string | undefined }) {
  const query = api.useQuery("get", "/api/v1/issuers/{issuer_id}", { params: { path: { issuer_id: issuer } } });
  const ofTheSeat = FISCAL.some((name) => name === field);
  useLedTo(field && !ofTheSeat ? `/issuer/${field}` : undefined, query.isSuccess);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <Dress kept={query.data} />
      <Seat partner={query.data.partner.id} place={ofTheSeat ? `/issuer/${field}` : undefined} />
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
  const { iban, rea, in_liquidation, third_sector, colour, logo, footer_it, footer_en, channel, pec_mailbox, pec_to, bill_type, bills_by_itself, asks_vies } = kept;
  const [told, tell] = useState<Told>({ regime: kept.regime as Told["regime"], iban, rea, in_liquidation, third_sector, colour, logo, footer_it, footer_en, channel, pec_mailbox, pec_to, bill_type, bills_by_itself, asks_vies });
  const [capital, setCapital] = useState(kept.capital.cents ? written(kept.capital.cents) : "");
  const [looking, look] = useState(false);
  const save = useEdit(kept);
  const set = (change: Partial<Told>) => tell({ ...told, ...change });
  const pec = told.channel === "pec";
  const barred = pec ? undefined : kept.channels.find((one) => one.name === told.channel)?.choose.reasons[0]?.detail;
  const wrong = capital.trim() !== "" && Number.isNaN(cents(capital));
  const body = { ...told, capital_cents: capital.trim() ? cents(capital) : 0 };
  const moved = kept.iban !== "" && told.iban.replaceAll(" ", "").toUpperCase() !== kept.iban;
  return (
    <form
      className="panel"
      onSubmit={(e) => {
        e.preventDefault();
        if (moved) look(true);
        else save.mutate(body);
      }}
    >
      <h2>{t("issuing.dress")}</h2>
      <p className="hint">{t("issuing.next")}</p>
      <Choice label={t("issuing.regime")} place="/issuer/regime" value={told.regime} among={kept.regimes.map((one) => ({ id: one.code, name: `${one.code} ${one.name}` }))} onChange={(code) => set({ regime: code as Told["regime"] })} />
      {TEXTS.map((name) => (
        <Field key={name} label={t(`issuing.${name}`)}>
          {(id) => <input id={id} data-place={`/issuer/${name}`} maxLength={name === "iban" ? 42 : name === "rea" ? 24 : 300} value={told[name]} onChange={(e) => set({ [name]: e.target.value })} />}
        </Field>
      ))}
      <Field label={t("issuing.capital")} error={wrong ? t("wrongValue") : undefined}>
        {(id, described) => <input id={id} aria-describedby={described} inputMode="decimal" data-place="/issuer/capital" value={capital} onChange={(e) => setCapital(e.target.value)} />}
      </Field>
      <label className="check">
        <input type="checkbox" checked={told.in_liquidation} onChange={(e) => set({ in_liquidation: e.target.checked })} /> {t("issuing.inLiquidation")}
      </label>
      <label className="check">
        <input type="checkbox" checked={told.third_sector} onChange={(e) => set({ third_sector: e.target.checked })} /> {t("issuing.thirdSector")}
      </label>
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
      {told.channel === "intermediary" ? <p className="hint">{t("issuing.intermediaryHint")}</p> : null}
      <Choice label={t("bills.type")} value={told.bill_type} among={(["TD01", "TD24"] as const).map((id) => ({ id, name: t(`bills.types.${id}`) }))} onChange={(type) => set({ bill_type: type as Told["bill_type"] })} />
      <label className="check">
        <input type="checkbox" checked={told.bills_by_itself} onChange={(e) => set({ bills_by_itself: e.target.checked })} /> {t("bills.byItself")}
      </label>
      <label className="check">
        <input type="checkbox" aria-describedby="asks-vies" checked={told.asks_vies} onChange={(e) => set({ asks_vies: e.target.checked })} /> {t("issuing.asksVies")}
      </label>
      <p className="hint" id="asks-vies">
        {t("issuing.asksViesHint")}
      </p>
      <p className="toolbar">
        <Button tone="main" type="submit" busy={save.isPending} why={pec && !told.pec_mailbox ? t("issuing.mailboxFirst") : barred ? barred : wrong ? t("wrongValue") : undefined}>
          {t("save")}
        </Button>
        {save.isSuccess ? <span role="status">✓ {t("books.saved")}</span> : null}
      </p>
      {save.isError ? <Failure error={save.error} /> : null}
      <Dialog title={t("issuing.ibanTitle")} open={looking} onClose={() => look(false)}>
        <p>{t("issuing.ibanWhy")}</p>
        <dl className="sums">
          <div>
            <dt>{t("issuing.ibanOld")}</dt>
            <dd>{inFours(kept.iban)}</dd>
          </div>
          <div>
            <dt>{t("issuing.ibanNew")}</dt>
            <dd>{told.iban.trim() ? inFours(told.iban) : t("issuing.ibanNone")}</dd>
          </div>
        </dl>
        <p className="toolbar">
          <Button
            tone="danger"
            busy={save.isPending}
            onClick={() => {
              save.mutate({ ...body, iban_seen: kept.iban });
              look(false);
            }}
          >
            {t("issuing.ibanYes")}
          </Button>
          <Button onClick={() => look(false)}>{t("issuing.ibanNo")}</Button>
        </p>
      </Dialog>
    </form>
  );
}

/** An IBAN as it is read aloud. */
const inFours = (iban: string): string => iban.replaceAll(" ", "").toUpperCase().replace(/(.{4})(?=.)/g, "$1 ");

/** The issuer's own identity and seat, as its partner has them; who may not change them is led to who may. */
function Seat({ partner, place }: { partner: string; place: string | undefined }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/partners/{partner_id}", { params: { path: { partner_id: partner } } }, { retry: false });
  useLedTo(place, query.isSuccess);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data.detail?.identity;
  if (!it) return null;
  const against = query.data.actions["edit"]?.reasons[0]?.detail;
  return (
    <section className="panel" aria-labelledby="seat" {...(against ? { tabIndex: -1, "data-place": FISCAL.map((name) => `/issuer/${name}`).join(" ") } : {})}>
      <h2 id="seat">{t("issuing.seat")}</h2>
      <p className="hint">{t("issuing.next")}</p>
      {against ? (
        <>
          <p>
            {it.name} · {t("fiscal.vat_number")} {it.vat_number || "–"} · {t("fiscal.tax_code")} {it.tax_code || "–"}
            <br />
            {[it.street, [it.postcode, it.city, it.province].filter(Boolean).join(" ")].filter(Boolean).join(", ")}
          </p>
          <p className="hint">{t("issuing.seatWho")}</p>
        </>
      ) : (
        <IdentityForm names={FISCAL} kept={it} missing={it.missing} place="/issuer" send={(body) => client.PATCH("/api/v1/partners/{partner_id}", { params: { path: { partner_id: partner } }, body })} />
      )}
    </section>
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
      <HowNumbered key={JSON.stringify(kept.numbering)} kept={kept} />
      <AddSeries key={kept.series.length} issuer={kept.id} />
      <FileNames key={kept.last_file} kept={kept} />
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

/** Which series numbers a kind, and which of them for public offices; only where there are several. */
function HowNumbered({ kept }: { kept: Kept }) {
  const { t } = useTranslation();
  const several = kept.numbering.filter((one) => one.among.length > 1);
  const [told, tell] = useState(several.map(({ kind, usual, public: offices }) => ({ kind, usual_id: usual.id, public_id: offices?.id ?? "" })));
  const save = useEdit(kept);
  if (several.length === 0) return null;
  const set = (kind: string, change: { usual_id?: string; public_id?: string }) => tell(told.map((one) => (one.kind === kind ? { ...one, ...change } : one)));
  return (
    <form
      className="panel"
      aria-label={t("issuing.howNumbered")}
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate({ numbering: told.map((one) => ({ ...one, public_id: one.public_id || null })) });
      }}
    >
      <h3>{t("issuing.howNumbered")}</h3>
      <p className="hint">{t("issuing.howNumberedHint")}</p>
      {several.map(({ kind, among }) => {
        const here = told.find((one) => one.kind === kind);
        return (
          <div className="toolbar" key={kind}>
            <Choice label={t(`issuing.usual.${kind}`)} value={here?.usual_id} among={among} onChange={(usual_id) => set(kind, { usual_id })} />
            {kind === "receipt" ? null : <Choice label={t(`issuing.public.${kind}`)} value={here?.public_id} none={t("issuing.asUsual")} among={among} onChange={(public_id) => set(kind, { public_id })} />}
          </div>
        );
      })}
      <p className="toolbar">
        <Button type="submit" busy={save.isPending}>
          {t("save")}
        </Button>
        {save.isSuccess ? <span role="status">✓ {t("books.saved")}</span> : null}
      </p>
      {save.isError ? <Failure error={save.error} /> : null}
    </form>
  );
}

function AddSeries({ issuer }: { issuer: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [code, name] = useState("");
  const [kinds, choose] = useState<readonly SeriesKind[]>([]);
  const [last, count] = useState(0);
  const [key] = useState(() => crypto.randomUUID());
  const add = useMutation({
    mutationFn: () => client.POST("/api/v1/issuers/{issuer_id}/series", { params: { path: { issuer_id: issuer }, header: { "Idempotency-Key": key } }, body: { code, kinds: [...kinds], last } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <details>
      <summary>{t("issuing.addSeries")}</summary>
      <form
        className="panel"
        aria-label={t("issuing.addSeries")}
        onSubmit={(e) => {
          e.preventDefault();
          add.mutate();
        }}
      >
        <p className="hint">{t("issuing.addSeriesHint")}</p>
        <div className="pair">
          <Field label={t("issuing.seriesCode")} hint={t("issuing.seriesCodeHint")}>
            {(id, described) => <input id={id} aria-describedby={described} maxLength={8} pattern="[A-Z0-9]{1,8}" required value={code} onChange={(e) => name(e.target.value.toUpperCase())} />}
          </Field>
          <Field label={t("issuing.last")}>{(id) => <input id={id} type="number" min={0} max={9_999_999} required value={last} onChange={(e) => count(Number(e.target.value))} />}</Field>
        </div>
        <fieldset>
          <legend>{t("issuing.seriesOf")}</legend>
          <div className="toolbar">
            {SERIES_KINDS.map((kind) => (
              <label className="check" key={kind}>
                <input type="checkbox" checked={kinds.includes(kind)} onChange={(e) => choose(e.target.checked ? [...kinds, kind] : kinds.filter((one) => one !== kind))} /> {t(`issuing.usual.${kind}`)}
              </label>
            ))}
          </div>
        </fieldset>
        <p className="toolbar">
          <Button type="submit" busy={add.isPending} why={kinds.length === 0 ? t("issuing.seriesOfFirst") : undefined}>
            {t("issuing.addSeries")}
          </Button>
        </p>
        {add.isError ? <Failure error={add.error} /> : null}
      </form>
    </details>
  );
}

/** From where the names of the SdI's files go on; once one is written they go on by themselves. */
function FileNames({ kept }: { kept: Kept }) {
  const { t } = useTranslation();
  const [last, tell] = useState(kept.last_file);
  const save = useEdit(kept);
  return (
    <form
      className="panel"
      aria-label={t("issuing.files")}
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate({ last_file: last });
      }}
    >
      <h3>{t("issuing.files")}</h3>
      {kept.has_sent ? (
        <p>{t("issuing.filesOn", { last: kept.last_file })}</p>
      ) : (
        <div className="toolbar">
          <Field label={t("issuing.lastFile")} hint={t("issuing.lastFileHint")}>
            {(id, described) => <input id={id} aria-describedby={described} maxLength={5} pattern="[A-Z0-9]{0,5}" value={last} onChange={(e) => tell(e.target.value.toUpperCase())} />}
          </Field>
          <Button type="submit" busy={save.isPending}>
            {t("save")}
          </Button>
        </div>
      )}
      {save.isError ? <Failure error={save.error} /> : null}
    </form>
  );
}
