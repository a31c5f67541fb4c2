import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

const SIGNS = { green: "✓", amber: "!", red: "✕" } as const;

/** Green, amber or red, said in words and by a sign, with every reason and what mends it. */
export function Light({ light, who, reasons, checkedIn, children }: { light: keyof typeof SIGNS; who?: string | undefined; reasons: readonly Schemas["Reason"][]; checkedIn: boolean; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <section className={`light ${light}`} role="status" aria-live="assertive">
      <b aria-hidden="true">{SIGNS[light]}</b>
      <div>
        <h2>{t(checkedIn ? "arrivals.in" : light === "amber" ? "arrivals.wait" : "arrivals.no")}</h2>
        {who ? <p>{who}</p> : null}
        <ul>
          {reasons.map((reason) => (
            <li key={reason.code + reason.detail}>
              {reason.detail} {t(`fixable.${reason.fixable_by}`)}
            </li>
          ))}
        </ul>
        {children}
      </div>
    </section>
  );
}
