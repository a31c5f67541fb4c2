import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { dayAt, longDay } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";

/** What not coming led to, where a fee is paid, and how to say that it was not so. */
export function LedTo({ booking }: { booking: Schemas["Booking"] }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [asking, ask] = useState(false);
  const [reason, setReason] = useState("");
  const run = useMutation({
    mutationFn: () => client.POST("/api/v1/bookings/{booking_id}/appeal", { params: { path: { booking_id: booking.id }, header: keyed() }, body: { reason } }),
    onSuccess: async () => {
      ask(false);
      await cache.invalidateQueries();
    },
  });
  if (booking.consequences.length === 0) return null;
  const allowed = booking.actions.appeal;
  // Heard before that instant: the midnight after the last day.
  const until = booking.consequences.find((one) => one.state === "standing" && one.heard_until)?.heard_until;
  const lastDay = until ? longDay(dayAt(new Date(Date.parse(until) - 1000).toISOString(), booking.venue.time_zone)) : "";
  return (
    <section aria-labelledby="led-to" className="panel">
      <h2 id="led-to">{t("appeal.title")}</h2>
      <ul className="rows">
        {booking.consequences.map((one) => (
          <li key={one.id}>
            <div>
              {one.detail} <span className="badge">{t(`appeal.${one.state}`)}</span>
              {one.answer ? <p className="note">{one.answer}</p> : null}
            </div>
            {one.pay_href ? (
              <Link to="/checkout/$id" params={{ id: one.pay_href.split("/").pop() ?? "" }} className="button">
                {t("payNow")}
              </Link>
            ) : null}
          </li>
        ))}
      </ul>
      {allowed.allowed && lastDay ? <p className="muted">{t("appeal.until", { day: lastDay })}</p> : null}
      <Button why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} onClick={() => ask(true)}>
        {t("appeal.act")}
      </Button>
      <Dialog title={t("appeal.act")} open={asking} onClose={() => ask(false)}>
        <Field label={t("appeal.why")} hint={t("appeal.hint")}>
          {(id, note) => <textarea id={id} aria-describedby={note} value={reason} onChange={(e) => setReason(e.target.value)} rows={4} maxLength={2000} />}
        </Field>
        {run.isError ? <Failure error={run.error} /> : null}
        <Button tone="main" why={reason.trim() ? undefined : t("reasonNeeded")} busy={run.isPending} onClick={() => run.mutate()}>
          {t("appeal.act")}
        </Button>
      </Dialog>
    </section>
  );
}
