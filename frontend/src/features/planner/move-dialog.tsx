import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, Refusal } from "../../api/client";
import { clock, dayAt, longDay, periodText, wallPeriod } from "../../kernel/time";
import { SayFirst, type Said } from "../../ui/asked-dialog";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { RefusalNote, type Alternative } from "../../ui/refusal";
import { goesTo, useMove, usePriceOfMove, useSpokenPrice, type Target } from "./move";

interface Props {
  target: Target;
  zone: string;
  resources: readonly { id: string; name: string }[];
  onClose: () => void;
  onMoved: (said: string) => void;
}

/** Where a booking goes and what that costs, before it goes; the fields do what dragging does. */
export function MoveDialog({ target: dropped, zone, resources, onClose, onMoved }: Props) {
  const { t } = useTranslation();
  const go = useNavigate();
  const form = useRef<HTMLFormElement>(null);
  const spoken = useSpokenPrice();
  const [aimed, aim] = useState({ item: dropped.item, from: dropped.from, to: dropped.to, period: dropped.period });
  const [day, setDay] = useState(dayAt(aimed.period.start, zone));
  const [start, setStart] = useState(clock(aimed.period.start, zone));
  const [end, setEnd] = useState(clock(aimed.period.end, zone));
  // By resource: what one wants said and accepted is not what another does.
  const [said, say] = useState<Partial<Record<string, Said>>>({});
  // As it was dropped it is two instants; changed by hand it is the venue's wall clock, which the server knows.
  const asAimed = day === dayAt(aimed.period.start, zone) && start === clock(aimed.period.start, zone) && end === clock(aimed.period.end, zone);
  const target: Target = { ...dropped, ...aimed, period: asAimed ? aimed.period : wallPeriod(day, start, end), said: said[aimed.to] };
  const found = usePriceOfMove(target);
  const move = useMove((moved) => {
    if (moved.change?.waits_for === "payment") void go({ to: "/bookings/$id", params: { id: moved.id } });
    const where = moved.items.map((item) => item.resource.name).join(", ");
    onMoved(moved.change?.waits_for === "approval" ? t("timeline.waitsApproval") : `${t("timeline.moved")}: ${where}, ${periodText(moved.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}`);
  });
  const pick = (near: Alternative) => {
    aim({ ...goesTo(booking.data?.items ?? [{ id: aimed.item, resource: { id: aimed.from } }], near.items, aimed), period: near.period });
    setDay(dayAt(near.period.start, zone));
    setStart(clock(near.period.start, zone));
    setEnd(clock(near.period.end, zone));
    move.reset();
    // The button that was pressed goes with the refusal.
    form.current?.querySelector<HTMLElement>("[type=submit]")?.focus();
  };
  const error = (JSON.stringify(move.variables) === JSON.stringify(target) ? move.error : null) ?? found.error;
  // The rules say no to this place; what is only in somebody's way just now may be tried again.
  const refused = error instanceof Refusal && error.problem.code !== "busy" ? error : null;
  // All that the booking has moves with it, and each thing may ask for something.
  const booking = api.useQuery("get", "/api/v1/bookings/{booking_id}", { params: { path: { booking_id: dropped.booking } } }, { enabled: refused !== null });
  const moving = booking.data?.items.map(({ resource }) => (resource.id === target.from ? (resources.find((one) => one.id === target.to) ?? resource) : resource));
  // Where it is already is no mistake, but where one begins.
  const unmoved = found.error instanceof Refusal && found.error.problem.reasons.length > 0 && found.error.problem.reasons.every((reason) => reason.code === "nothing-changes");
  return (
    <Dialog title={`${t("timeline.move")} · ${longDay(day)}`} open onClose={onClose}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!refused) move.mutate(target);
        }}
      >
        <Choice label={t("resource")} value={aimed.to} among={resources} onChange={(id) => aim({ ...aimed, to: id })} />
        <div className="pair">
          <Field label={t("search.on")}>{(id) => <input id={id} type="date" required value={day} onChange={(e) => e.target.value && setDay(e.target.value)} />}</Field>
          <Field label={t("from")}>{(id) => <input id={id} type="time" required value={start} onChange={(e) => e.target.value && setStart(e.target.value)} />}</Field>
          <Field label={t("to")}>{(id) => <input id={id} type="time" required value={end} onChange={(e) => e.target.value && setEnd(e.target.value)} />}</Field>
        </div>
        {unmoved ? null : refused ? <RefusalNote problem={refused.problem} zone={zone} onPick={pick} /> : error ? <Failure error={error} /> : null}
        {error ? null : (
          <p role="status" className="verdict lead">
            {spoken(found)}
          </p>
        )}
        {found.quote?.outcome === "pay" ? <p className="note">{t("changing.keptUntilPaid")}</p> : null}
        {found.quote?.outcome === "request" ? <p className="note">{t("changing.deskDecides")}</p> : null}
        <Button type="submit" tone="main" why={refused ? t("timeline.pickAnother") : undefined} busy={move.isPending}>
          {found.quote && found.quote.outcome !== "book" ? t(`changing.take.${found.quote.outcome}`) : t("timeline.move")}
        </Button>
      </form>
      {refused && moving ? <SayFirst key={target.to} reasons={refused.problem.reasons} resources={moving} people={booking.data?.people ?? undefined} onSaid={(words) => say({ ...said, [target.to]: words })} /> : null}
    </Dialog>
  );
}
