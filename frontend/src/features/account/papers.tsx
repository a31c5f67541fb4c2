import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { money } from "../../kernel/money";
import { dateText } from "../../kernel/time";

/** One's own quotations and pro-formas that are still open; nothing where there are none. */
export function Papers() {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/preliminaries", { params: { query: { own: true, state: "open" } } });
  if (!query.data || query.data.data.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="papers">
      <h2 id="papers">{t("prelim.mine")}</h2>
      <ul className="rows">
        {query.data.data.map((paper) => (
          <li key={paper.id}>
            <a href={paper.href}>
              {t(`paper.${paper.kind}`)} {paper.number}
            </a>
            <strong>{money(paper.gross)}</strong>
            <span>
              {paper.issuer.name}
              {paper.valid_until ? ` · ${t("prelim.validTo", { day: dateText(paper.valid_until) })}` : ""}
            </span>
            {paper.basket && paper.basket.cents !== paper.gross.cents ? <span className="muted">{t("prelim.whole", { amount: money(paper.basket) })}</span> : null}
            {paper.booking_ids[0] ? (
              <Link to="/bookings/$id" params={{ id: paper.booking_ids[0] }}>
                {t("prelim.booking")}
              </Link>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
