import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { percent } from "../../kernel/money";
import { Button, Empty } from "../../ui/basics";
import type { View } from "./view";

const MOST = 6;

interface DemandProps {
  found: Schemas["DemandShape"];
  href: string;
  /** What is looked at: of one reason alone, where it says so. */
  view: View;
  /** Shows it on the map of the week; nothing where that shows it already. */
  map?: (() => void) | undefined;
}

/** What people wanted in vain: what, of which kind and why, each out of all that is told. There are no bookings behind it:
 * a thing leads to its week, a kind to what of it is free, a reason to what was wanted and not had for it. */
export function Demand({ found, href, view, map }: DemandProps) {
  const { t } = useTranslation();
  const lists = { resources: found.resources, kinds: found.kinds, reasons: found.reasons };
  const leads = (by: keyof typeof lists, { key, name }: Schemas["Counted"]) => {
    if (by === "resources")
      return (
        <Link to="/resources/$id" params={{ id: key }}>
          {name}
        </Link>
      );
    if (by === "kinds")
      return (
        <Link to="/" search={{ kind: key, venue: view.venue } as never}>
          {name}
        </Link>
      );
    return (
      <Link to="/insight" search={{ ...view, saved: undefined, reason: key } as never} resetScroll={false}>
        {name}
      </Link>
    );
  };
  const why = view.reason ? (found.reasons.find((one) => one.key === view.reason)?.name ?? view.reason) : undefined;
  return (
    <section className="sight" aria-labelledby="demand-title">
      <header>
        <h2 id="demand-title">{t("insight.unmet")}</h2>
        <span className="exports">
          {["csv", "xlsx"].map((form) => (
            <a key={form} href={`${href}&output=${form}`} aria-label={`${t("insight.unmet")}: ${form.toUpperCase()}`}>
              {form.toUpperCase()}
            </a>
          ))}
        </span>
      </header>
      <p>{t("insight.unmetSay", { fewest: found.fewest })}</p>
      {why ? (
        <p className="toolbar">
          {t("insight.onlyOne", { name: why.replace(/\.$/, "") })}
          <Link to="/insight" search={{ ...view, saved: undefined, reason: undefined } as never} resetScroll={false}>
            {t("insight.allOfIt")}
          </Link>
        </p>
      ) : null}
      {found.total === 0 ? <Empty>{t("insight.noUnmet", { fewest: found.fewest })}</Empty> : null}
      {found.total > 0 ? (
        <>
          <p className="toolbar">
            <strong>{`${t("total")}: ${found.total}`}</strong>
            {map ? <Button onClick={map}>{t("insight.week")}</Button> : null}
          </p>
          <div className="three">
            {(["resources", "kinds", "reasons"] as const).map((by) =>
              lists[by].length === 0 ? null : (
                <div key={by}>
                  <h3>{t(`insight.unmetBy.${by}`)}</h3>
                  <ol className="ranked">
                    {lists[by].slice(0, MOST).map((row) => (
                      <li key={row.key}>
                        <span>{leads(by, row)}</span>
                        <span className="muted">{t("insight.outOf", { n: row.count, of: found.total })}</span>
                        <meter min={0} max={found.total} value={row.count} aria-label={`${row.name}: ${percent(row.count, found.total)}`} />
                      </li>
                    ))}
                  </ol>
                </div>
              ),
            )}
          </div>
        </>
      ) : null}
    </section>
  );
}
