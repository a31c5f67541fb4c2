import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { cents, inEuros } from "../../kernel/money";
import { weekdayText } from "../../kernel/time";
import { Button, Field } from "../../ui/basics";

type RuleHours = Schemas["RuleHours"];
export type GroupName = Schemas["GroupName"];
const WEEK = [1, 2, 3, 4, 5, 6, 7];

/** Which weekdays; none means every day. */
export function Weekdays({ value, onChange }: { value: readonly number[]; onChange: (value: number[]) => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className="days-of">
      <legend className="visually-hidden">{t("manage.weekdays")}</legend>
      {WEEK.map((day) => (
        <label key={day}>
          <input type="checkbox" checked={value.includes(day)} onChange={(e) => onChange(e.target.checked ? [...value, day].sort() : value.filter((d) => d !== day))} />
          {weekdayText(day).slice(0, 3)}
        </label>
      ))}
    </fieldset>
  );
}

/** An hour of the wall clock; midnight at the end is 24:00. */
export function Clock({ label, value, end = false, onChange }: { label: string; value: string; end?: boolean; onChange: (value: string) => void }) {
  return <Field label={label}>{(id) => <input id={id} type="time" required value={value === "24:00" ? "00:00" : value} onChange={(e) => onChange(end && e.target.value === "00:00" ? "24:00" : e.target.value)} />}</Field>;
}

export function HoursOf({ value, onChange }: { value: RuleHours; onChange: (value: RuleHours) => void }) {
  const { t } = useTranslation();
  return (
    <div className="hours-of">
      <Clock label={t("from")} value={value.start} onChange={(start) => onChange({ ...value, start })} />
      <Clock label={t("to")} value={value.end} end onChange={(end) => onChange({ ...value, end })} />
      <Weekdays value={value.weekdays ?? []} onChange={(weekdays) => onChange({ ...value, weekdays })} />
    </div>
  );
}

/** Several of something, each with its own fields. */
export function Lines<T>({ label, value, fresh, onChange, children }: { label: string; value: readonly T[]; fresh: T; onChange: (value: T[]) => void; children: (one: T, set: (next: T) => void) => ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="lines" role="group" aria-label={label}>
      {value.map((one, index) => (
        // oxlint-disable-next-line no-array-index-key -- rows have no name of their own
        <div className="written" key={index}>
          {children(one, (next) => onChange(value.map((other, at) => (at === index ? next : other))))}
          <Button onClick={() => onChange(value.filter((_, at) => at !== index))}>{t("manage.remove")}</Button>
        </div>
      ))}
      <Button onClick={() => onChange([...value, fresh])}>{t("manage.add")}</Button>
    </div>
  );
}

export function Groups({ label, value, all, onChange }: { label: string; value: readonly string[]; all: readonly GroupName[]; onChange: (value: string[]) => void }) {
  const { t } = useTranslation();
  if (all.length === 0) return <small className="hint">{t("manage.noGroups")}</small>;
  return (
    <fieldset className="days-of">
      <legend className="small">{label}</legend>
      {all.map((group) => (
        <label key={group.id}>
          <input type="checkbox" checked={value.includes(group.id)} onChange={(e) => onChange(e.target.checked ? [...value, group.id] : value.filter((id) => id !== group.id))} />
          {group.name}
        </label>
      ))}
    </fieldset>
  );
}

export function Check({ label, value, onChange }: { label: string; value: boolean; onChange: (value: boolean) => void }) {
  const id = useId();
  return (
    <label className="tick" htmlFor={id}>
      <input id={id} type="checkbox" checked={value} onChange={(e) => onChange(e.target.checked)} /> {label}
    </label>
  );
}

export function Whole({ label, value, least = 0, onChange }: { label: string; value: number | null | undefined; least?: number; onChange: (value: number | undefined) => void }) {
  return <Field label={label}>{(id) => <input id={id} type="number" inputMode="numeric" min={least} value={value ?? ""} onChange={(e) => onChange(e.target.value === "" ? undefined : Number(e.target.value))} />}</Field>;
}

export function Euros({ label, value, onChange }: { label: string; value: number; onChange: (cents: number) => void }) {
  return <Field label={label}>{(id) => <input id={id} type="number" inputMode="decimal" min={0} step="0.01" value={inEuros(value)} onChange={(e) => onChange(cents(e.target.value || "0"))} />}</Field>;
}

export function Text({ label, value, required = false, onChange }: { label: string; value: string; required?: boolean; onChange: (value: string) => void }) {
  return <Field label={label}>{(id) => <input id={id} required={required} maxLength={200} value={value} onChange={(e) => onChange(e.target.value)} />}</Field>;
}
