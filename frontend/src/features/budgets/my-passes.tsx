import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { dayAt, dayText } from "../../kernel/time";
import { Failure } from "../../ui/basics";
import { unitsText } from "../../ui/units";

/** One's passes, each with what is left of it and until when. */
export function MyPasses({ zoneOf }: { zoneOf: (venue: string) => string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/passes", { params: { query: { limit: 50 } } });
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return null;
  return (
    <section aria-labelledby="passes">
      <h2 id="passes">{t("passes.mine")}</h2>
      <ul className="rows">
        {query.data.data.map((pass) => (
          <li key={pass.id}>
            <span>
              <strong>{pass.name}</strong> <span className="muted">{pass.venue.name}</span>
            </span>
            <span>{t("passes.left", { left: unitsText(pass.unit, pass.left, t), given: unitsText(pass.unit, pass.given, t) })}</span>
            <meter value={pass.left} max={Math.max(pass.given, pass.left)} aria-label={pass.name} />
            <span className="muted">{t(pass.expired ? "passes.expired" : "passes.until", { day: dayText(dayAt(Date.parse(pass.until) - 1, zoneOf(pass.venue.id))) })}</span>
          </li>
        ))}
      </ul>
      <p>
        <Link to="/passes">{t("passes.buy")}</Link>
      </p>
    </section>
  );
}
