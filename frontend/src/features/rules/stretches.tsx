import { useTranslation } from "react-i18next";
import { OneOf } from "../../ui/choice";
import type { Schemas } from "../../api/client";
import { weekdayText } from "../../kernel/time";
import { Clock, Lines, Whole } from "./pieces";

type Stretch = Schemas["RuleStretch"];
const WEEK = ["1", "2", "3", "4", "5", "6", "7"] as const;
const NIGHT: Stretch = { from_day: 5, start: "18:00", to_day: 6, end: "02:00", most: 240 };

/** From an hour of the week to another, at most so long; of what goes on beyond, at most so much of it. */
export function Stretches({ value, onChange }: { value: Stretch[]; onChange: (value: Stretch[]) => void }) {
  const { t } = useTranslation();
  const day = (label: string, of: number, put: (day: number) => void) => (
    <OneOf label={label} value={String(of) as (typeof WEEK)[number]} all={WEEK} say={(one) => weekdayText(Number(one))} onChange={(one) => put(Number(one))} />
  );
  return (
    <>
      <p className="hint small">{t("manage.stretches.what")}</p>
      <Lines label={t("word.stretches")} value={value} fresh={NIGHT} onChange={onChange}>
        {(one, put) => (
          <div className="hours-of">
            {day(t("manage.stretches.fromDay"), one.from_day, (from_day) => put({ ...one, from_day }))}
            <Clock label={t("from")} value={one.start} onChange={(start) => put({ ...one, start })} />
            {day(t("manage.stretches.toDay"), one.to_day, (to_day) => put({ ...one, to_day }))}
            <Clock label={t("to")} value={one.end} end onChange={(end) => put({ ...one, end })} />
            <Whole label={t("manage.stretches.most")} least={1} value={one.most} onChange={(most) => put({ ...one, most: most ?? 1 })} />
            <Whole label={t("manage.stretches.crossing")} least={1} value={one.most_crossing} onChange={(n) => put({ ...one, most_crossing: n ?? null })} />
          </div>
        )}
      </Lines>
    </>
  );
}
