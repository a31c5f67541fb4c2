import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { percent } from "../../kernel/money";
import { Button, Empty } from "../../ui/basics";

const MOST = 6;

interface DemandProps {
  found: Schemas["DemandShape"];
  href: string;
  /** Shows it on the map of the week; nothing where that shows it already. */
  map?: (() => void) | undefined;
}

/** What people wanted in vain: what, of which kind and why, each out of all that is told. */
export function Demand({ found, href, map }: DemandProps) {
  const { t } = useTranslation();
  const lists = { resources: found.resources, kinds: found.kinds, reasons: found.reasons };
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
                        <span>{row.name}</span>
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
