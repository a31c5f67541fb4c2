import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { PartnersTable } from "./settlement-table";

/** A month as it is and as it would be: what changes for each partner, then both side by side. */
export function Compared({ told }: { told: Schemas["WhatIf"] }) {
  const { t } = useTranslation();
  return (
    <>
      <section aria-labelledby="difference">
        <h2 id="difference">{t("cons.difference")}</h2>
        <div className="scroll" tabIndex={0} role="group" aria-label={t("cons.difference")}>
          <table className="data">
            <thead>
              <tr>
                <th scope="col">{t("report.partner")}</th>
                <th scope="col">{t("cons.asIs")}</th>
                <th scope="col">{t("cons.asWould")}</th>
                <th scope="col">{t("cons.difference")}</th>
              </tr>
            </thead>
            <tbody>
              {told.now.partners.map((partner) => {
                const then = told.then.partners.find((one) => one.id === partner.id);
                const moved = told.differences.find((one) => one.partner_id === partner.id);
                return (
                  <tr key={partner.id}>
                    <th scope="row">{partner.name}</th>
                    <td>{money(partner.takings)}</td>
                    <td>{then ? money(then.takings) : "–"}</td>
                    <td>
                      <strong>{moved ? money(moved.takings) : "–"}</strong>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
      <div className="side-by-side">
        <section>
          <h2>{t("cons.asIs")}</h2>
          <PartnersTable figures={told.now} label={t("cons.asIs")} />
        </section>
        <section>
          <h2>{t("cons.asWould")}</h2>
          <PartnersTable figures={told.then} label={t("cons.asWould")} />
        </section>
      </div>
    </>
  );
}
