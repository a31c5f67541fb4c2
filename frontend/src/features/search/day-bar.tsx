import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { clock, dayAt, dayText, hours, ms, today } from "../../kernel/time";

/** The first day searched, from when it opens until it closes: what is free and what is taken, drawn and said. */
export function DayBar({ pieces, zone }: { pieces: readonly Schemas["BarPiece"][]; zone: string }) {
  const { t } = useTranslation();
  const open = pieces.filter((piece) => piece.kind !== "closed");
  const first = open[0];
  const last = open.at(-1);
  if (!first || !last) return null;
  const start = ms(first.period.start);
  const whole = ms(last.period.end) - start;
  const free = open.filter((piece) => piece.kind === "free");
  const day = dayAt(first.period.start, zone);
  const said = free.length > 0 ? t("search.barFree", { hours: free.map((piece) => hours(piece.period, zone)).join(", ") }) : t("search.barFull");
  return (
    <div className="day-bar">
      <div role="img" aria-label={t("search.bar", { day: day === today(zone) ? t("today") : dayText(day), free: said })}>
        {open.map((piece) => (
          <i key={piece.period.start} className={piece.kind} style={{ left: `${((ms(piece.period.start) - start) / whole) * 100}%`, width: `${((ms(piece.period.end) - ms(piece.period.start)) / whole) * 100}%` }} />
        ))}
      </div>
      <small aria-hidden="true">
        <span>{clock(first.period.start, zone)}</span>
        <span>{day === today(zone) ? t("today") : dayText(day)}</span>
        <span>{clock(last.period.end, zone)}</span>
      </small>
    </div>
  );
}
