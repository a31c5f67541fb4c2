import { useTranslation } from "react-i18next";
import { useSession } from "../../api/session";
import { Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { KINDS } from "../../ui/kinds";
import { addMonths, firstOfMonth, today } from "../../kernel/time";
import { SavedViews } from "./saved-views";

export interface View {
  venue?: string | undefined;
  kind?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  compare?: "previous" | "year" | undefined;
  by?: string | undefined;
  /** A view by name, of which all else is said. */
  saved?: string | undefined;
}

/** The days that a view means: those it says, else the last three months to the end of this one. */
export function daysOf(view: View): { from: string; to: string } {
  const base = firstOfMonth(today("Europe/Rome"));
  return { from: view.from ?? addMonths(base, -3), to: view.to ?? addMonths(base, 1) };
}

/** What the report is narrowed to: all of it in the address, so that a view is shared by sending it. */
export function Filters({ view, set, compare = true }: { view: View; set: (change: View) => void; compare?: boolean }) {
  const { t } = useTranslation();
  const { session } = useSession();
  const days = daysOf(view);
  return (
    <>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={view.venue ?? ""} among={session.venues} none={t("insight.allVenues")} onChange={(id) => set({ venue: id || undefined })} />
        <Field label={t("insight.kind")}>
          {(id) => (
            <select id={id} value={view.kind ?? ""} onChange={(e) => set({ kind: e.target.value || undefined })}>
              <option value="">{t("insight.allKinds")}</option>
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`kind.${kind}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("fromDay")}>{(id) => <input id={id} type="date" value={days.from} onChange={(e) => e.target.value && set({ from: e.target.value })} />}</Field>
        <Field label={t("toDay")}>{(id) => <input id={id} type="date" value={days.to} onChange={(e) => e.target.value && set({ to: e.target.value })} />}</Field>
        {compare ? (
          <Field label={t("insight.compare")}>
            {(id) => (
              <select id={id} value={view.compare ?? ""} onChange={(e) => set({ compare: (e.target.value || undefined) as View["compare"] })}>
                <option value="">{t("insight.none")}</option>
                <option value="previous">{t("insight.previous")}</option>
                <option value="year">{t("insight.lastYear")}</option>
              </select>
            )}
          </Field>
        ) : null}
      </div>
      <SavedViews view={view} />
    </>
  );
}
