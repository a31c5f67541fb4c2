import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { percent } from "../../kernel/money";
import { hoursText, weekdayText } from "../../kernel/time";

/** Hour × weekday: a table whose cells carry their numbers, coloured by how much of what was open is booked. */
export function HeatMap({ cells, measure }: { cells: readonly Schemas["HeatCell"][]; measure: "booked_minutes" | "attended_minutes" | "opened_minutes" }) {
  const { t } = useTranslation();
  const hours = [...new Set(cells.map((c) => c.hour))].sort((a, b) => a - b);
  const most = Math.max(1, ...cells.map((c) => c.opened_minutes));
  const find = (weekday: number, hour: number) => cells.find((c) => c.weekday === weekday && c.hour === hour);
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={t("report.heat")}>
      <table className="heat">
        <caption className="visually-hidden">{t("report.heat")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("report.hour")}</th>
            {[1, 2, 3, 4, 5, 6, 7].map((day) => (
              <th scope="col" key={day}>
                {weekdayText(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hours.map((hour) => (
            <tr key={hour}>
              <th scope="row">{String(hour).padStart(2, "0")}</th>
              {[1, 2, 3, 4, 5, 6, 7].map((day) => {
                const cell = find(day, hour);
                if (!cell || cell.opened_minutes === 0) return (
                  <td key={day} className="closed">
                    –
                  </td>
                );
                const whole = measure === "opened_minutes" ? most : cell.opened_minutes;
                const level = Math.min(5, Math.ceil((cell[measure] / whole) * 5));
                const text = `${hoursText(cell[measure])} / ${hoursText(cell.opened_minutes)} h`;
                return (
                  <td key={day} className={`level-${level}`} title={text}>
                    {measure === "opened_minutes" ? hoursText(cell.opened_minutes) : percent(cell[measure], cell.opened_minutes)}
                    <span className="visually-hidden"> {text}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
