import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dateText } from "../../kernel/time";
import { Changes, RewritePaper } from "../../ui/rewrite-paper";

type Paper = Schemas["Preliminary"];

/** One's own quotations and pro-formas that are open, and those whose time is over with nothing in their place. */
export function Papers() {
  const { t } = useTranslation();
  const open = api.useQuery("get", "/api/v1/preliminaries", { params: { query: { own: true, state: "open" } } });
  const over = api.useQuery("get", "/api/v1/preliminaries", { params: { query: { own: true, state: "expired" } } });
  const [now, past] = [open.data?.data ?? [], (over.data?.data ?? []).filter((paper) => !paper.rewritten_as)];
  if (now.length === 0 && past.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="papers">
      <h2 id="papers">{t("prelim.mine")}</h2>
      <ul className="rows">
        {[...now, ...past].map((paper) => (
          <Row key={paper.id} paper={paper} />
        ))}
      </ul>
    </section>
  );
}

function Row({ paper }: { paper: Paper }) {
  const { t } = useTranslation();
  const over = paper.state === "expired";
  const until = paper.valid_until ? t(over ? "prelim.expiredOn" : "prelim.validTo", { day: dateText(paper.valid_until) }) : "";
  return (
    <li>
      <a href={paper.href}>
        {t(`paper.${paper.kind}`)} {paper.number}
      </a>
      <strong>{money(paper.gross)}</strong>
      <span>{[paper.issuer.name, until].filter(Boolean).join(" · ")}</span>
      {paper.basket && paper.basket.cents !== paper.gross.cents ? <span className="muted">{t("prelim.whole", { amount: money(paper.basket) })}</span> : null}
      {paper.booking_ids[0] ? (
        <Link to="/bookings/$id" params={{ id: paper.booking_ids[0] }}>
          {t("prelim.booking")}
        </Link>
      ) : null}
      <Changes paper={paper} />
      {over ? paper.actions["rewrite"] ? <RewritePaper paper={paper} /> : <small className="hint">{t("prelim.askAnew", { issuer: paper.issuer.name })}</small> : null}
    </li>
  );
}
