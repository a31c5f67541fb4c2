import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dateText, dayText } from "../../kernel/time";
import { Button } from "../../ui/basics";
import { unitsText } from "../../ui/units";

/** The plans on sale: what a period costs and includes, and what one that begins today would. */
export function Plans({ plans, chosen, onChoose }: { plans: readonly Schemas["Plan"][]; chosen?: string | undefined; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const sold = plans.filter((plan) => plan.on_sale);
  if (sold.length === 0) return null;
  return (
    <section aria-labelledby="plans">
      <h2 id="plans">{t("plans.title")}</h2>
      <p className="muted">{t("plans.what")}</p>
      <ul className="rows">
        {sold.map((plan) => (
          <li key={plan.id}>
            <span>
              <strong>{plan.name}</strong> <span className="muted">{plan.venue.name}</span>
              <br />
              <span className="muted">
                {[
                  ...plan.included.map((one) => `${unitsText(one.unit, one.amount, t)} ${one.kinds.map((kind) => t(`kind.${kind}` as "kind.desk")).join(", ")}`.trim()),
                  ...(plan.group ? [t("plans.pricesOf", { group: plan.group.name })] : []),
                ].join(" · ")}
              </span>
            </span>
            <strong>{t(`plans.every.${plan.every}`, { price: money(plan.price) })}</strong>
            <span className="muted">
              {plan.instalments > 1
                ? t("plans.inParts", { n: plan.instalments, price: money(plan.first_instalment), day: dateText(plan.first_until) })
                : t("plans.first", { price: money(plan.first_price), day: dayText(plan.first_until) })}
            </span>
            <Button tone={chosen === plan.id ? "main" : "plain"} aria-pressed={chosen === plan.id} onClick={() => onChoose(plan.id)}>
              {t("passes.choose")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
