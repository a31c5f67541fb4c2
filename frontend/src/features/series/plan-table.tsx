import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { counted } from "../../kernel/counted";
import { money } from "../../kernel/money";
import { dayAt, dayText, hours } from "../../kernel/time";

type Plan = Schemas["SeriesPlan"];
type Row = Plan["dates"][number];
type Choice = boolean | string;

/** Every date of a plan: what the judge says, what it costs, and what else could be had; of an edit also what becomes of it. */
export function PlanTable({ plan, busy, onChoose }: { plan: Plan; busy: boolean; onChoose: (on: string, choice: Choice) => void }) {
  const { t } = useTranslation();
  const table = useRef<HTMLTableElement>(null);
  const answered = useRef("");
  // The choice goes with the alternative that was taken: its date has the focus then.
  useEffect(() => {
    const taken = plan.dates.find((row) => row.on === answered.current && row.chosen);
    if (taken && document.activeElement === document.body) table.current?.querySelector<HTMLElement>(`[data-on="${taken.on}"]`)?.focus();
  }, [plan]);
  const edits = plan.series_id !== null;
  const fixed = (row: Row) => row.change === "stays" || (row.verdict !== "free" && row.verdict !== "skipped");
  // The day is said only where it is another than the date by which the rule knows it.
  const spoken = (row: Row, period: NonNullable<Row["period"]>) => (dayAt(period.start, plan.time_zone) === row.on ? hours(period, plan.time_zone) : `${dayText(dayAt(period.start, plan.time_zone))}, ${hours(period, plan.time_zone)}`);
  const when = (row: Row) => (
    <>
      {row.was && !(row.period && row.was.start === row.period.start && row.was.end === row.period.end) ? (
        <small>
          <s>{spoken(row, row.was)}</s>
        </small>
      ) : null}
      {row.period ? spoken(row, row.period) : row.was ? "" : "–"}
    </>
  );
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={t("series.dates")}>
      <table className="data plan" ref={table}>
        <thead>
          <tr>
            <th scope="col">{t("series.dates")}</th>
            <th scope="col">{t(edits ? "series.when" : "from")}</th>
            <th scope="col" className="words">
              {t("series.verdict")}
            </th>
            <th scope="col">{t(edits ? "series.difference" : "price")}</th>
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
                    disabled={fixed(row)}
                    data-on={row.on}
                    aria-label={t(`series.choose_${row.change}`, { day: dayText(row.on) })}
                    onChange={(e) => onChoose(row.on, e.target.checked)}
                  />{" "}
                  {dayText(row.on)}
                </label>
              </th>
              <td>{when(row)}</td>
              <td className="words">
                {edits && (row.verdict === "free" || row.change === "stays") ? <strong className={`change ${row.change}`}>{t(`series.change_${row.change}`)}</strong> : t(`series.${row.verdict}`)}
                {row.change === "moves" && !row.chosen ? ` · ${t("series.keeps")}` : ""}
                {row.taken.length > 0 ? `: ${row.taken.map((one) => one.name).join(", ")}` : ""}
                {row.moved ? ` · ${t("series.moved")}` : ""}
                {row.shorter_by_clock_change ? ` · ${t("series.shorter")}` : ""}
                {row.swaps.map(({ was, was_quantity, becomes, quantity }) => (
                  <small key={was.id}>{t("series.swap", { was: counted(was.name, was_quantity), becomes: counted(becomes.name, quantity) })}</small>
                ))}
                {row.reasons.map((reason) => (
                  <small key={reason.code + reason.detail}>
                    {reason.detail} {reason.way_out?.href.startsWith("/bookings/") ? <a href={reason.way_out.href}>{t("series.openDate")}</a> : null}
                  </small>
                ))}
                {row.alternatives.length > 0 ? (
                  <select aria-label={`${t("series.other")}, ${dayText(row.on)}`} value="" onChange={(e) => {
                      answered.current = row.on;
                      if (e.target.value) onChoose(row.on, e.target.value);
                    }}
                  >
                    <option value="">{t("series.other")}</option>
                    {row.alternatives.map((other) => (
                      <option key={other.id} value={other.id}>
                        {hours(other.period, plan.time_zone)}
                      </option>
                    ))}
                  </select>
                ) : null}
              </td>
              <td>{edits ? difference(row) : row.price ? money(row.price) : "–"}</td>
            </tr>
          ))}
          {edits ? (
            <>
              <Total label={t("series.differenceAll")} amount={signed(plan.totals.difference)} />
              {plan.totals.back.cents > 0 ? <Total label={t("series.back")} amount={money(plan.totals.back)} /> : null}
              {plan.totals.to_pay.cents > 0 ? <Total label={t("series.toPay")} amount={money(plan.totals.to_pay)} /> : null}
            </>
          ) : (
            <Total label={t("series.totals", { count: plan.totals.chosen })} amount={money(plan.totals.price)} />
          )}
        </tbody>
      </table>
    </div>
  );
}

function Total({ label, amount }: { label: string; amount: string }) {
  return (
    <tr className="total">
      <th scope="row" colSpan={3}>
        {label}
      </th>
      <td>{amount}</td>
    </tr>
  );
}

const signed = (amount: Schemas["Money"]) => `${amount.cents > 0 ? "+" : ""}${money(amount)}`;

function difference(row: Row): string {
  if (!row.price_difference || !row.chosen || row.change === "stays") return "–";
  return signed(row.price_difference);
}
