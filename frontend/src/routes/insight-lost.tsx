import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { cutTo } from "../features/insight/cut-to";
import { CUTS } from "../features/insight/figure-cells";
import { Pages } from "../features/insight/pages";
import { daysOf, type View } from "../features/insight/view";
import { daysText, hoursText, instantText, weekdayText } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";

interface Asked extends View {
  weekday?: number;
  hour?: number;
  key?: string;
  name?: string;
  page?: string | undefined;
}

/** What hours were lost to: the maintenance, or what was out of order, with the hours of each. */
export default function InsightLost() {
  const { t } = useTranslation();
  const asked = useSearch({ strict: false }) as Asked;
  const go = useNavigate();
  const measure = asked.measure === "outage" ? "outage" : "maintenance";
  const by = CUTS.find((name) => name === asked.by);
  const within = cutTo(daysOf(asked), by, asked.key ?? "");
  const query = api.useQuery("get", "/api/v1/reports/lost", {
    params: {
      query: {
        measure,
        ...(asked.venue ? { venue_id: asked.venue } : {}),
        ...(asked.kind ? { kind: [asked.kind as "desk"] } : {}),
        ...(asked.weekday ? { weekday: asked.weekday } : {}),
        ...(asked.hour === undefined ? {} : { hour: asked.hour }),
        ...within,
        ...(asked.page ? { cursor: asked.page } : {}),
      },
    },
  });
  const found = query.data;
  const turn = (page: string | undefined) => void go({ to: "/insight/lost", search: { ...asked, page } as never });
  const of = [
    daysText(within.on_from, within.on_to),
    by ? t(`insight.cut.${by}`) : "",
    asked.name,
    [asked.weekday ? weekdayText(asked.weekday) : "", asked.hour === undefined ? "" : `${String(asked.hour).padStart(2, "0")}:00`].filter(Boolean).join(" "),
  ];
  return (
    <>
      <Title>{t(`insight.lost.${measure}`)}</Title>
      <p>
        <Link to="/insight" search={{ venue: asked.venue, kind: asked.kind, from: asked.from, to: asked.to, by, measure } as never}>
          ← {t("insight.title")}
        </Link>
      </p>
      <p className="muted">{of.filter(Boolean).join(" · ")}</p>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {found && found.count === 0 ? <Empty>{t("insight.lost.nothing")}</Empty> : null}
      {found && found.count > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t(`insight.lost.${measure}`)}>
          <table className="data wrapped">
            <caption>{t("insight.lost.all", { count: found.count, hours: hoursText(found.minutes), shown: found.data.length })}</caption>
            <thead>
              <tr>
                <th scope="col">{t("resource")}</th>
                <th scope="col">{t("insight.lost.from")}</th>
                <th scope="col">{t("insight.lost.until")}</th>
                <th scope="col" className="words">{t("insight.lost.why")}</th>
                <th scope="col">{t("insight.lost.hours")}</th>
              </tr>
            </thead>
            <tbody>
              {found.data.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <Link to="/resources/$id" params={{ id: row.resource.id }}>
                      {row.resource.name}
                    </Link>
                  </th>
                  <td>{instantText(row.from_at, row.time_zone)}</td>
                  <td>{row.until_at ? instantText(row.until_at, row.time_zone) : t("insight.lost.open")}</td>
                  <td className="words">{row.reason || "–"}</td>
                  <td>{hoursText(row.minutes)} h</td>
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
