import { useCallback, type ReactNode } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { instantText, ms, now, periodText } from "../../kernel/time";
import { Countdown } from "../../ui/basics";
import { ActButton } from "./act-button";

const HOUR = 3_600_000;

/** The change that a booking waits for: what, for whom, until when, and what can be done about it. `children` pay it. */
export function Pending({ booking, children }: { booking: Schemas["Booking"]; children: ReactNode }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const onEnd = useCallback(() => void cache.invalidateQueries(), [cache]);
  const it = booking.change;
  if (it === null) return null;
  const zone = booking.venue.time_zone;
  const left = ms(it.until) - now() < HOUR ? <Countdown until={it.until} onEnd={onEnd} /> : instantText(it.until, zone);
  const cents = it.price_difference?.cents ?? 0;
  return (
    <section className="panel" aria-labelledby="pending">
      <h2 id="pending">{t(`changing.kind.${it.kind}`)}</h2>
      {it.kind !== "cancel" && it.period ? (
        <p>
          {t("changing.becomes")} <b>{periodText(it.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}</b>
          {it.resources.length > 0 ? ` · ${it.resources.map((one) => one.name).join(", ")}` : ""}
        </p>
      ) : null}
      {it.to ? <p>{t("changing.to", { who: it.to })}</p> : null}
      {it.message ? <blockquote>{it.message}</blockquote> : null}
      {it.price_difference && cents > 0 ? <p>{t("changing.costsMore", { amount: money(it.price_difference) })}</p> : null}
      <p className="note">
        {t(`changing.waits.${it.waits_for}`)} {left}
      </p>
      {booking.actions.pay.allowed && it.waits_for === "payment" ? children : null}
      {booking.actions.undo.allowed ? <ActButton booking={booking} act="undo" tone="main" /> : null}
      {booking.actions.withdraw.allowed && it.kind !== "cancel" ? <ActButton booking={booking} act="withdraw" /> : null}
    </section>
  );
}
