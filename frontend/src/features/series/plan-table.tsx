import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText, hours } from "../../kernel/time";

type Plan = Schemas["SeriesPlan"];
type Choice = boolean | string;

/** Every date of a plan: what the judge says, what it costs, and what else could be had that day. */
export function PlanTable({ plan, busy, onChoose }: { plan: Plan; busy: boolean; onChoose: (on: string, choice: Choice) => void }) {
  const { t } = useTranslation();
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={t("series.dates")}>
      <table className="data">
        <thead>
          <tr>
            <th scope="col">{t("series.dates")}</th>
            <th scope="col">{t("from")}</th>
            <th scope="col" className="words">
              {t("series.verdict")}
            </th>
            <th scope="col">{t("price")}</th>
          </tr>
        </thead>
        <tbody aria-busy={busy}>
          {plan.dates.map((row) => (
            <tr key={row.on} className={row.chosen ? "" : "muted"}>
              <th scope="row">
                <label className="check">
                  <input
                    type="checkbox"
                    checked={row.chosen}
                    disabled={row.verdict !== "free" && row.verdict !== "skipped"}
                    aria-label={t("series.choose", { day: dayText(row.on) })}
                    onChange={(e) => onChoose(row.on, e.target.checked)}
                  />{" "}
                  {dayText(row.on)}
                </label>
              </th>
              <td>{row.period ? hours(row.period, plan.time_zone) : "–"}</td>
              <td className="words">
                {t(`series.${row.verdict}`)}
                {row.moved ? ` · ${t("series.moved")}` : ""}
                {row.shorter_by_clock_change ? ` · ${t("series.shorter")}` : ""}
                {row.reasons.map((reason) => (
                  <small key={reason.code + reason.detail}>
                    {reason.detail}
                  </small>
                ))}
                {row.alternatives.length > 0 ? (
                  <select aria-label={`${t("series.other")}, ${dayText(row.on)}`} value="" onChange={(e) => e.target.value && onChoose(row.on, e.target.value)}>
                    <option value="">{t("series.other")}</option>
                    {row.alternatives.map((other) => (
                      <option key={other.id} value={other.id}>
                        {hours(other.period, plan.time_zone)}
                      </option>
                    ))}
                  </select>
                ) : null}
              </td>
              <td>{row.price ? money(row.price) : "–"}</td>
            </tr>
          ))}
          <tr className="total">
            <th scope="row" colSpan={3}>
              {t("series.totals", { count: plan.totals.chosen })}
            </th>
            <td>{money(plan.totals.price)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
