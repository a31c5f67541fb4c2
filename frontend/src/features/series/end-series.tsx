import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { periodText, today } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";

type Series = Schemas["Series"];
type Money = Schemas["Money"];

/** The series ends before a day: every date that would go is shown first, with what comes back for it. */
export function EndSeries({ series, zone, onEnded }: { series: Series; zone: string; onEnded: (said: string) => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [on, setOn] = useState("");
  const [asking, ask] = useState(false);
  const end = useMutation({
    mutationFn: () => client.POST("/api/v1/series/{series_id}/end", { params: { path: { series_id: series.id }, header: keyed() }, body: { on } }),
    onSuccess: async () => {
      onEnded(t("series.ended"));
      setOn("");
      await cache.invalidateQueries();
      ask(false);
    },
  });
  const going = series.dates.filter((date) => !date.begun && date.on >= on).flatMap((date) => series.bookings.filter((booking) => booking.id === date.booking_id));
  const why = on && going.length === 0 ? t("series.noneAfter") : undefined;
  return (
    <form
      className="toolbar"
      onSubmit={(event) => {
        event.preventDefault();
        if (why) return;
        end.reset();
        ask(true);
      }}
    >
      <Field label={t("series.end")}>{(field) => <input id={field} type="date" required min={today(zone)} value={on} onChange={(e) => setOn(e.target.value)} />}</Field>
      <Button type="submit" tone="danger" why={why}>
        {t("series.endAct")}
      </Button>
      <Dialog title={t("series.endAct")} open={asking} onClose={() => ask(false)}>
        <p>{t("series.endSure", { count: going.length })}</p>
        <ul className="rows">
          {going.map((booking) => (
            <li key={booking.id}>
              <span>{periodText(booking.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}</span>
              <Leaving booking={booking} />
            </li>
          ))}
        </ul>
        {end.isError ? <Failure error={end.error} /> : null}
        <Button tone="danger" busy={end.isPending} onClick={() => end.mutate()}>
          {t("series.endAct")}
        </Button>
      </Dialog>
    </form>
  );
}

/** What comes back for a date that is given up, or why it stays. */
function Leaving({ booking }: { booking: Series["bookings"][number] }) {
  const { t } = useTranslation();
  const { allowed, reasons, terms } = booking.actions.cancel;
  const refund = terms["refund"] as Money | undefined;
  if (booking.state === "held") return null;
  if (!allowed) return <small className="muted">{t("series.staysFor", { why: reasons[0]?.detail ?? "" })}</small>;
  return refund ? <small className="muted">{t("series.comesBack", { amount: money(refund) })}</small> : null;
}
