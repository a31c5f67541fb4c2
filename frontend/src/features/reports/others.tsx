import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { percent } from "../../kernel/money";
import { hoursText, monthText } from "../../kernel/time";

/** Other partners' months as totals; a month of fewer than three bookings is not told. */
export function Others({ months }: { months: readonly Schemas["OtherMonth"][] }) {
  const { t } = useTranslation();
  if (!months.length) return null;
  return (
    <section aria-labelledby="other-partners">
      <h2 id="other-partners">{t("report.others")}</h2>
      <p className="muted">{t("report.othersSay")}</p>
      <div className="scroll" tabIndex={0} role="group" aria-label={t("report.others")}>
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{t("report.partner")}</th>
              <th scope="col">{t("report.month")}</th>
              <th scope="col">{t("report.opened")}</th>
              <th scope="col">{t("report.booked")}</th>
              <th scope="col">{t("report.occupancy")}</th>
            </tr>
          </thead>
          <tbody>
            {months.map((row) => (
              <tr key={`${row.partner.id} ${row.month}`}>
                <th scope="row">{row.partner.name}</th>
                <td>{monthText(row.month)}</td>
                <td>{row.opened_minutes === null ? "–" : hoursText(row.opened_minutes)}</td>
                <td>{row.booked_minutes === null ? "–" : hoursText(row.booked_minutes)}</td>
                <td>{row.opened_minutes === null || row.booked_minutes === null ? "–" : percent(row.booked_minutes, row.opened_minutes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
