import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../../api/session";
import { Button, Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { KINDS } from "../../ui/kinds";
import { addMonths, firstOfMonth, today } from "../../kernel/time";

export interface View {
  venue?: string | undefined;
  kind?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  compare?: "previous" | "year" | undefined;
  by?: string | undefined;
}

const SAVED = "ballatoio-views";
type Saved = Record<string, View>;
const kept = (): Saved => JSON.parse(localStorage.getItem(SAVED) ?? "{}") as Saved;

/** The days that a view means: those it says, else the last three months to the end of this one. */
export function daysOf(view: View): { from: string; to: string } {
  const base = firstOfMonth(today("Europe/Rome"));
  return { from: view.from ?? addMonths(base, -3), to: view.to ?? addMonths(base, 1) };
}

/** What the report is narrowed to: all of it in the address, so that a view is shared by sending it. */
export function Filters({ view, set, compare = true }: { view: View; set: (change: View) => void; compare?: boolean }) {
  const { t } = useTranslation();
  const { session } = useSession();
  const [views, keep] = useState<Saved>(kept);
  const [name, call] = useState("");
  const [copied, tell] = useState(false);
  const days = daysOf(view);
  const save = (all: Saved) => {
    localStorage.setItem(SAVED, JSON.stringify(all));
    keep(all);
  };
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
      <details className="views">
        <summary>{t("insight.views")}</summary>
        <div className="toolbar">
          <Field label={t("insight.viewName")}>{(id) => <input id={id} value={name} maxLength={40} onChange={(e) => call(e.target.value)} />}</Field>
          <Button
            why={name.trim() ? undefined : t("insight.nameFirst")}
            onClick={() => {
              save({ ...views, [name.trim()]: { ...view, ...days } });
              call("");
            }}
          >
            {t("save")}
          </Button>
          <Button onClick={() => void navigator.clipboard.writeText(window.location.href).then(() => tell(true))}>{copied ? t("insight.copied") : t("insight.copy")}</Button>
        </div>
        <ul className="legend">
          {Object.entries(views).map(([called, saved]) => (
            <li key={called}>
              <button type="button" className="link" onClick={() => set({ venue: undefined, kind: undefined, compare: undefined, by: undefined, ...saved })}>
                {called}
              </button>{" "}
              <button type="button" className="link" aria-label={t("insight.forget", { name: called })} onClick={() => save(Object.fromEntries(Object.entries(views).filter(([n]) => n !== called)))}>
                ✕
              </button>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
