import { useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { dayText, hoursText, today, weekdayOf, type Day } from "../../kernel/time";

type FreeRow = Schemas["AvailableResource"];
type FreeDay = Schemas["FreeDayShape"];

const LEVELS = 4;

/** How much of a day can be had, from nothing (0) to all of it (4). */
export function level(day: Pick<FreeDay, "open_minutes" | "free_minutes">): number {
  if (day.free_minutes === 0 || day.open_minutes === 0) return 0;
  return Math.max(1, Math.round((day.free_minutes / day.open_minutes) * LEVELS));
}

/** The hours that can still be had of a day; a few minutes are never said to be none. */
const freeHours = (day: FreeDay): string => hoursText(day.free_minutes && Math.max(6, day.free_minutes));

/** Resources by days, each with the hours that can still be had; one cell has the focus, pressing opens its day. */
export function Month({ rows, zone, onDay, onRow }: { rows: readonly FreeRow[]; zone: string; onDay: (row: FreeRow, on: Day) => void; onRow: (row: FreeRow) => void }) {
  const { t } = useTranslation();
  const [at, stand] = useState({ row: 0, day: 0 });
  const table = useRef<HTMLTableElement>(null);
  const days = rows[0]?.days ?? [];
  const base = today(zone);
  const over = (day: FreeDay) => day.free_minutes === 0 && day.on < base;
  const words = (day: FreeDay) =>
    day.open_minutes === 0 ? t("timeline.closedDay") : over(day) ? t("isPast") : day.free_minutes === 0 ? t("timeline.full", { hours: freeHours(day) }) : t("timeline.freeHours", { hours: freeHours(day) });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], Home: [0, -days.length], End: [0, days.length] }[event.key];
    if (!step) return;
    event.preventDefault();
    const row = Math.max(0, Math.min(rows.length - 1, at.row + (step[0] ?? 0)));
    const day = Math.max(0, Math.min(days.length - 1, at.day + (step[1] ?? 0)));
    stand({ row, day });
    table.current?.tBodies[0]?.rows[row]?.cells[day + 1]?.querySelector("button")?.focus();
  };
  return (
    <div className="scroll">
      <table className="month" aria-label={t("timeline.month")} ref={table}>
        <thead>
          <tr>
            <th scope="col">{t("resource")}</th>
            {days.map((day) => (
              <th key={day.on} scope="col" className={day.on === base ? "today" : ""}>
                <abbr title={dayText(day.on)}>
                  <small>{weekdayOf(day.on)}</small> {Number(day.on.slice(8))}
                </abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={row.id}>
              <th scope="row">
                <button type="button" className="link" title={t("timeline.hourByHour", { name: row.name })} onClick={() => onRow(row)}>
                  {row.name}
                </button>
              </th>
              {row.days.map((day, spot) => (
                <td key={day.on} className={day.open_minutes === 0 ? "closed" : `free-${level(day)}`}>
                  <button
                    type="button"
                    tabIndex={at.row === index && at.day === spot ? 0 : -1}
                    aria-label={`${row.name}, ${dayText(day.on)}: ${words(day)}${day.mine ? `, ${t("timeline.yours")}` : ""}`}
                    onKeyDown={onKeyDown}
                    onFocus={() => stand({ row: index, day: spot })}
                    onClick={() => onDay(row, day.on)}
                  >
                    {day.mine ? "★" : ""}
                    {day.open_minutes === 0 || over(day) ? "–" : freeHours(day)}
                  </button>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
