import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { rateText } from "../../kernel/money";
import { NATURES, type Natura } from "../../kernel/natures";
import { Button, Failure, Field } from "../../ui/basics";

type Written = Schemas["DocumentAsWritten"];
type Body = Schemas["DocumentCorrectionRequest"];

/** What of the form differs from what the document says: only that is told. */
function toldOf(before: Written, now: Written): Body {
  const lines = now.lines.flatMap((line, place) => {
    const old = before.lines[place];
    const same = old && (["description", "unit", "first_on", "last_on"] as const).every((name) => old[name] === line[name]);
    return same ? [] : [{ place, description: line.description.trim(), unit: line.unit.trim(), first_on: line.first_on || null, last_on: line.last_on || null }];
  });
  const rates = now.rates.flatMap((rate, place) => {
    const old = before.rates[place];
    const law = old?.legal_text === rate.legal_text ? {} : { legal_text: rate.legal_text.trim() };
    const natura = old?.natura === rate.natura ? {} : { natura: rate.natura as Natura | "" };
    return Object.keys({ ...law, ...natura }).length > 0 ? [{ place, ...law, ...natura }] : [];
  });
  const asked = now.asked && (now.asked.id || now.asked.cig || now.asked.cup) ? now.asked : null;
  const reasons = now.reasons.map((reason) => reason.trim()).filter(Boolean);
  return {
    ...(lines.length > 0 ? { lines } : {}),
    ...(rates.length > 0 ? { rates } : {}),
    ...(JSON.stringify(asked) === JSON.stringify(before.asked) ? {} : { asked }),
    ...(JSON.stringify(reasons) === JSON.stringify(before.reasons) ? {} : { reasons }),
  };
}

/** The words of a document that was refused, mended; its amounts stand beside them and stay. */
export function Mend({ paper, written, onSent }: { paper: Schemas["Document"]; written: Written; onSent: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [now, write] = useState(written);
  const set = (change: Partial<Written>) => write({ ...now, ...change });
  const asked = now.asked ?? { id: "", cig: "", cup: "" };
  const again = useMutation({
    mutationFn: () => client.POST("/api/v1/documents/{document_id}/correct", { params: { path: { document_id: paper.id }, header: keyed() }, body: toldOf(written, now) }),
    onSuccess: async () => {
      onSent();
      await queries.invalidateQueries();
    },
  });
  const natura = written.actions["natura"];
  const mayName = natura?.allowed ?? false;
  const bare = (rate: { rate: string; natura: string } | undefined) => rate !== undefined && (Number(rate.rate) === 0 || rate.natura !== "");
  const first = written.rates.findIndex(bare);
  /** A fault of a line's natura leads to where it is mended: at all the lines of its rate. A receipt names no line, and leads to the first. */
  const places = (n: number) => {
    const at = written.rates[n];
    const of = (line: { rate: string; natura: string }) => Number(line.rate) === Number(at?.rate) && line.natura === at?.natura;
    const named = written.lines.flatMap((line, place) => (of(line) || (place === 0 && n === first && !bare(line)) ? [`/lines/${place}/natura`] : []));
    return [`/rates/${n}/natura`, ...named, ...(written.fund && of(written.fund) ? ["/fund/natura"] : []), ...(n === first ? ["/split"] : [])].join(" ");
  };
  const empty = now.lines.some((line) => !line.description.trim());
  return (
    <form
      className="panel wide"
      onSubmit={(event) => {
        event.preventDefault();
        if (!empty) again.mutate();
      }}
    >
      <p className="hint">{t("sdi.mendHint")}</p>
      {now.lines.map((line, n) => {
        const change = (one: Partial<Written["lines"][number]>) => set({ lines: now.lines.map((old, at) => (at === n ? { ...old, ...one } : old)) });
        return (
          <fieldset key={n} className="issue-line">
            <legend>
              {t("issue.line", { n: n + 1 })} · {Number(line.quantity)} {line.unit} × {Number(line.unit_price)} € · {line.natura || rateText(line.rate)}
            </legend>
            <Field label={t("issue.description")}>
              {(id) => <textarea id={id} rows={2} maxLength={5000} required data-place={`/lines/${n}/description`} value={line.description} onChange={(e) => change({ description: e.target.value })} />}
            </Field>
            <div className="pair">
              <Field label={t("issue.unit")}>{(id) => <input id={id} maxLength={10} data-place={`/lines/${n}/unit`} value={line.unit} onChange={(e) => change({ unit: e.target.value })} />}</Field>
              <Field label={t("issue.firstDay")}>{(id) => <input id={id} type="date" data-place={`/lines/${n}/first_on`} value={line.first_on ?? ""} onChange={(e) => change({ first_on: e.target.value || null })} />}</Field>
              <Field label={t("issue.lastDay")}>{(id) => <input id={id} type="date" data-place={`/lines/${n}/last_on`} value={line.last_on ?? ""} onChange={(e) => change({ last_on: e.target.value || null })} />}</Field>
            </div>
          </fieldset>
        );
      })}
      {now.rates.map((rate, n) => {
        const change = (one: Partial<Written["rates"][number]>) => set({ rates: now.rates.map((old, at) => (at === n ? { ...old, ...one } : old)) });
        const was = written.rates[n]?.natura ?? "";
        if (!bare(written.rates[n])) return null;
        return (
          <div key={n} className="pair">
            {mayName ? (
              <Field label={t("sdi.naturaOf", { rate: was || rateText(rate.rate) })}>
                {(id) => (
                  <select id={id} data-place={places(n)} value={rate.natura} onChange={(e) => change({ natura: e.target.value })}>
                    {[...new Set(Number(rate.rate) > 0 ? ["", was] : [was, ...NATURES])].map((one) => (
                      <option key={one} value={one}>
                        {one || "–"}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            ) : null}
            <Field label={`${t("issue.law")} ${rate.natura}`}>
              {(id) => <input id={id} maxLength={100} data-place={`/lines/0/legal_text /rates/${n}/legal_text`} value={rate.legal_text} onChange={(e) => change({ legal_text: e.target.value })} />}
            </Field>
          </div>
        );
      })}
      {first >= 0 ? <p className="hint">{mayName ? t("sdi.naturaHint") : natura?.reasons[0]?.detail}</p> : null}
      <div className="pair">
        <Field label={t("bills.order")}>{(id) => <input id={id} maxLength={20} data-place="/asked/id" value={asked.id} onChange={(e) => set({ asked: { ...asked, id: e.target.value } })} />}</Field>
        <Field label="CIG">{(id) => <input id={id} maxLength={10} data-place="/asked/cig" value={asked.cig} onChange={(e) => set({ asked: { ...asked, cig: e.target.value.toUpperCase().trim() } })} />}</Field>
        <Field label="CUP">{(id) => <input id={id} maxLength={15} data-place="/asked/cup" value={asked.cup} onChange={(e) => set({ asked: { ...asked, cup: e.target.value.toUpperCase().trim() } })} />}</Field>
      </div>
      <Field label={t("issue.reason")} hint={t("issue.reasonHint")}>
        {(id, described) => <input id={id} aria-describedby={described} maxLength={1000} data-place="/reasons/0" value={now.reasons[0] ?? ""} onChange={(e) => set({ reasons: [e.target.value, ...now.reasons.slice(1)] })} />}
      </Field>
      <Button tone="main" type="submit" busy={again.isPending} why={empty ? t("issue.first.line") : undefined}>
        {t("sdi.again")}
      </Button>
      {again.isError ? <Failure error={again.error} /> : null}
    </form>
  );
}
