import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal, type Schemas } from "../../api/client";
import { money, type Money } from "../../kernel/money";
import { addDays, dayAt, hours, lasting, lengthsBelow, minutesOf, periodText, today, type Period } from "../../kernel/time";
import { Button, Dialog, Empty, Failure, Field, Loading } from "../../ui/basics";
import { SayFirst, type Said } from "../../ui/asked-dialog";
import { useBesides } from "../../ui/besides";
import { RefusalNote } from "../../ui/refusal";

type Booking = Schemas["Booking"];
const NEW_TIME = "new-time";

function useMove(booking: Booking, onDone?: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (to: { period: Period } & Partial<Said>) => client.POST("/api/v1/bookings/{booking_id}/move", { params: { path: { booking_id: booking.id }, header: keyed() }, body: to }),
    onSuccess: async () => {
      onDone?.();
      // Not the price that was just taken: asked again it would be refused, for the booking is there already.
      await cache.invalidateQueries({ predicate: (query) => query.queryKey[0] !== NEW_TIME });
    },
  });
}

/** What a new time costs or gives back, by the server's quote; and the button that takes it. */
function Take({ booking, period, onDone }: { booking: Booking; period: Period; onDone: () => void }) {
  const { t } = useTranslation();
  const zone = booking.venue.time_zone;
  const [said, say] = useState<Partial<Said>>({});
  const quote = useQuery({
    queryKey: [NEW_TIME, booking.id, period.start, period.end, said],
    queryFn: async () => (await client.POST("/api/v1/quotes", { body: { booking_id: booking.id, period, ...said } })).data ?? null,
  });
  const run = useMove(booking, onDone);
  const besides = useBesides();
  if (quote.isPending) return <Loading />;
  const error = run.error ?? quote.error;
  if (error instanceof Refusal)
    return (
      <>
        <RefusalNote problem={error.problem} zone={zone} />
        <SayFirst
          reasons={error.problem.reasons}
          resources={booking.items.map((item) => item.resource)}
          people={booking.people ?? undefined}
          onSaid={(words) => {
            run.reset();
            say(words);
          }}
        />
      </>
    );
  if (error) return <Failure error={error} retry={() => void quote.refetch()} />;
  if (!quote.data) return null;
  const { outcome } = quote.data;
  return (
    <div aria-live="polite">
      <p>
        <b>{periodText(period, zone, { today: t("today"), tomorrow: t("tomorrow") })}</b>
        <br />
        {besides(quote.data)}
      </p>
      {outcome === "pay" ? <p className="note">{t("changing.keptUntilPaid")}</p> : null}
      {outcome === "request" ? <p className="note">{t("changing.deskDecides")}</p> : null}
      <Button tone="main" busy={run.isPending} onClick={() => run.mutate({ period, ...said })}>
        {t(`changing.take.${outcome}`)}
      </Button>
    </div>
  );
}

/** Another day or hour for the booking, among those that the resource offers for the same length. */
export function MoveButton({ booking }: { booking: Booking }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const allowed = booking.actions.move;
  return (
    <>
      <Button why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} onClick={() => show(true)}>
        {t("changing.move")}
      </Button>
      <Dialog title={t("changing.move")} open={open} onClose={() => show(false)}>
        <MoveForm booking={booking} onDone={() => show(false)} />
      </Dialog>
    </>
  );
}

function MoveForm({ booking, onDone }: { booking: Booking; onDone: () => void }) {
  const { t } = useTranslation();
  const zone = booking.venue.time_zone;
  const own = dayAt(booking.period.start, zone);
  const [day, setDay] = useState(own);
  const [picked, pick] = useState<Period | null>(null);
  const resource = booking.items[0]?.resource.id ?? "";
  const offers = api.useQuery("get", "/api/v1/offers", {
    params: { query: { resource_id: [resource], on_from: day, on_to: addDays(day, 1), minutes: minutesOf(booking.period), per_resource: 200 } },
  });
  const slots = offers.data?.data[0]?.offers ?? [];
  return (
    <>
      <Field label={t("changing.day")}>
        {(id) => (
          <input
            id={id}
            type="date"
            required
            min={today(zone)}
            value={day}
            onChange={(e) => {
              if (!e.target.value) return;
              setDay(e.target.value);
              pick(null);
            }}
          />
        )}
      </Field>
      {offers.isPending ? <Loading /> : null}
      {offers.isError ? <Failure error={offers.error} retry={() => void offers.refetch()} /> : null}
      {offers.data && slots.length === 0 ? <Empty>{t("changing.nothingThatDay")}</Empty> : null}
      <div className="times" role="group" aria-label={t("freeSlots")}>
        {slots.map((slot) => (
          <button key={slot.period.start} type="button" className="button" aria-pressed={picked?.start === slot.period.start} onClick={() => pick(slot.period)}>
            {hours(slot.period, zone)}
          </button>
        ))}
      </div>
      {picked ? <Take key={picked.start} booking={booking} period={picked} onDone={onDone} /> : null}
    </>
  );
}

/** Half an hour more (or the resource's step) in one press, with its price said before. */
export function ExtendButton({ booking }: { booking: Booking }) {
  const { t } = useTranslation();
  const allowed = booking.actions.extend;
  const terms = allowed.terms as { minutes?: number; period?: Period; price_difference?: Money | null };
  const run = useMove(booking);
  const price = terms.price_difference;
  return (
    <>
      <Button why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} busy={run.isPending} onClick={() => terms.period && run.mutate({ period: terms.period })}>
        {t("changing.longer", { minutes: terms.minutes ?? 30 })}
        {allowed.allowed && price ? ` · ${price.cents > 0 ? money(price) : t("free")}` : ""}
      </Button>
      {run.error instanceof Refusal ? <RefusalNote problem={run.error.problem} zone={booking.venue.time_zone} /> : run.isError ? <Failure error={run.error} /> : null}
    </>
  );
}

/** An earlier end, among the lengths that the resource can be had for. */
export function ShortenButton({ booking }: { booking: Booking }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const allowed = booking.actions.shorten;
  return (
    <>
      <Button why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} onClick={() => show(true)}>
        {t("changing.shorten")}
      </Button>
      <Dialog title={t("changing.shorten")} open={open} onClose={() => show(false)}>
        <ShortenForm booking={booking} onDone={() => show(false)} />
      </Dialog>
    </>
  );
}

function ShortenForm({ booking, onDone }: { booking: Booking; onDone: () => void }) {
  const { t } = useTranslation();
  const zone = booking.venue.time_zone;
  const [minutes, choose] = useState(0);
  const resource = api.useQuery("get", "/api/v1/resources/{resource_id}", { params: { path: { resource_id: booking.items[0]?.resource.id ?? "" } } });
  if (resource.isPending) return <Loading />;
  if (resource.isError) return <Failure error={resource.error} retry={() => void resource.refetch()} />;
  const lengths = lengthsBelow(minutesOf(booking.period), resource.data.least_minutes, resource.data.step_minutes);
  if (lengths.length === 0) return <Empty>{t("changing.shortest")}</Empty>;
  return (
    <>
      <Field label={t("changing.newHours")}>
        {(id) => (
          <select id={id} value={minutes} onChange={(e) => choose(Number(e.target.value))}>
            <option value={0}>{t("changing.choose")}</option>
            {lengths.map((n) => (
              <option key={n} value={n}>
                {hours(lasting(booking.period.start, n), zone)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {minutes ? <Take key={minutes} booking={booking} period={lasting(booking.period.start, minutes)} onDone={onDone} /> : null}
    </>
  );
}
