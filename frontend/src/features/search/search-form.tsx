import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { longDay, weekdayText } from "../../kernel/time";
import { Button, Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { FeatureBoxes } from "../../ui/features";
import { KindChoice } from "../../ui/kind-choice";

const LENGTHS = [30, 60, 120, 180, 240] as const;

/** What is searched for, as the address says it. */
export interface SearchFilters {
  q?: string | undefined;
  kind?: string | undefined;
  venue?: string | undefined;
  people?: number | undefined;
  /** Several values are one word with commas: the address stays readable. */
  features?: string | undefined;
  access?: string | undefined;
  /** One day: from it on. Several: those. */
  on?: string | undefined;
  weekdays?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
  minutes?: number | undefined;
  /** In whole euros. */
  price?: number | undefined;
  now?: boolean | undefined;
}

interface Props {
  asked: SearchFilters;
  venues: readonly { id: string; name: string }[];
  /** How many resources each value would find, the other filters staying. */
  found?: Schemas["FacetsShape"] | undefined;
  set: (change: Partial<SearchFilters>) => void;
}

export const words = (joined: string | undefined): string[] => (joined ? joined.split(",") : []);
const joined = (list: readonly string[]): string | undefined => (list.length > 0 ? list.join(",") : undefined);
const toggled = (list: string | undefined, word: string): string | undefined => {
  const found = words(list);
  return joined(found.includes(word) ? found.filter((one) => one !== word) : [...found, word].sort());
};

/** Every filter of a search; what is seldom asked for waits behind "more". */
export function SearchForm({ asked, venues, found, set }: Props) {
  const { t } = useTranslation();
  const many = (facet: keyof Schemas["FacetsShape"], value: string) => (found ? ` (${found[facet][value] ?? 0})` : "");
  const days = words(asked.on);
  const more = Boolean(asked.until ?? asked.price ?? asked.weekdays ?? asked.features ?? asked.access ?? asked.now) || days.length > 1;
  return (
    <form role="search" onSubmit={(event) => event.preventDefault()}>
      <div className="filters">
        <Field label={t("search.what")}>{(id) => <input id={id} type="search" defaultValue={asked.q ?? ""} onChange={(e) => set({ q: e.target.value || undefined })} />}</Field>
        <KindChoice label={t("search.kind")} value={asked.kind} none={t("all")} many={(kind) => many("kind", kind)} onChange={(kind) => set({ kind })} />
        <Choice label={t("search.venue")} value={asked.venue ?? ""} none={t("all")} among={venues.map(({ id, name }) => ({ id, name: name + many("venue_id", id) }))} onChange={(venue) => set({ venue: venue || undefined })} />
        <Field label={t("search.on")}>{(id) => <input id={id} type="date" value={days[0] ?? ""} onChange={(e) => set({ on: joined([e.target.value, ...days.slice(1)].filter(Boolean).sort()) })} />}</Field>
        <Field label={t("search.from")}>{(id) => <input id={id} type="time" value={asked.from ?? ""} onChange={(e) => set({ from: e.target.value || undefined })} />}</Field>
        <Field label={t("search.minutes")}>
          {(id) => (
            <select id={id} value={asked.minutes ?? ""} onChange={(e) => set({ minutes: Number(e.target.value) || undefined })}>
              <option value="">{t("search.usual")}</option>
              {LENGTHS.map((minutes) => (
                <option key={minutes} value={minutes}>
                  {minutes} min
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("people")}>
          {(id) => <input id={id} type="number" min={1} inputMode="numeric" value={asked.people ?? ""} onChange={(e) => set({ people: Number(e.target.value) || undefined })} />}
        </Field>
      </div>
      <details className="more" open={more || undefined}>
        <summary>{t("search.more")}</summary>
        <div className="filters">
          <Field label={t("search.until")}>{(id) => <input id={id} type="time" value={asked.until ?? ""} onChange={(e) => set({ until: e.target.value || undefined })} />}</Field>
          <Field label={t("search.price")}>
            {(id) => <input id={id} type="number" min={1} inputMode="numeric" value={asked.price ?? ""} onChange={(e) => set({ price: Math.trunc(Number(e.target.value)) || undefined })} />}
          </Field>
          <Field label={t("search.addDay")}>{(id) => <input id={id} type="date" value="" onChange={(e) => e.target.value && set({ on: joined([...new Set([...days, e.target.value])].sort()) })} />}</Field>
          <label className="box">
            <input type="checkbox" checked={asked.now ?? false} onChange={(e) => set({ now: e.target.checked || undefined })} /> {t("search.now")}
          </label>
        </div>
        {days.length > 1 ? (
          <p className="days" aria-label={t("search.days")}>
            {days.map((day) => (
              <Button key={day} onClick={() => set({ on: joined(days.filter((one) => one !== day)) })} aria-label={t("search.remove", { what: longDay(day) })}>
                {longDay(day)} ✕
              </Button>
            ))}
          </p>
        ) : null}
        <fieldset className="boxes">
          <legend>{t("search.weekdays")}</legend>
          {["1", "2", "3", "4", "5", "6", "7"].map((day) => (
            <label key={day}>
              <input type="checkbox" checked={words(asked.weekdays).includes(day)} onChange={() => set({ weekdays: toggled(asked.weekdays, day) })} /> {weekdayText(Number(day))}
            </label>
          ))}
        </fieldset>
        {(["features", "access"] as const).map((of) => (
          <FeatureBoxes key={of} of={of} chosen={words(asked[of])} many={(feature) => many(of, feature)} onChange={(chosen) => set({ [of]: joined(chosen) })} />
        ))}
      </details>
    </form>
  );
}
