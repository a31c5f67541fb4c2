import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { money } from "../kernel/money";

/** What a change costs besides what was paid, promised or owed before, or gives back, in a few words. */
export function useBesides(): (quote: Pick<Schemas["Quote"], "price_difference" | "back">) => string {
  const { t } = useTranslation();
  return ({ price_difference: besides, back }) => {
    if (besides.cents > 0) return t("changing.costsMore", { amount: money(besides) });
    if (back.cents > 0) return t("changing.comesBack", { amount: money(back) });
    return besides.cents < 0 ? t("changing.owesLess", { amount: money({ ...besides, cents: -besides.cents }) }) : t("changing.sameMoney");
  };
}
