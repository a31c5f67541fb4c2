import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { periodText } from "../../kernel/time";
import { Reasons } from "../../ui/basics";

type Part = Schemas["Part"];

/** What a change would do: the bookings to come that it touches, and those of the last 90 days it would have refused. */
export function Rehearsal({ found, zone, then }: { found: Schemas["Rehearsal"]; zone: string; then?: string }) {
  const { t } = useTranslation();
  return (
    <section className="panel" aria-live="polite" aria-label={t("manage.rehearsal")}>
      <h3>{t("manage.rehearsal")}</h3>
      <Told part={found.to_come} zone={zone} said={t("manage.toCome", { count: found.to_come.refused, judged: found.to_come.judged })} />
      <Told part={found.last_90_days} zone={zone} said={t("manage.replayed", { count: found.last_90_days.refused, judged: found.last_90_days.judged })} />
      <p className="muted small">{then ?? t("manage.keep")}</p>
    </section>
  );
}

function Told({ part, zone, said }: { part: Part; zone: string; said: string }) {
  const { t } = useTranslation();
  return (
    <details open={(part.refused > 0 && part.refused <= 10) || part.there > part.judged}>
      <summary>{said}</summary>
      {part.there > part.judged && <p className="muted small">{t("manage.judgedOnly", { judged: part.judged, there: part.there })}</p>}
      <ul className="rows within">
        {part.bookings.map((one) => (
          <li key={one.booking_id}>
            <div>
              <Link to="/bookings/$id" params={{ id: one.booking_id }} className="code">
                {one.code}
              </Link>{" "}
              {one.resource.name} · {periodText(one.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}
              <Reasons reasons={one.reasons} />
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}
