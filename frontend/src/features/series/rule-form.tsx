import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { addDays, addMonths, today, weekdayText } from "../../kernel/time";
import { Button, Field } from "../../ui/basics";

type Rule = Schemas["RuleShapeRequest"];
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const REPEATS = ["weekly", "every2", "monthly", "last"] as const;

/** The rule of a series in the words of people: what, on which day, at which hours, from when until when. */
export function RuleForm({ resources, zone, chosen, busy, onPlan }: { resources: readonly { id: string; name: string }[]; zone: string; chosen?: string | undefined; busy: boolean; onPlan: (resource: string, rule: Rule, title: string) => void }) {
  const { t } = useTranslation();
  const [resource, setResource] = useState(chosen ?? "");
  const [repeat, setRepeat] = useState<(typeof REPEATS)[number]>("weekly");
  const [weekday, setWeekday] = useState<(typeof WEEKDAYS)[number]>("tue");
  const [start, setStart] = useState("18:00");
  const [end, setEnd] = useState("20:00");
  const [first, setFirst] = useState(addDays(today(zone), 1));
  const [last, setLast] = useState(addMonths(today(zone), 4));
  const [skip, setSkip] = useState(true);
  const [title, setTitle] = useState("");
  const position = repeat === "last" ? -1 : Math.min(4, Math.ceil(Number(first.slice(8)) / 7));
  const submit = () =>
    onPlan(
      resource || (resources[0]?.id ?? ""),
      {
        repeat: repeat === "weekly" || repeat === "every2" ? "weekly" : "monthly_by_weekday",
        every: repeat === "every2" ? 2 : 1,
        weekdays: [weekday],
        position: repeat === "monthly" || repeat === "last" ? position : null,
        dates: [],
        hours: { start, end },
        first_on: first,
        last_on: last,
        skip: skip ? ["public_holidays"] : [],
      },
      title,
    );
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label={t("series.what")}>
        {(id) => (
          <select id={id} value={resource || resources[0]?.id} onChange={(e) => setResource(e.target.value)}>
            {resources.map((row) => (
              <option key={row.id} value={row.id}>
                {row.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t("series.repeat")}>
        {(id) => (
          <select id={id} value={repeat} onChange={(e) => setRepeat(e.target.value as "weekly")}>
            {REPEATS.map((name) => (
              <option key={name} value={name}>
                {t(`series.${name}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t("series.weekday")}>
        {(id) => (
          <select id={id} value={weekday} onChange={(e) => setWeekday(e.target.value as "tue")}>
            {WEEKDAYS.map((name, at) => (
              <option key={name} value={name}>
                {weekdayText(at + 1)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t("from")}>{(id) => <input id={id} type="time" required value={start} onChange={(e) => setStart(e.target.value)} />}</Field>
      <Field label={t("to")}>{(id) => <input id={id} type="time" required value={end} onChange={(e) => setEnd(e.target.value)} />}</Field>
      <Field label={t("series.since")}>{(id) => <input id={id} type="date" required value={first} onChange={(e) => setFirst(e.target.value)} />}</Field>
      <Field label={t("series.until")}>{(id) => <input id={id} type="date" required min={first} value={last} onChange={(e) => setLast(e.target.value)} />}</Field>
      <Field label={t("title")}>{(id) => <input id={id} maxLength={120} value={title} onChange={(e) => setTitle(e.target.value)} />}</Field>
      <label className="check">
        <input type="checkbox" checked={skip} onChange={(e) => setSkip(e.target.checked)} /> {t("series.skip")}
      </label>
      <Button type="submit" tone="main" busy={busy}>
        {t("series.plan")}
      </Button>
    </form>
  );
}
