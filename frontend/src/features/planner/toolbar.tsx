import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas, Session } from "../../api/client";
import { addDays, addMonths, firstOfMonth, monthText, today, type Day } from "../../kernel/time";
import { Button, Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { KindChoice } from "../../ui/kind-choice";

const VIEWS = ["day", "week", "month"] as const;
export type View = (typeof VIEWS)[number];

/** What the planner's address says. */
export interface Filters {
  venue?: string | undefined;
  on?: Day | undefined;
  kind?: string | undefined;
  only?: string | undefined;
  view?: View | undefined;
  as?: "list" | undefined;
  show?: "mine" | "free" | undefined;
}

interface Props {
  filters: Filters;
  view: View;
  venue: Session["venues"][number] | undefined;
  venues: Session["venues"];
  on: Day;
  zone: string;
  resources: readonly Pick<Schemas["AvailableResource"], "id" | "name">[];
  set: (change: Filters) => void;
  person: boolean;
  children: ReactNode;
}

/** Which venue, which resources, which days, and how they are shown. */
export function Toolbar({ filters, view, venue, venues, on, zone, resources, set, person, children }: Props) {
  const { t } = useTranslation();
  const go = (by: 1 | -1) => set({ on: view === "month" ? addMonths(firstOfMonth(on), by) : addDays(on, by * (view === "week" ? 7 : 1)) });
  return (
    <>
      <div className="toolbar">
        <fieldset className="choice">
          <legend>{t("timeline.view")}</legend>
          {VIEWS.map((name) => (
            <label key={name}>
              <input type="radio" name="view" checked={view === name} onChange={() => set({ view: name })} />
              {t(`timeline.${name}`)}
            </label>
          ))}
        </fieldset>
        <div className="steps">
          <Button aria-label={t("earlier")} onClick={() => go(-1)}>
            ←
          </Button>
          <Button onClick={() => set({ on: undefined })}>{t("today")}</Button>
          <Button aria-label={t("later")} onClick={() => go(1)}>
            →
          </Button>
        </div>
        <Field label={view === "month" ? monthText(on) : t("search.on")}>
          {(id) => <input id={id} type="date" value={on} onChange={(e) => e.target.value && set({ on: e.target.value === today(zone) ? undefined : e.target.value })} />}
        </Field>
        {view === "month" && !filters.only ? null : (
          <fieldset className="choice">
            <legend>{t("timeline.asList")}</legend>
            <label>
              <input type="radio" name="as" checked={filters.as !== "list"} onChange={() => set({ as: undefined })} />
              {t("timeline.grid")}
            </label>
            <label>
              <input type="radio" name="as" checked={filters.as === "list"} onChange={() => set({ as: "list" })} />
              {t("timeline.list")}
            </label>
          </fieldset>
        )}
      </div>
      <div className="filters">
        <Choice label={t("search.venue")} value={venue?.id} among={venues} onChange={(id) => set({ venue: id, only: undefined })} />
        <KindChoice label={t("search.kind")} value={filters.kind} none={t("all")} onChange={(kind) => set({ kind, only: undefined })} />
        <Choice label={t("timeline.only")} value={filters.only ?? ""} among={resources} none={t("all")} onChange={(id) => set({ only: id || undefined })} />
        <Field label={t("timeline.show")}>
          {(id) => (
            <select id={id} value={filters.show ?? ""} onChange={(e) => set({ show: (e.target.value || undefined) as Filters["show"] })}>
              <option value="">{t("all")}</option>
              {person ? <option value="mine">{t("timeline.mine")}</option> : null}
              <option value="free">{t("timeline.free")}</option>
            </select>
          )}
        </Field>
        {children}
      </div>
    </>
  );
}
