import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { Field } from "../../ui/basics";
import { OneOf } from "../../ui/choice";
import { Check, Clock, Euros, Groups, HoursOf, Lines, Text, Weekdays, Whole, type GroupName } from "./pieces";
import { Stretches } from "./stretches";

export type RuleWords = Schemas["RuleWords"];
export interface Other {
  slug: string;
  name: string;
}
type Word = keyof RuleWords;
type Editor = "minutes" | "days" | "count" | "yes" | "moment" | "text" | "groups" | "presets" | "reserved" | "limits" | "supervision" | "approval" | "questions" | "rescue" | "signed" | "noShows" | "stretches" | "others" | "euros";

/** Every word, where it stands, and what it is written with. */
const SECTIONS: readonly (readonly [string, readonly (readonly [Word, Editor])[]])[] = [
  ["lengths", [["step", "minutes"], ["least", "minutes"], ["most", "minutes"], ["presets", "presets"], ["stretches", "stretches"], ["set_up", "minutes"], ["clean_up", "minutes"], ["gap", "minutes"]]],
  ["ahead", [["notice", "minutes"], ["notice_days", "days"], ["cancel_notice", "minutes"], ["horizon_days", "days"], ["horizon_working_days", "days"], ["horizon_minutes", "minutes"], ["series_horizon_days", "days"], ["bookable_from", "moment"], ["bookable_until", "moment"]]],
  ["whom", [["groups", "groups"], ["reserved", "reserved"], ["first_groups", "groups"], ["others_horizon_days", "days"], ["least_age", "count"], ["supervision", "supervision"]]],
  ["limits", [["daily_limit", "minutes"], ["weekly_limit", "minutes"], ["limits", "limits"]]],
  ["asked", [["people_needed", "yes"], ["least_people", "count"], ["least_quantity", "count"], ["most_quantity", "count"], ["only_with", "others"], ["terms", "text"], ["questions", "questions"]]],
  ["attendance", [["needs_check_in", "yes"], ["check_in_from", "minutes"], ["grace", "signed"], ["check_in_at_once", "yes"], ["release_no_show", "yes"], ["leaving_frees", "yes"], ["no_show_fee", "euros"], ["no_show_after", "noShows"], ["appeal_days", "days"], ["appeal_until_day", "count"]]],
  ["staff", [["approval", "yes"], ["approval_when", "approval"], ["hold", "minutes"], ["request_days", "days"], ["offer", "minutes"], ["rescue_default", "rescue"], ["rescue_hours", "count"]]],
];
const NONE: readonly Word[] = ["most", "horizon_working_days", "horizon_minutes", "bookable_from", "bookable_until", "others_horizon_days", "least_age", "supervision", "daily_limit", "weekly_limit", "least_people", "least_quantity", "most_quantity", "approval_when", "offer", "no_show_after"];
const HOURS = { start: "09:00", end: "18:00", weekdays: [] as number[] };
const FRESH: Record<Editor, unknown> = { minutes: 60, days: 1, count: 1, yes: true, moment: "", text: "", groups: [], presets: [], reserved: [], limits: [], supervision: { hours: [HOURS], buddy: false }, approval: { first_time: true }, questions: [], rescue: "refund", signed: 15, noShows: { count: 3, within_days: 90, shorter_horizon_days: 7, for_days: 30 }, stretches: [], others: [], euros: 500 };

interface FormProps {
  own: RuleWords;
  inherited: RuleWords;
  house: RuleWords;
  groups: readonly GroupName[];
  /** The venue's other resources, which a rule may name. */
  others: readonly Other[];
  onChange: (own: RuleWords) => void;
}

/** The words that are one's own; the others show what counts, and from whom it comes. */
export function WordsForm({ own, inherited, house, groups, others, onChange }: FormProps) {
  const { t } = useTranslation();
  const set = (word: Word, value: unknown) => onChange({ ...own, [word]: value });
  const drop = (word: Word) => {
    const { [word]: _, ...rest } = own;
    onChange(rest);
  };
  return (
    <>
      {SECTIONS.map(([name, words]) => (
        <fieldset className="word-set" key={name}>
          <legend>{t(`manage.section.${name as "lengths"}`)}</legend>
          {words.map(([word, editor]) => {
            const mine = word in own;
            const above = word in inherited;
            const other = above ? inherited[word] : house[word];
            return (
              <div className={mine ? "word own" : "word"} key={word}>
                <Check
                  label={t(`word.${word}`)}
                  value={mine}
                  onChange={(on) => (on ? set(word, other === null || other === undefined || (Array.isArray(other) && other.length === 0) || other === "" ? FRESH[editor] : other) : drop(word))}
                />
                {mine ? (
                  <div className="edit">
                    {NONE.includes(word) ? <Check label={t("manage.none")} value={own[word] === null} onChange={(none) => set(word, none ? null : FRESH[editor])} /> : null}
                    {own[word] === null ? null : <Edit word={word} editor={editor} value={own[word]} groups={groups} others={others} onChange={(value) => set(word, value)} />}
                  </div>
                ) : (
                  <span className="muted small">
                    {said(other, editor, t)} · {t(above ? "manage.ofVenue" : "manage.ofHouse")}
                  </span>
                )}
              </div>
            );
          })}
        </fieldset>
      ))}
    </>
  );
}

type Say = TFunction;

function said(value: unknown, editor: Editor, t: Say): string {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return t("manage.none");
  if (typeof value === "boolean") return value ? t("manage.yes") : t("manage.no");
  if (Array.isArray(value)) return String(value.length);
  if (typeof value === "object") return t("manage.yes");
  if (editor === "minutes") return t("manage.minutes", { count: Number(value) });
  if (editor === "days") return t("manage.days", { count: Number(value) });
  if (editor === "euros") return money({ cents: Number(value), currency: "EUR" });
  if (editor === "signed") return t("manage.minutes", { count: Number(value) });
  if (editor === "rescue") return t(`manage.rescue.${value as "move"}`);
  return String(value);
}

interface EditProps {
  word: Word;
  editor: Editor;
  value: unknown;
  groups: readonly GroupName[];
  others: readonly Other[];
  onChange: (value: unknown) => void;
}

function Edit({ word, editor, value, groups, others, onChange }: EditProps) {
  const { t } = useTranslation();
  const label = t(`word.${word}`);
  switch (editor) {
    case "minutes":
    case "days":
    case "count":
      return <Whole label={t(editor === "minutes" ? "manage.inMinutes" : editor === "days" ? "manage.inDays" : "manage.number")} value={value as number} onChange={(n) => onChange(n ?? 0)} />;
    case "yes":
      return <OneOf label={label} value={value ? "yes" : "no"} all={["yes", "no"] as const} say={(one) => t(`manage.${one}`)} onChange={(one) => onChange(one === "yes")} />;
    case "moment":
      return <Moment value={value as string} onChange={onChange} />;
    case "text":
      return <Text label={label} value={value as string} onChange={onChange} />;
    case "groups":
      return <Groups label={label} value={value as string[]} all={groups} onChange={onChange} />;
    case "presets":
      return <Presets value={value as Schemas["RulePreset"][]} onChange={onChange} />;
    case "reserved":
      return (
        <Lines label={label} value={value as Schemas["RuleReserved"][]} fresh={{ hours: HOURS, groups: [] }} onChange={onChange}>
          {(one, put) => (
            <>
              <HoursOf value={one.hours} onChange={(hours) => put({ ...one, hours })} />
              <Groups label={t("manage.forGroups")} value={one.groups} all={groups} onChange={(ids) => put({ ...one, groups: ids })} />
            </>
          )}
        </Lines>
      );
    case "limits":
      return <Limits value={value as Schemas["RuleLimit"][]} groups={groups} onChange={onChange} />;
    case "supervision": {
      const staffed = value as Schemas["RuleSupervision"];
      return (
        <>
          <Lines label={label} value={staffed.hours ?? []} fresh={HOURS} onChange={(hours) => onChange({ ...staffed, hours })}>
            {(one, put) => <HoursOf value={one} onChange={put} />}
          </Lines>
          <Check label={t("manage.buddy")} value={staffed.buddy ?? false} onChange={(buddy) => onChange({ ...staffed, buddy })} />
        </>
      );
    }
    case "approval":
      return <ApprovalWhen value={value as Schemas["RuleApprovalWhen"]} onChange={onChange} />;
    case "signed":
      return <Whole label={t("manage.inMinutes")} least={-1440} value={value as number} onChange={(n) => onChange(n ?? 0)} />;
    case "noShows": {
      const after = value as Schemas["RuleNoShows"];
      return (
        <div className="hours-of">
          {(["count", "within_days", "shorter_horizon_days", "for_days"] as const).map((name) => (
            <Whole key={name} label={t(`manage.noShows.${name}`)} value={after[name]} onChange={(n) => onChange({ ...after, [name]: n ?? 1 })} />
          ))}
        </div>
      );
    }
    case "stretches":
      return <Stretches value={value as Schemas["RuleStretch"][]} onChange={onChange} />;
    case "others":
      return <Others label={label} value={value as string[]} all={others} onChange={onChange} />;
    case "euros":
      return <Euros label={t("manage.inEuros")} value={value as number} onChange={onChange} />;
    case "rescue":
      return <OneOf label={label} value={value as "move"} all={["move", "refund", "keep"] as const} say={(one) => t(`manage.rescue.${one}`)} onChange={onChange} />;
    case "questions":
      return <Questions value={value as Schemas["RuleQuestion"][]} onChange={onChange} />;
  }
}

function Others({ label, value, all, onChange }: { label: string; value: string[]; all: readonly Other[]; onChange: (value: string[]) => void }) {
  return (
    <fieldset className="days-of">
      <legend className="small">{label}</legend>
      {all.map((one) => (
        <label key={one.slug}>
          <input type="checkbox" checked={value.includes(one.slug)} onChange={(e) => onChange(e.target.checked ? [...value, one.slug] : value.filter((slug) => slug !== one.slug))} />
          {one.name}
        </label>
      ))}
    </fieldset>
  );
}

function Moment({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const whole = value.includes("T") ? value.slice(0, 16) : value ? `${value}T00:00` : "";
  return <label className="field">{t("manage.moment")}<input type="datetime-local" required value={whole} onChange={(e) => onChange(e.target.value)} /></label>;
}

function Presets({ value, onChange }: { value: Schemas["RulePreset"][]; onChange: (value: Schemas["RulePreset"][]) => void }) {
  const { t } = useTranslation();
  return (
    <Lines label={t("word.presets")} value={value} fresh={{ start: "09:00", end: "13:00", it: "Mattina", en: "Morning", weekdays: [] }} onChange={onChange}>
      {(one, put) => (
        <div className="hours-of">
          <Text label={t("manage.nameIt")} value={one.it ?? ""} onChange={(it) => put({ ...one, it })} />
          <Text label={t("manage.nameEn")} value={one.en ?? ""} onChange={(en) => put({ ...one, en })} />
          <Clock label={t("from")} value={one.start} onChange={(start) => put({ ...one, start })} />
          <Clock label={t("to")} value={one.end} end onChange={(end) => put({ ...one, end })} />
          <Weekdays value={one.weekdays ?? []} onChange={(weekdays) => put({ ...one, weekdays })} />
        </div>
      )}
    </Lines>
  );
}

const SPANS = ["day", "week", "month", "year", "future", "at_once"] as const;
const ON = ["resource", "kind", "venue"] as const;
const OF = ["person", "organisation", "group", "anyone"] as const;

function Limits({ value, groups, onChange }: { value: Schemas["RuleLimit"][]; groups: readonly GroupName[]; onChange: (value: Schemas["RuleLimit"][]) => void }) {
  const { t } = useTranslation();
  return (
    <Lines label={t("word.limits")} value={value} fresh={{ span: "week", bookings: 2 }} onChange={onChange}>
      {(one, put) => {
        const { minutes, bookings, hours, ...rest } = one;
        const what = minutes === undefined ? "bookings" : "minutes";
        return (
          <>
            <div className="hours-of">
              <Whole label={t("manage.atMost")} least={1} value={minutes ?? bookings} onChange={(n) => put({ ...one, [what]: n ?? 1 })} />
              <OneOf label={t("manage.what")} value={what} all={["minutes", "bookings"] as const} say={(w) => t(`manage.count.${w}`)} onChange={(w) => put({ ...rest, ...(hours ? { hours } : {}), [w]: minutes ?? bookings ?? 1 })} />
              <OneOf label={t("manage.span")} value={one.span} all={SPANS} say={(s) => t(`manage.spans.${s}`)} onChange={(span) => put({ ...one, span })} />
              <OneOf label={t("manage.of")} value={one.of ?? "person"} all={OF} say={(s) => t(`manage.whose.${s}`)} onChange={(of) => put({ ...one, of })} />
              <OneOf label={t("manage.on")} value={one.on ?? "resource"} all={ON} say={(s) => t(`manage.where.${s}`)} onChange={(on) => put({ ...one, on })} />
            </div>
            <Groups label={t("manage.onlyGroups")} value={one.groups ?? []} all={groups} onChange={(ids) => put({ ...one, groups: ids })} />
            <Check label={t("manage.someHours")} value={hours !== undefined} onChange={(on) => put(on ? { ...one, hours: HOURS } : { ...rest, ...(minutes === undefined ? { bookings: bookings ?? 1 } : { minutes }) })} />
            {hours ? <HoursOf value={hours} onChange={(next) => put({ ...one, hours: next })} /> : null}
          </>
        );
      }}
    </Lines>
  );
}

function ApprovalWhen({ value, onChange }: { value: Schemas["RuleApprovalWhen"]; onChange: (value: Schemas["RuleApprovalWhen"]) => void }) {
  const { t } = useTranslation();
  const part = (name: "notice_under" | "longer_than", n: number | undefined) => {
    const { [name]: _, ...rest } = value;
    onChange(n === undefined ? rest : { ...rest, [name]: n });
  };
  return (
    <>
      <div className="hours-of">
        <Whole label={t("manage.noticeUnder")} least={1} value={value.notice_under} onChange={(n) => part("notice_under", n)} />
        <Whole label={t("manage.longerThan")} least={1} value={value.longer_than} onChange={(n) => part("longer_than", n)} />
      </div>
      <Check label={t("manage.firstTime")} value={value.first_time ?? false} onChange={(first_time) => onChange({ ...value, first_time })} />
      <Lines label={t("manage.atHours")} value={value.hours ?? []} fresh={{ start: "22:00", end: "06:00", weekdays: [] }} onChange={(hours) => onChange({ ...value, hours })}>
        {(one, put) => <HoursOf value={one} onChange={put} />}
      </Lines>
    </>
  );
}

function Questions({ value, onChange }: { value: Schemas["RuleQuestion"][]; onChange: (value: Schemas["RuleQuestion"][]) => void }) {
  const { t } = useTranslation();
  return (
    <Lines label={t("word.questions")} value={value} fresh={{ code: `q${value.length + 1}`, it: "", en: "", required: true }} onChange={onChange}>
      {(one, put) => (
        <>
          <div className="hours-of">
            <Text label={t("manage.questionIt")} required value={one.it} onChange={(it) => put({ ...one, it })} />
            <Text label={t("manage.questionEn")} required value={one.en} onChange={(en) => put({ ...one, en })} />
            <Field label={t("manage.choices")}>{(id) => <input id={id} maxLength={500} defaultValue={(one.choices ?? []).join(", ")} onBlur={(e) => put({ ...one, choices: e.target.value.split(",").map((c) => c.trim()).filter(Boolean) })} />}</Field>
          </div>
          <Check label={t("manage.mandatory")} value={one.required ?? false} onChange={(required) => put({ ...one, required })} />
        </>
      )}
    </Lines>
  );
}
