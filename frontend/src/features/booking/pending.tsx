import { useCallback, type ReactNode } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { instantText, ms, now, periodText } from "../../kernel/time";
import { Countdown } from "../../ui/basics";
import { ActButton } from "./act-button";
import { Answer } from "./handing";

const HOUR = 3_600_000;

/** The change that a booking waits for: what, for whom, until when, and what can be done about it. `children` pay it. */
export function Pending({ booking, children, onDeclined }: { booking: Schemas["Booking"]; children: ReactNode; onDeclined: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const onEnd = useCallback(() => void cache.invalidateQueries(), [cache]);
  const it = booking.change;
  if (it === null) return null;
  const receiving = it.kind === "hand_over" && booking.actions.decline.allowed;
  const zone = booking.venue.time_zone;
  const left = ms(it.until) - now() < HOUR ? <Countdown until={it.until} onEnd={onEnd} /> : instantText(it.until, zone);
  const cents = it.price_difference?.cents ?? 0;
  return (
    <section className="panel" aria-labelledby="pending">
      <h2 id="pending">{t(receiving ? "handing.isYours" : `changing.kind.${it.kind}`)}</h2>
      {receiving && booking.person ? <p>{t("handing.from", { who: booking.person.name })}</p> : null}
      {it.kind !== "cancel" && it.period ? (
        <p>
          {t("changing.becomes")} <b>{periodText(it.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}</b>
          {it.resources.length > 0 ? ` · ${it.resources.map((one) => one.name).join(", ")}` : ""}
        </p>
      ) : null}
      {it.to && !receiving ? <p>{t("changing.to", { who: it.to })}</p> : null}
      {it.message ? <blockquote className="said">{it.message}</blockquote> : null}
      {it.price_difference && cents > 0 ? <p>{t("changing.costsMore", { amount: money(it.price_difference) })}</p> : null}
      <p className="note">
        {t(`changing.waits.${it.waits_for}`)} {left}
      </p>
      {booking.actions.pay.allowed && it.waits_for === "payment" ? children : null}
      <Answer booking={booking} onDeclined={onDeclined} />
      {booking.actions.undo.allowed ? <ActButton booking={booking} act="undo" tone="main" /> : null}
      {booking.actions.withdraw.allowed && it.kind !== "cancel" ? <ActButton booking={booking} act="withdraw" /> : null}
    </section>
  );
}
