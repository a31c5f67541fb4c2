import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { Button, Dialog, Field } from "../../ui/basics";
import { LostDates, useDayText } from "./lost-dates";

type Series = NonNullable<Schemas["Approval"]["series"]>;

/** Some dates approved, the others refused with a sentence or left waiting: one press, one message. */
export function DecideDates({ series, zone }: { series: Series; zone: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { decide } = series.actions;
  return (
    <>
      <Button why={decide.allowed ? undefined : decide.reasons[0]?.detail} onClick={() => setOpen(true)}>
        {t("approvals.decideEach")}
      </Button>
      <Dialog title={t("approvals.decideTitle")} open={open} onClose={() => setOpen(false)}>
        <Choosing series={series} zone={zone} done={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Choosing({ series, zone, done }: { series: Series; zone: string; done: () => void }) {
  const { t } = useTranslation();
  const text = useDayText(zone);
  const cache = useQueryClient();
  // Who is left out is kept, not who is in: a date that comes to wait meanwhile is one more to approve.
  const [out, setOut] = useState<string[]>([]);
  const [refusing, setRefusing] = useState(true);
  const [reason, setReason] = useState("");
  const fit = series.dates.filter((date) => date.approve.allowed).map((date) => date.booking_id);
  const yes = fit.filter((id) => !out.includes(id));
  const rest = series.dates.map((date) => date.booking_id).filter((id) => !yes.includes(id));
  const no = refusing ? rest : [];
  const decide = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/series/{series_id}/decide", {
        params: { path: { series_id: series.id }, header: keyed() },
        body: { approve_ids: yes, refuse_ids: no, reason },
      }),
    onSuccess: done,
    onSettled: () => cache.invalidateQueries(),
  });
  const why = yes.length + no.length === 0 ? t("approvals.nothingTicked") : no.length > 0 && !reason.trim() ? t("reasonNeeded") : undefined;
  const said = [
    yes.length > 0 ? t("approvals.approveSome", { count: yes.length }) : "",
    no.length > 0 ? t("approvals.refuseSome", { count: no.length }) : "",
    rest.length > 0 && !refusing ? t("approvals.leaveSome", { count: rest.length }) : "",
  ];
  return (
    <>
      <p>{t("approvals.ticked")}</p>
      <p className="deeds">
        <Button onClick={() => setOut([])}>{t("approvals.tickAll")}</Button>
        <Button onClick={() => setOut(fit)}>{t("approvals.tickNone")}</Button>
      </p>
      <ol className="ticks">
        {series.dates.map((date) => (
          <li key={date.booking_id}>
            <label className="check">
              <input
                type="checkbox"
                checked={yes.includes(date.booking_id)}
                disabled={!date.approve.allowed}
                onChange={(e) => setOut(e.target.checked ? out.filter((id) => id !== date.booking_id) : [...out, date.booking_id])}
              />{" "}
              {text(date.period)}
            </label>
            {date.waiting > 0 ? <span className="muted small"> · {t("approvals.waiting", { count: date.waiting })}</span> : null}
            {date.approve.reasons.map((against) => (
              <small key={against.code}>{against.detail}</small>
            ))}
          </li>
        ))}
      </ol>
      {rest.length > 0 ? (
        <fieldset className="checks column">
          <legend>{t("approvals.others_dates", { count: rest.length })}</legend>
          {[true, false].map((refused) => (
            <label className="check" key={String(refused)}>
              <input type="radio" name="others" checked={refusing === refused} onChange={() => setRefusing(refused)} /> {t(refused ? "approvals.othersRefused" : "approvals.othersWait")}
            </label>
          ))}
        </fieldset>
      ) : null}
      {no.length > 0 ? (
        <Field label={t("refusalReason")} hint={t("refusalHint")}>
          {(id, note) => <textarea id={id} aria-describedby={note} value={reason} onChange={(e) => setReason(e.target.value)} rows={3} maxLength={500} />}
        </Field>
      ) : null}
      {decide.isError ? <LostDates error={decide.error} zone={zone} /> : null}
      <Button tone="main" why={why} busy={decide.isPending} onClick={() => decide.mutate()}>
        {said.filter(Boolean).join(" · ") || t("approvals.decideEach")}
      </Button>
    </>
  );
}
