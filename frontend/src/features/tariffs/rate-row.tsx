import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { cents as centsOf, written } from "../../kernel/money";
import { weekdayText } from "../../kernel/time";
import { Button, Field } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";
import { KINDS } from "../../ui/kinds";

export type Rate = Schemas["Rate"];
const PERS = ["hour", "minute", "half_day", "day", "stretch", "flat", "head", "use", "least", "reduction", "deposit"] as const;
const DAYS = [1, 2, 3, 4, 5, 6, 7];
const CHARGED = ["reservation", "use", "greater"] as const;

interface Props {
  rate: Rate;
  at: number;
  choices: Schemas["Choices"];
  fault: string | undefined;
  off: boolean;
  onChange: (change: Partial<Rate>) => void;
  onRemove: () => void;
}

/** One rate of a tariff: for what, for whom, how much, and when. */
export function RateRow({ rate, at, choices, fault, off, onChange, onRemove }: Props) {
  const { t } = useTranslation();
  const what = rate.resource_id ?? (rate.kind ? `kind:${rate.kind}` : "");
  const pick = (value: string) => onChange(value.startsWith("kind:") ? { resource_id: null, kind: value.slice(5) as "laser" } : { resource_id: value || null, kind: "" });
  const restricted = Boolean(rate.weekdays?.length || rate.from_time || rate.until_time || rate.season_from || rate.season_until);
  return (
    <fieldset className="panel wide" disabled={off}>
      <legend>
        {t("tariffs.rate")} {at}
      </legend>
      {fault ? (
        <p className="error" role="alert">
          {fault}
        </p>
      ) : null}
      <div className="toolbar">
        <Field label={t("tariffs.for")}>
          {(id) => (
            <select id={id} value={what} onChange={(e) => pick(e.target.value)}>
              <option value="">{t("tariffs.everything")}</option>
              <optgroup label={t("tariffs.kinds")}>
                {KINDS.map((kind) => (
                  <option key={kind} value={`kind:${kind}`}>
                    {t(`kind.${kind}` as "kind.laser")}
                  </option>
                ))}
              </optgroup>
              <optgroup label={t("resource")}>
                {choices.resources.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </optgroup>
            </select>
          )}
        </Field>
        <Choice label={t("tariffs.who")} value={rate.group_id ?? ""} among={choices.groups} none={rate.organisation_id ? t("tariffs.oneOrganisation") : t("tariffs.everybody")} onChange={(id) => onChange({ group_id: id || null })} />
        <OneOf label={t("tariffs.per")} value={rate.per} all={PERS} say={(per) => t(`tariffs.pers.${per}`)} onChange={(per) => onChange(asPer(per, rate))} />
        {rate.per === "reduction" ? (
          <Whole label={t("tariffs.percent")} value={Number(rate.percent ?? 0)} most={100} onChange={(percent) => onChange({ percent: String(percent) })} />
        ) : (
          <Amount label={t("tariffs.price")} cents={rate.price?.cents ?? 0} onChange={(cents) => onChange({ price: { cents, currency: "EUR" } })} />
        )}
        {rate.per === "stretch" ? <Whole label={t("tariffs.minutes")} value={rate.minutes ?? 0} most={44640} onChange={(minutes) => onChange({ minutes })} /> : null}
        {rate.per === "deposit" ? <Whole label={t("tariffs.releaseHours")} value={Math.round((rate.minutes ?? 0) / 60)} most={744} onChange={(hours) => onChange({ minutes: hours * 60 })} /> : null}
        {rate.per === "use" ? <Field label={t("tariffs.meter")}>{(id) => <input id={id} value={rate.meter ?? ""} maxLength={24} onChange={(e) => onChange({ meter: e.target.value })} />}</Field> : null}
        {rate.per === "reduction" ? <Field label={t("tariffs.name")}>{(id) => <input id={id} value={rate.name ?? ""} maxLength={60} onChange={(e) => onChange({ name: e.target.value })} />}</Field> : null}
        {rate.per === "reduction" || rate.per === "least" ? null : (
          <Choice label={t("tariffs.vat")} value={rate.vat_rate_id ?? ""} among={choices.vat_rates} none="–" onChange={(id) => onChange({ vat_rate_id: id || null })} />
        )}
      </div>
      <details open={restricted}>
        <summary>{t("tariffs.when")}</summary>
        <div className="toolbar">
          <Field label={t("from")}>{(id) => <input id={id} type="time" value={(rate.from_time ?? "").slice(0, 5)} onChange={(e) => onChange({ from_time: e.target.value || null })} />}</Field>
          <Field label={t("to")}>{(id) => <input id={id} type="time" value={(rate.until_time ?? "").slice(0, 5)} onChange={(e) => onChange({ until_time: e.target.value || null })} />}</Field>
          <Field label={t("tariffs.seasonFrom")}>{(id) => <input id={id} type="date" value={rate.season_from ?? ""} onChange={(e) => onChange({ season_from: e.target.value || null })} />}</Field>
          <Field label={t("tariffs.seasonUntil")}>{(id) => <input id={id} type="date" value={rate.season_until ?? ""} onChange={(e) => onChange({ season_until: e.target.value || null })} />}</Field>
          <label>
            <input type="checkbox" checked={rate.yearly ?? false} onChange={(e) => onChange({ yearly: e.target.checked })} /> {t("tariffs.yearly")}
          </label>
          {["hour", "minute"].includes(rate.per) ? (
            <OneOf label={t("tariffs.chargeBy")} value={rate.charge_by ?? "reservation"} all={CHARGED} say={(by) => t(`tariffs.charge.${by}`)} onChange={(charge_by) => onChange({ charge_by })} />
          ) : null}
        </div>
        <div className="toolbar" role="group" aria-label={t("tariffs.weekdays")}>
          {DAYS.map((day) => (
            <label key={day}>
              <input type="checkbox" checked={rate.weekdays?.includes(day) ?? false} onChange={(e) => onChange({ weekdays: DAYS.filter((d) => (d === day ? e.target.checked : rate.weekdays?.includes(d))) })} /> {weekdayText(day)}
            </label>
          ))}
        </div>
      </details>
      {off ? null : <Button onClick={onRemove}>{t("tariffs.remove", { at })}</Button>}
    </fieldset>
  );
}

/** What a rate keeps and loses when it becomes one of another sort. */
function asPer(per: Rate["per"], rate: Rate): Partial<Rate> {
  return { per, minutes: per === "stretch" ? rate.minutes || 120 : per === "deposit" ? 48 * 60 : 0, percent: per === "reduction" ? "10" : "0", meter: per === "use" ? (rate.meter ?? "") : "", vat_rate_id: per === "reduction" || per === "least" ? null : (rate.vat_rate_id ?? null) };
}

function Amount({ label, cents, onChange }: { label: string; cents: number; onChange: (cents: number) => void }) {
  const { t } = useTranslation();
  const [said, say] = useState(written(cents));
  const wrong = Number.isNaN(centsOf(said));
  return (
    <Field label={label} error={wrong ? t("tariffs.noAmount") : undefined}>
      {(id, described) => (
        <input
          id={id}
          inputMode="decimal"
          size={8}
          value={said}
          aria-invalid={wrong}
          aria-describedby={described}
          onChange={(e) => {
            say(e.target.value);
            const found = centsOf(e.target.value);
            if (!Number.isNaN(found)) onChange(found);
          }}
        />
      )}
    </Field>
  );
}

function Whole({ label, value, most, onChange }: { label: string; value: number; most: number; onChange: (value: number) => void }) {
  return <Field label={label}>{(id) => <input id={id} type="number" min={1} max={most} value={value || ""} onChange={(e) => onChange(Math.max(0, Number(e.target.value)))} />}</Field>;
}
