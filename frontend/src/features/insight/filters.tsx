import { useTranslation } from "react-i18next";
import { Field } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";
import { KindChoice } from "../../ui/kind-choice";
import { SavedViews } from "./saved-views";
import { daysOf, useReportedVenues, type View } from "./view";

/** What the report is narrowed to: all of it in the address, so that a view is shared by sending it. */
export function Filters({ view, set, compare = true }: { view: View; set: (change: View) => void; compare?: boolean }) {
  const { t } = useTranslation();
  const venues = useReportedVenues();
  const days = daysOf(view);
  return (
    <>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={view.venue ?? ""} among={venues} none={t("insight.allVenues")} onChange={(id) => set({ venue: id || undefined })} />
        <KindChoice label={t("insight.kind")} value={view.kind} none={t("insight.allKinds")} onChange={(kind) => set({ kind })} />
        <Field label={t("fromDay")}>{(id) => <input id={id} type="date" value={days.from} onChange={(e) => e.target.value && set({ from: e.target.value })} />}</Field>
        <Field label={t("toDay")}>{(id) => <input id={id} type="date" value={days.to} onChange={(e) => e.target.value && set({ to: e.target.value })} />}</Field>
        {compare ? (
          <OneOf label={t("insight.compare")} value={view.compare ?? ""} all={["", "previous", "year"]} say={(span) => t(`insight.${span === "year" ? "lastYear" : span || "none"}`)} onChange={(span) => set({ compare: span || undefined })} />
        ) : null}
      </div>
      <SavedViews view={view} />
    </>
  );
}
