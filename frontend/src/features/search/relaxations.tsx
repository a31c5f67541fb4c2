import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { periodText } from "../../kernel/time";
import { Button, Empty } from "../../ui/basics";

interface Props {
  found: readonly Schemas["Relaxation"][];
  letGo: (filter: Schemas["Relaxation"]["filter"]) => void;
  clear: () => void;
}

/** Nothing fits: each filter that alone stands in the way, and what letting it go would give. */
export function Relaxations({ found, letGo, clear }: Props) {
  const { t } = useTranslation();
  return (
    <section className="panel">
      <h2>{t("search.none")}</h2>
      {found.length === 0 ? <Empty>{t("search.nothing")}</Empty> : null}
      <ul className="loosen">
        {found.map((one) => (
          <li key={one.filter}>
            <Button tone="main" onClick={() => letGo(one.filter)}>
              {t("search.without")}: {t(`search.filter.${one.filter}`)}
            </Button>
            <span>
              {t("search.places", { count: one.resources })},{" "}
              {t("search.first", {
                what: `${one.resource.name}, ${periodText(one.offer.period, one.time_zone, { today: t("today"), tomorrow: t("tomorrow") })} · ${money(one.offer.price)}`,
              })}
            </span>
          </li>
        ))}
      </ul>
      <Button onClick={clear}>{t("search.clear")}</Button>
    </section>
  );
}
