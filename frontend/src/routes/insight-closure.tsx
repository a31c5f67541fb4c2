import "../features/insight/insight.css";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { level } from "../features/insight/charts";
import { Panel } from "../features/insight/panel";
import { useReportedVenues } from "../features/insight/view";
import { money } from "../kernel/money";
import { addDays, dayText, hoursText, monday, today, weekdayText } from "../kernel/time";
import { Button, Failure, Field, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import { KINDS } from "../ui/kinds";

interface Asked {
  venue?: string | undefined;
  kind?: string | undefined;
  resource?: string | undefined;
  from?: string;
  to?: string;
}

const SIDE = { width: 92, height: 62, left: 8, top: 22 };

/** What closing some days would cost, before it is decided. */
export default function InsightClosure() {
  const { t } = useTranslation();
  const venues = useReportedVenues();
  const asked = useSearch({ strict: false }) as Asked;
  const go = useNavigate();
  const base = today("Europe/Rome");
  const from = asked.from ?? addDays(monday(base), 7);
  const to = asked.to ?? addDays(from, 14);
  const set = (change: Asked) => void go({ to: "/insight/closure", search: { ...asked, ...change } as never, replace: true });
  const narrowed = { ...(asked.venue ? { venue_id: asked.venue } : {}), ...(asked.kind ? { kind: [asked.kind as "desk"] } : {}), ...(asked.resource ? { resource_id: [asked.resource] } : {}) };
  const only = api.useQuery("get", "/api/v1/resources/{resource_id}", { params: { path: { resource_id: asked.resource ?? "" } } }, { enabled: Boolean(asked.resource) });
  const query = api.useQuery("get", "/api/v1/reports/closure", { params: { query: { on_from: from, on_to: to, ...narrowed } } }, { placeholderData: (before) => before, enabled: from < to });
  const found = query.data;
  const href = `/api/v1/reports/closure?${new URLSearchParams({ on_from: from, on_to: to, ...(asked.venue ? { venue_id: asked.venue } : {}), ...(asked.kind ? { kind: asked.kind } : {}), ...(asked.resource ? { resource_id: asked.resource } : {}) }).toString()}`;
  const most = Math.max(1, ...(found?.each_day ?? []).map((day) => day.booked_minutes + day.likely_minutes));
  const start = monday(from);
  const place = (day: string) => {
    const n = found?.each_day.findIndex((d) => d.on === day) ?? 0;
    const shift = [0, 1, 2, 3, 4, 5, 6].findIndex((k) => addDays(start, k) === from);
    return { x: SIDE.left + ((n + shift) % 7) * SIDE.width, y: SIDE.top + Math.floor((n + shift) / 7) * SIDE.height };
  };
  const weeks = found ? Math.ceil((found.each_day.length + [0, 1, 2, 3, 4, 5, 6].findIndex((k) => addDays(start, k) === from)) / 7) : 1;
  return (
    <div className="insight">
      <Title>{t("insight.closure")}</Title>
      <p>
        <Link to="/insight">← {t("insight.title")}</Link>
      </p>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={asked.venue ?? ""} among={venues} none={t("insight.allVenues")} onChange={(id) => set({ venue: id || undefined, resource: undefined })} />
        <Field label={t("insight.kind")}>
          {(id) => (
            <select id={id} value={asked.kind ?? ""} onChange={(e) => set({ kind: e.target.value || undefined, resource: undefined })}>
              <option value="">{t("insight.allKinds")}</option>
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`kind.${kind}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("fromDay")}>{(id) => <input id={id} type="date" value={from} onChange={(e) => e.target.value && set({ from: e.target.value })} />}</Field>
        <Field label={t("toDay")} error={from < to ? undefined : t("insight.noDays")}>
          {(id, described) => <input id={id} type="date" value={to} aria-describedby={described} onChange={(e) => e.target.value && set({ to: e.target.value })} />}
        </Field>
      </div>
      {asked.resource && only.data ? (
        <p>
          {t("insight.onlyOne", { name: only.data.name })} <Button onClick={() => set({ resource: undefined })}>{t("insight.allOfIt")}</Button>
        </p>
      ) : null}
      {query.isPending && from < to ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {found ? (
        <>
          <ul className="tiles">
            <li>
              <span className="name">{t("insight.standing")}</span>
              <Link className="value" to="/insight/bookings" search={{ venue: asked.venue, kind: asked.kind, ...(asked.resource ? { by: "resource", key: asked.resource } : {}), from, to, figure: "standing", during: true } as never} aria-label={`${t("insight.standing")}: ${found.bookings}`}>
                {found.bookings}
              </Link>
              <small>{found.requests > 0 ? t("insight.andRequests", { count: found.requests }) : t("insight.standingSay")}</small>
            </li>
            <li>
              <span className="name">{t("report.booked")}</span>
              <span className="value">{hoursText(found.booked_minutes)} h</span>
            </li>
            <li>
              <span className="name">{t("insight.paid")}</span>
              <span className="value">{money(found.paid)}</span>
              <small>{t("insight.paidSay")}</small>
            </li>
            <li>
              <span className="name">{t("insight.likely")}</span>
              <span className="value">{hoursText(found.likely_minutes)} h</span>
              <small>{found.likely && found.an_hour ? t("insight.likelySay", { euro: money(found.likely), hour: money(found.an_hour) }) : t("insight.noRhythm")}</small>
            </li>
          </ul>
          <Panel
            id="closure"
            title={t("insight.closureDays")}
            says={t("insight.closureSay")}
            href={href}
            wide
            sheet={{
              head: [t("insight.day"), t("report.bookings"), t("insight.requests"), t("report.booked"), t("insight.paid"), t("insight.lastYear"), t("insight.likely")],
              rows: found.each_day.map((day) => [dayText(day.on), String(day.bookings), String(day.requests), `${hoursText(day.booked_minutes)} h`, money(day.paid), `${hoursText(day.last_year_minutes)} h`, `${hoursText(day.likely_minutes)} h`]),
            }}
          >
            <svg viewBox={`0 0 ${SIDE.left + 7 * SIDE.width} ${SIDE.top + weeks * SIDE.height + 4}`} role="img" aria-label={t("insight.closureDays")}>
              {[1, 2, 3, 4, 5, 6, 7].map((day) => (
                <text key={day} x={SIDE.left + (day - 1) * SIDE.width + 6} y={14}>
                  {weekdayText(day)}
                </text>
              ))}
              {found.each_day.map((day) => {
                const { x, y } = place(day.on);
                const full = day.opened_minutes > 0 ? level(day.booked_minutes + day.likely_minutes, most) : 0;
                return (
                  <g key={day.on}>
                    <rect x={x + 2} y={y + 2} width={SIDE.width - 4} height={SIDE.height - 4} rx={8} className={day.opened_minutes > 0 ? `c${full}` : "shut"} />
                    <text x={x + 10} y={y + 20} className={full >= 4 ? "onfull" : "oncell"}>
                      {day.on.slice(8)}
                    </text>
                    <text x={x + 10} y={y + 36} className={full >= 4 ? "onfull" : "oncell"}>
                      {day.opened_minutes > 0 ? t("insight.dayCost", { n: day.bookings, h: hoursText(day.booked_minutes) }) : t("closed")}
                    </text>
                    <text x={x + 10} y={y + 51} className={full >= 4 ? "onfull" : "oncell"}>
                      {day.likely_minutes > 0 ? `+ ${hoursText(day.likely_minutes)} h` : ""}
                    </text>
                  </g>
                );
              })}
            </svg>
          </Panel>
          {found.resources.length > 0 ? (
            <div className="scroll" tabIndex={0} role="group" aria-label={t("report.byResource")}>
              <table className="data">
                <caption>{t("report.byResource")}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t("resource")}</th>
                    <th scope="col">{t("report.bookings")}</th>
                    <th scope="col">{t("report.booked")}</th>
                    <th scope="col">{t("insight.paid")}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.resources.map((row) => (
                    <tr key={row.id}>
                      <th scope="row">{row.name}</th>
                      <td>
                        <Link to="/insight/bookings" search={{ by: "resource", key: row.id, name: row.name, from, to, figure: "standing", during: true } as never} aria-label={`${t("report.bookings")}, ${row.name}: ${row.bookings}`}>
                          {row.bookings}
                        </Link>
                      </td>
                      <td>{hoursText(row.booked_minutes)}</td>
                      <td>{money(row.paid)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : null}
        </>
      ) : null}
    </div>
  );
}
