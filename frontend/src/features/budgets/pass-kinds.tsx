import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { Button, Empty } from "../../ui/basics";
import { unitsText } from "../../ui/units";

/** The kinds of pass on sale, each with what it holds, where it counts, and its price. */
export function PassKinds({ kinds, chosen, onChoose }: { kinds: readonly Schemas["PassKind"][]; chosen?: string | undefined; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const sold = kinds.filter((kind) => kind.on_sale);
  if (sold.length === 0) return <Empty>{t("passes.none")}</Empty>;
  return (
    <ul className="rows">
      {sold.map((kind) => (
        <li key={kind.id}>
          <span>
            <strong>{kind.name}</strong> <span className="muted">{kind.venue.name}</span>
            <br />
            <span className="muted">
              {kind.resources.length > 0
                ? kind.resources.map((resource) => resource.name).join(", ")
                : kind.kinds.length > 0
                  ? kind.kinds.map((name) => t(`kind.${name}` as "kind.desk")).join(", ")
                  : t("passes.everything")}
            </span>
          </span>
          <span>{t("passes.holds", { amount: unitsText(kind.unit, kind.amount, t), days: kind.valid_days })}</span>
          <strong>{money(kind.price)}</strong>
          <Button tone={chosen === kind.id ? "main" : "plain"} aria-pressed={chosen === kind.id} onClick={() => onChoose(kind.id)}>
            {t("passes.choose")}
          </Button>
        </li>
      ))}
    </ul>
  );
}
