import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { CUTS } from "../features/insight/figure-cells";
import { Pages } from "../features/insight/pages";
import { daysOf, type View } from "../features/insight/view";
import { money } from "../kernel/money";
import { dayText } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";

interface Asked extends View {
  key?: string;
  name?: string;
  page?: string | undefined;
  what?: "fees" | undefined;
}

/** What a revenue is made of, one entry after the other, each with its document. */
export default function InsightTakings() {
  const { t } = useTranslation();
  const asked = useSearch({ strict: false }) as Asked;
  const go = useNavigate();
  const days = daysOf(asked);
  const by = CUTS.find((name) => name === asked.by);
  const query = api.useQuery("get", "/api/v1/reports/takings", {
    params: {
      query: {
        on_from: days.from,
        on_to: days.to,
        ...(asked.what === "fees" ? { what: "fees" as const } : {}),
        ...(by ? { by, key: asked.key ?? "" } : {}),
        ...(asked.venue ? { venue_id: asked.venue } : {}),
        ...(asked.kind ? { kind: [asked.kind as "desk"] } : {}),
        ...(asked.page ? { cursor: asked.page } : {}),
      },
    },
  });
  const found = query.data;
  const turn = (page: string | undefined) => void go({ to: "/insight/takings", search: { ...asked, page } as never });
  return (
    <>
      <Title>{t("insight.takings")}</Title>
      <p>
        <Link to="/insight" search={{ venue: asked.venue, kind: asked.kind, from: asked.from, to: asked.to, by: asked.by } as never}>
          ← {t("insight.title")}
        </Link>
      </p>
      <p className="muted">{[asked.what === "fees" ? t("insight.fees") : "", by ? t(`insight.cut.${by}`) : "", asked.name, `${dayText(days.from)} – ${dayText(days.to)}`].filter(Boolean).join(" · ")}</p>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {found && found.count === 0 ? <Empty>{t("insight.noTakings")}</Empty> : null}
      {found && found.count > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("insight.takings")}>
          <table className="data wrapped">
            <caption>{t("insight.entries", { n: found.count, shown: found.data.length, net: money(found.net) })}{found.part ? ` · ${t("insight.partOf", { part: money(found.part) })}` : ""}</caption>
            <thead>
              <tr>
                <th scope="col">{t("doc.date")}</th>
                <th scope="col">{t("cons.booking")}</th>
                <th scope="col">{t("cons.document")}</th>
                <th scope="col" className="words">{t("doc.customer")}</th>
                <th scope="col">{t("net")}</th>
              </tr>
            </thead>
            <tbody>
              {found.data.map((row) => (
                <tr key={row.id}>
                  <th scope="row">{dayText(row.on)}</th>
                  <td>{row.booking ?? "–"}</td>
                  <td>{row.document ? <a href={`/api/v1/documents/${row.document.id}/files/pdf`}>{row.document.name}</a> : "–"}</td>
                  <td className="words">{row.customer ?? "–"}</td>
                  <td>{money(row.net)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <Pages page={asked.page} next={found?.next_cursor} onTurn={turn} />
    </>
  );
}
