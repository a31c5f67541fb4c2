import { useTranslation } from "react-i18next";
import type { Problem } from "../api/client";
import { money, type Money } from "../kernel/money";
import { periodText, type Period } from "../kernel/time";
import { Button, Reasons } from "./basics";

export interface Alternative {
  resource: { id: string; name: string };
  period: Period;
  /** Of a booking of several things all of them, in the order of its own. */
  items: readonly { resource_id: string }[];
  price: Money | null;
}

/** A no, with its reasons, and what is near; `onPick` takes one of those in place. */
export function RefusalNote({ problem, zone, onPick }: { problem: Problem; zone: string; onPick?: (near: Alternative) => void }) {
  const { t } = useTranslation();
  const near = problem.alternatives as unknown as Alternative[];
  const when = (found: Alternative) => periodText(found.period, zone, { today: t("today"), tomorrow: t("tomorrow") });
  return (
    <div className="failure" role="alert">
      <p>{problem.detail}</p>
      <Reasons reasons={problem.reasons} />
      {near.length > 0 ? (
        <>
          <p>{t("near")}</p>
          <ul className={onPick ? "rows" : undefined}>
            {near.map((found) => (
              <li key={found.resource.id + found.period.start}>
                <span>
                  <a href={`/resources/${found.resource.id}`}>{found.resource.name}</a>, {when(found)}
                  {found.price ? ` · ${money(found.price)}` : ""}
                </span>
                {onPick ? (
                  <Button aria-label={`${t("timeline.tryThis")}: ${found.resource.name}, ${when(found)}`} onClick={() => onPick(found)}>
                    {t("timeline.tryThis")}
                  </Button>
                ) : null}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  );
}
