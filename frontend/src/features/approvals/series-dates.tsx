import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, sentence, type Schemas } from "../../api/client";
import { periodText } from "../../kernel/time";
import { Button, Dialog, Field } from "../../ui/basics";

type Series = NonNullable<Schemas["Approval"]["series"]>;
type Lost = { booking_id: string; period: Schemas["Period"]; reasons: Schemas["Reason"][] };

const FEW = 4;

function useDayText(zone: string) {
  const { t } = useTranslation();
  return (period: Schemas["Period"]) => periodText(period, zone, { today: t("today"), tomorrow: t("tomorrow") });
}

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

/** Approve all of them, or those that still can be; propose date by date; refuse all with one sentence. */
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
  const none = fit.length === 0 ? (series.dates[0]?.approve.reasons[0]?.detail ?? "") : undefined;
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

/** Nothing was done, for somebody was faster: which dates, and how they are now. */
function LostDates({ error, zone }: { error: unknown; zone: string }) {
  const text = useDayText(zone);
  const lost = error instanceof Refusal ? ((error.problem.data.dates as Lost[] | undefined) ?? []) : [];
  return (
    <div className="failure" role="alert">
      <p>{sentence(error)}</p>
      <ul>
        {lost.map((date) => (
          <li key={date.booking_id}>
            {text(date.period)} · {date.reasons.map((reason) => reason.detail).join(" ")}
          </li>
        ))}
      </ul>
    </div>
  );
}
