import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { Button, Dialog, Field } from "../../ui/basics";
import { DecideDates } from "./decide-dates";
import { LostDates, useDayText } from "./lost-dates";

type Series = NonNullable<Schemas["Approval"]["series"]>;

const FEW = 4;

/** The dates of a series that wait together; those that cannot be approved any more say why, whether the list is open or not. */
export function SeriesDates({ series, zone }: { series: Series; zone: string }) {
  const { t } = useTranslation();
  const text = useDayText(zone);
  const unfit = series.dates.filter((date) => !date.approve.allowed);
  return (
    <>
      {unfit.length > 0 ? (
        <div className="note">
          <p>{t("approvals.unfit", { count: unfit.length })}</p>
          <ul>
            {unfit.map((date) => (
              <li key={date.booking_id}>
                <Link to="/bookings/$id" params={{ id: date.booking_id }}>
                  {text(date.period)}
                </Link>
                {" · "}
                {date.approve.reasons.map((reason) => reason.detail).join(" ")}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <details open={series.dates.length <= FEW}>
        <summary>{t("approvals.itsDates", { count: series.dates.length })}</summary>
        <ol className="dates">
          {series.dates.map((date) => (
            <li key={date.booking_id}>
              <Link to="/bookings/$id" params={{ id: date.booking_id }}>
                {text(date.period)}
              </Link>
              {date.waiting > 0 ? <span className="muted"> · {t("approvals.waiting", { count: date.waiting })}</span> : null}
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}

/** Approve all of them, or those that still can be; propose date by date; refuse all with one sentence; or choose. */
export function SeriesDeeds({ series, zone }: { series: Series; zone: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [asking, ask] = useState(false);
  const [reason, setReason] = useState("");
  const fit = series.dates.filter((date) => date.approve.allowed).map((date) => date.booking_id);
  const all = series.dates.map((date) => date.booking_id);
  const params = () => ({ path: { series_id: series.id }, header: keyed() });
  const refresh = () => cache.invalidateQueries();
  const approve = useMutation({
    mutationFn: () => client.POST("/api/v1/series/{series_id}/approve", { params: params(), body: { booking_ids: fit } }),
    onSettled: refresh,
  });
  const refuse = useMutation({
    mutationFn: () => client.POST("/api/v1/series/{series_id}/refuse", { params: params(), body: { booking_ids: all, reason } }),
    onSuccess: () => ask(false),
    onSettled: refresh,
  });
  const { approve: approving } = series.actions;
  const none = approving.allowed ? undefined : (approving.reasons[0]?.detail ?? "");
  return (
    <>
      <div className="deeds">
        <Button tone="main" why={none} busy={approve.isPending} onClick={() => approve.mutate()}>
          {fit.length > 0 && fit.length < all.length ? t("approvals.approveOthers", { count: fit.length }) : t("approvals.approveAll", { count: all.length })}
        </Button>
        <Button why={t("approvals.proposeEach")}>{t("proposing.act")}</Button>
        <Button tone="danger" onClick={() => ask(true)}>
          {t("approvals.refuseAll", { count: all.length })}
        </Button>
        <DecideDates series={series} zone={zone} />
      </div>
      {approve.isError ? <LostDates error={approve.error} zone={zone} /> : null}
      <Dialog title={t("approvals.refuseAll", { count: all.length })} open={asking} onClose={() => ask(false)}>
        <Field label={t("refusalReason")} hint={t("refusalHint")}>
          {(id, note) => <textarea id={id} aria-describedby={note} value={reason} onChange={(e) => setReason(e.target.value)} rows={3} />}
        </Field>
        {refuse.isError ? <LostDates error={refuse.error} zone={zone} /> : null}
        <Button tone="danger" why={reason.trim() ? undefined : t("reasonNeeded")} busy={refuse.isPending} onClick={() => refuse.mutate()}>
          {t("act.refuse")}
        </Button>
      </Dialog>
    </>
  );
}
