import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { addDays, addMonths, today, weekdayName, weekdayText, type Day } from "../../kernel/time";
import { Button, Field } from "../../ui/basics";

export type Rule = Schemas["RuleShapeRequest"];
type Given = NonNullable<Schemas["Series"]["rule"]>;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const REPEATS = ["weekly", "daily", "monthly_by_weekday", "monthly_by_day", "yearly", "dates"] as const;
const POSITIONS = [1, 2, 3, 4, -1] as const;
const NAMES: Partial<Record<number, "series.position_1" | "series.position_2" | "series.position_3" | "series.position_4">> = { 1: "series.position_1", 2: "series.position_2", 3: "series.position_3", 4: "series.position_4" };
const SKIPS = ["public_holidays", "school_holidays"] as const;

interface Props {
  zone: string;
  /** The rule to begin from: that of the series which is edited. */
  rule?: Given | null | undefined;
  /** A day and hours to begin from: those that somebody found free. */
  found?: { on?: Day | undefined; from?: string | undefined; until?: string | undefined };
  /** Only one date is edited: its day and its hours. */
  one?: Day | undefined;
  busy: boolean;
  plan: string;
  onPlan: (rule: Rule, title: string) => void;
  /** The fields of what each date takes. */
  things: ReactNode;
  /** What else is said. */
  children?: ReactNode;
}

/** The rule of a series in the words of people: what, on which days, at which hours, from when until when. */
export function RuleForm({ zone, rule, found = {}, one, busy, plan, onPlan, things, children }: Props) {
  const { t } = useTranslation();
  const editing = Boolean(rule);
  const [repeat, setRepeat] = useState<Rule["repeat"]>((rule?.repeat as Rule["repeat"] | undefined) ?? "weekly");
  const [every, setEvery] = useState(rule?.every ?? 1);
  const [weekdays, setWeekdays] = useState<readonly string[]>(rule?.weekdays.length ? rule.weekdays : [found.on ? weekdayName(found.on) : "tue"]);
  const [position, setPosition] = useState(rule?.position ?? 1);
  const [start, setStart] = useState(rule?.hours.start ?? found.from ?? "18:00");
  const [end, setEnd] = useState(rule?.hours.end ?? found.until ?? "20:00");
  const [nights, setNights] = useState(rule?.hours.nights ?? 0);
  const [first, setFirst] = useState(rule?.first_on ?? found.on ?? addDays(today(zone), 1));
  const [last, setLast] = useState(rule?.last_on ?? addMonths(found.on ?? today(zone), 4));
  const [dates, setDates] = useState<readonly Day[]>(rule?.dates ?? []);
  const [day, setDay] = useState(one ?? addDays(today(zone), 1));
  const [skip, setSkip] = useState<readonly string[]>(rule?.skip ?? ["public_holidays"]);
  const [title, setTitle] = useState("");
  const monthly = repeat === "monthly_by_weekday" || repeat === "monthly_by_day";
  const byWeekday = repeat === "weekly" || repeat === "monthly_by_weekday";
  const toggle = (list: readonly string[], name: string) => (list.includes(name) ? list.filter((n) => n !== name) : [...list, name]);
  const named = one ? [day] : repeat === "dates" ? [...dates].sort() : [];
  const why = !one && repeat === "dates" && dates.length === 0 ? t("series.noDates") : !one && byWeekday && weekdays.length === 0 ? t("series.noWeekday") : undefined;
  const submit = () =>
    onPlan(
      {
        repeat: one ? "dates" : repeat,
        every: repeat === "dates" || one ? 1 : every,
        weekdays: byWeekday && !one ? WEEKDAYS.filter((name) => weekdays.includes(name)) : [],
        position: monthly && !one ? (repeat === "monthly_by_weekday" && !POSITIONS.includes(position as 1) ? 1 : position) : null,
        dates: named,
        hours: { start, end: end === "00:00" ? "24:00" : end, nights },
        first_on: named[0] ?? first,
        last_on: named.at(-1) ?? last,
        skip: SKIPS.filter((name) => skip.includes(name)),
      },
      title,
    );
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
        if (!why) submit();
      }}
    >
      {things}
      {one ? (
        <Field label={t("series.weekday")}>{(id) => <input id={id} type="date" required min={today(zone)} value={day} onChange={(e) => setDay(e.target.value)} />}</Field>
      ) : (
        <Field label={t("series.repeat")}>
          {(id) => (
            <select id={id} value={repeat} onChange={(e) => setRepeat(e.target.value as Rule["repeat"])}>
              {REPEATS.map((name) => (
                <option key={name} value={name}>
                  {t(name === "dates" ? "series.named" : `series.${name}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {!one && repeat !== "dates" ? (
        <Field label={t(`series.every_${repeat === "daily" ? "days" : monthly ? "months" : repeat === "yearly" ? "years" : "weeks"}`)}>
          {(id) => <input id={id} type="number" required min={1} max={52} value={every} onChange={(e) => setEvery(Number(e.target.value))} />}
        </Field>
      ) : null}
      {!one && monthly ? (
        <Field label={t("series.position")}>
          {(id) => (
            <select id={id} value={position} onChange={(e) => setPosition(Number(e.target.value))}>
              {(repeat === "monthly_by_weekday" ? POSITIONS : [...Array.from({ length: 31 }, (_, n) => n + 1), -1]).map((n) => (
                <option key={n} value={n}>
                  {repeat === "monthly_by_weekday" || n === -1 ? t(NAMES[n] ?? "series.last") : n}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {!one && byWeekday ? (
        <fieldset className="checks">
          <legend>{t("series.weekdays")}</legend>
          {WEEKDAYS.map((name, at) => (
            <label className="check" key={name}>
              <input type={repeat === "weekly" ? "checkbox" : "radio"} name="weekdays" checked={weekdays.includes(name)} onChange={() => setWeekdays(repeat === "weekly" ? toggle(weekdays, name) : [name])} /> {weekdayText(at + 1)}
            </label>
          ))}
        </fieldset>
      ) : null}
      {!one && repeat === "dates" ? (
        <fieldset className="checks">
          <legend>{t("series.dates")}</legend>
          <ul className="chips">
            {[...dates].sort().map((on) => (
              <li key={on}>
                <button type="button" className="chip" aria-label={t("series.drop", { day: on })} onClick={() => setDates(dates.filter((d) => d !== on))}>
                  {on.split("-").reverse().join("/")} ✕
                </button>
              </li>
            ))}
          </ul>
          <input type="date" aria-label={t("series.oneMore")} min={today(zone)} value={day} onChange={(e) => setDay(e.target.value)} />
          <Button onClick={() => day && setDates([...new Set([...dates, day])])}>{t("series.oneMore")}</Button>
        </fieldset>
      ) : null}
      <Field label={t("from")}>{(id) => <input id={id} type="time" required value={start} onChange={(e) => setStart(e.target.value)} />}</Field>
      <Field label={t("to")}>{(id) => <input id={id} type="time" required value={end === "24:00" ? "00:00" : end} onChange={(e) => setEnd(e.target.value)} />}</Field>
      <Field label={t("series.nights")}>{(id) => <input id={id} type="number" required min={0} max={30} value={nights} onChange={(e) => setNights(Number(e.target.value))} />}</Field>
      {!one && repeat !== "dates" ? (
        <>
          <Field label={t("series.since")}>{(id) => <input id={id} type="date" required value={first} onChange={(e) => setFirst(e.target.value)} />}</Field>
          <Field label={t("series.until")}>{(id) => <input id={id} type="date" required min={first} max={addMonths(first, 25)} value={last} onChange={(e) => setLast(e.target.value)} />}</Field>
          <fieldset className="checks">
            <legend>{t("series.skips")}</legend>
            {SKIPS.map((name) => (
              <label className="check" key={name}>
                <input type="checkbox" checked={skip.includes(name)} onChange={() => setSkip(toggle(skip, name))} /> {t(`series.${name}`)}
              </label>
            ))}
          </fieldset>
        </>
      ) : null}
      {editing || one ? null : <Field label={t("title")}>{(id) => <input id={id} maxLength={120} value={title} onChange={(e) => setTitle(e.target.value)} />}</Field>}
      {children}
      <Button type="submit" tone="main" busy={busy} why={why}>
        {plan}
      </Button>
    </form>
  );
}
