import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { money } from "../../kernel/money";

/** What one has left with whom of what was paid beyond what was owed, one's own and of the bodies one may act for. */
export function MyCredits({ person }: { person: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/own-credits");
  const found = query.data?.data ?? [];
  if (found.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="credits">
      <h2 id="credits">{t("credit.mine")}</h2>
      <ul className="rows">
        {found.map((one) => (
          <li key={one.issuer.id + one.holder.id}>
            <span>{one.holder.id === person ? one.issuer.name : `${one.issuer.name} · ${one.holder.name}`}</span>
            <strong>{money(one.left)}</strong>
          </li>
        ))}
      </ul>
      <p className="muted small">{t("credit.hint")}</p>
    </section>
  );
}
