import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal, type Schemas } from "../../api/client";
import { addDays, clock, dayAt, hours, minutesOf, today, wallPeriod } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { RefusalNote } from "../../ui/refusal";

type Booking = Schemas["Booking"];

/** Staff answer a request with another time, which is kept for the guest until they say yes or no. */
export function ProposeButton({ booking }: { booking: Booking }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const allowed = booking.actions.propose;
  return (
    <>
      <Button why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} onClick={() => show(true)}>
        {t("proposing.act")}
      </Button>
      <Dialog title={t("proposing.act")} open={open} onClose={() => show(false)}>
        <ProposeForm booking={booking} onDone={() => show(false)} />
      </Dialog>
    </>
  );
}

function ProposeForm({ booking, onDone }: { booking: Booking; onDone: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const zone = booking.venue.time_zone;
  const [day, setDay] = useState(dayAt(booking.period.start, zone));
  const [start, setStart] = useState(clock(booking.period.start, zone));
  const [end, setEnd] = useState(clock(booking.period.end, zone));
  const [message, setMessage] = useState("");
  const resource = booking.items[0]?.resource.id ?? "";
  const offers = api.useQuery("get", "/api/v1/offers", {
    params: { query: { resource_id: [resource], on_from: day, on_to: addDays(day, 1), minutes: minutesOf(booking.period), per_resource: 60 } },
  });
  const run = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/bookings/{booking_id}/propose", {
        params: { path: { booking_id: booking.id }, header: keyed() },
        body: { period: wallPeriod(day, start, end), message },
      }),
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries();
    },
  });
  const slots = offers.data?.data[0]?.offers ?? [];
  const same = day === dayAt(booking.period.start, zone) && start === clock(booking.period.start, zone) && end === clock(booking.period.end, zone);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!same) run.mutate();
      }}
    >
      <p>{t("proposing.what")}</p>
      <div className="pair">
        <Field label={t("changing.day")}>{(id) => <input id={id} type="date" required min={today(zone)} value={day} onChange={(e) => e.target.value && setDay(e.target.value)} />}</Field>
        <Field label={t("from")}>{(id) => <input id={id} type="time" required value={start} onChange={(e) => setStart(e.target.value)} />}</Field>
        <Field label={t("to")}>{(id) => <input id={id} type="time" required value={end} onChange={(e) => setEnd(e.target.value)} />}</Field>
      </div>
      {slots.length > 0 ? (
        <div className="times" role="group" aria-label={t("freeSlots")}>
          {slots.map((slot) => (
            <button
              key={slot.period.start}
              type="button"
              className="button"
              aria-pressed={clock(slot.period.start, zone) === start && clock(slot.period.end, zone) === end}
              onClick={() => {
                setStart(clock(slot.period.start, zone));
                setEnd(clock(slot.period.end, zone));
              }}
            >
              {hours(slot.period, zone)}
            </button>
          ))}
        </div>
      ) : null}
      <Field label={t("proposing.message")} hint={t("refusalHint")}>
        {(id, note) => <textarea id={id} aria-describedby={note} rows={3} maxLength={500} value={message} onChange={(e) => setMessage(e.target.value)} />}
      </Field>
      {run.error instanceof Refusal ? <RefusalNote problem={run.error.problem} zone={zone} /> : run.isError ? <Failure error={run.error} /> : null}
      <Button type="submit" tone="main" why={same ? t("proposing.another") : undefined} busy={run.isPending}>
        {t("proposing.send")}
      </Button>
    </form>
  );
}
