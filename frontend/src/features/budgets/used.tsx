import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { instantText } from "../../kernel/time";
import { Empty } from "../../ui/basics";
import { unitsText } from "../../ui/units";

/** Who used what of a programme, with hours, list value and what came of it. */
export function Used({ report, zone }: { report: Schemas["ProgrammeReport"]; zone: string }) {
  const { t } = useTranslation();
  if (report.rows.length === 0) return <Empty>{t("programmes.unused")}</Empty>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t("programmes.report")}>
      <table className="data">
        <caption>{report.programme.hides_names ? t("programmes.noNames") : t("programmes.report")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("programmes.who")}</th>
            <th scope="col">{t("resource")}</th>
            <th scope="col">{t("programmes.when")}</th>
            <th scope="col">{t("programmes.hours")}</th>
            <th scope="col">{t("programmes.value")}</th>
            <th scope="col">{t("programmes.paid")}</th>
            <th scope="col">{t("programmes.outcome")}</th>
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => (
            <tr key={row.start + row.what + row.who}>
              <th scope="row">{row.who}</th>
              <td>{row.what}</td>
              <td>{instantText(row.start, zone)}</td>
              <td>{unitsText("minutes", row.minutes, t)}</td>
              <td>{money(row.value)}</td>
              <td>{money(row.paid)}</td>
              <td>{row.outcome}</td>
            </tr>
          ))}
          <tr className="total">
            <th scope="row" colSpan={3}>
              {t("total")}
            </th>
            <td>{unitsText("minutes", report.minutes, t)}</td>
            <td>{money(report.value)}</td>
            <td>{money(report.paid)}</td>
            <td>–</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
