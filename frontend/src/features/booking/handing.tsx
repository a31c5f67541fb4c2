import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money, type Money } from "../../kernel/money";
import { hours, lasting, lengthsBelow, minutesOf } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { TermsToAccept, type Asked } from "../../ui/terms";

type Booking = Schemas["Booking"];

/** Somebody else takes the booking: they are asked by e-mail, and the slot is never free in between. */
export function HandOverButton({ booking }: { booking: Booking }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [open, show] = useState(false);
  const [email, setEmail] = useState("");
  const [message, setMessage] = useState("");
  const run = useMutation({
    mutationFn: () => client.POST("/api/v1/bookings/{booking_id}/hand-over", { params: { path: { booking_id: booking.id }, header: keyed() }, body: { email, message } }),
    onSuccess: async () => {
      show(false);
      await cache.invalidateQueries();
    },
  });
  const allowed = booking.actions.hand_over;
  return (
    <>
      <Button why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} onClick={() => show(true)}>
        {t("handing.over")}
      </Button>
      <Dialog title={t("handing.over")} open={open} onClose={() => show(false)}>
        <p>{t("handing.overWhat")}</p>
        <Field label={t("handing.email")}>{(id) => <input id={id} type="email" required maxLength={254} value={email} onChange={(e) => setEmail(e.target.value)} />}</Field>
        <Field label={t("handing.message")}>{(id) => <textarea id={id} rows={3} maxLength={500} value={message} onChange={(e) => setMessage(e.target.value)} />}</Field>
        {run.isError ? <Failure error={run.error} /> : null}
        <Button tone="main" why={email.includes("@") ? undefined : t("handing.emailFirst")} busy={run.isPending} onClick={() => run.mutate()}>
          {t("handing.send")}
        </Button>
      </Dialog>
    </>
  );
}

/** All of the time, or its last part, goes to whoever wants it; what they pay for it is credited. */
export function GiveBackButton({ booking }: { booking: Booking }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [open, show] = useState(false);
  const [kept, keep] = useState(0);
  const zone = booking.venue.time_zone;
  const allowed = booking.actions.give_back;
  const resource = api.useQuery("get", "/api/v1/resources/{resource_id}", { params: { path: { resource_id: booking.items[0]?.resource.id ?? "" } } }, { enabled: open });
  const lengths = resource.data ? lengthsBelow(minutesOf(booking.period), resource.data.least_minutes, resource.data.step_minutes) : [];
  const piece = (minutes: number) => ({ start: lasting(booking.period.start, minutes).end, end: booking.period.end });
  const run = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/bookings/{booking_id}/give-back", { params: { path: { booking_id: booking.id }, header: keyed() }, body: kept ? { period: piece(kept) } : {} }),
    onSuccess: async () => {
      show(false);
      await cache.invalidateQueries();
    },
  });
  return (
    <>
      <Button why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} onClick={() => show(true)}>
        {t("handing.back")}
      </Button>
      <Dialog title={t("handing.back")} open={open} onClose={() => show(false)}>
        <p>{t("handing.backWhat")}</p>
        <Field label={t("handing.which")}>
          {(id) => (
            <select id={id} value={kept} onChange={(e) => keep(Number(e.target.value))}>
              <option value={0}>{t("handing.all")}</option>
              {lengths.map((n) => (
                <option key={n} value={n}>
                  {hours(piece(n), zone)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {run.isError ? <Failure error={run.error} /> : null}
        <Button tone="danger" busy={run.isPending} onClick={() => run.mutate()}>
          {t("handing.back")}
        </Button>
      </Dialog>
    </>
  );
}

/** A proposal or an offered booking is answered; `onDeclined` leaves the page of what is then not there any more. */
export function Answer({ booking, onDeclined }: { booking: Booking; onDeclined: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { accept, decline } = booking.actions;
  const price = accept.terms["price"] as Money | null | undefined;
  const asked = (accept.terms["to_accept"] ?? []) as Asked[];
  const [agreed, agree] = useState<string[]>([]);
  const receiving = booking.change?.kind === "hand_over";
  const at = { params: { path: { booking_id: booking.id }, header: keyed() } };
  const yes = useMutation({
    mutationFn: () => client.POST("/api/v1/bookings/{booking_id}/accept", { ...at, body: { accepted_terms: agreed } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  const no = useMutation({
    mutationFn: () => client.POST("/api/v1/bookings/{booking_id}/decline", at),
    onSuccess: async () => {
      if (receiving) onDeclined();
      // Of an offer only the list is asked again: the booking itself is not there any more.
      await cache.invalidateQueries(receiving ? { queryKey: ["get", "/api/v1/bookings"] } : {});
    },
  });
  if (!decline.allowed) return null;
  const error = yes.error ?? no.error;
  const why = accept.allowed ? (asked.some(({ terms }) => !agreed.includes(terms)) ? t("handing.termsFirst") : undefined) : accept.reasons[0]?.detail;
  return (
    <>
      {price ? <p>{price.cents > 0 ? t("handing.price", { amount: money(price) }) : t("free")}</p> : null}
      <TermsToAccept asked={asked} agreed={agreed} onAgreed={agree} />
      {error ? <Failure error={error} /> : null}
      <div className="deeds">
        {booking.change?.waits_for === "answer" ? (
          <Button tone="main" why={why} busy={yes.isPending} onClick={() => yes.mutate()}>
            {t("handing.accept")}
          </Button>
        ) : null}
        <Button busy={no.isPending} onClick={() => no.mutate()}>
          {t("handing.decline")}
        </Button>
      </div>
    </>
  );
}
