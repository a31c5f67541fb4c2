import type { TFunction } from "i18next";
import type { Schemas } from "../api/client";

/** "Carta visa ·· 4242" */
export function methodName(one: Schemas["SavedMethod"], t: TFunction): string {
  return `${t(one.kind === "sepa_debit" ? "saved.debit" : "saved.card")} ${one.brand ? `${one.brand} ` : ""}·· ${one.last4}`;
}
