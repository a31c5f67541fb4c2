import "../features/insight/insight.css";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Bars, Lines, Scale, Squares, Year, type Cell } from "../features/insight/charts";
import { daysOf, Filters, type View } from "../features/insight/filters";
import { Forecast } from "../features/insight/forecast";
import { Panel } from "../features/insight/panel";
import { Tiles } from "../features/insight/tiles";
import { Others } from "../features/reports/others";
import { money, percent } from "../kernel/money";
import { addDays, addMonths, dayText, hoursText, monthText, today, weekdayText } from "../kernel/time";
import { Empty, Failure, Field, Loading, Title } from "../ui/basics";

const ZONE = "Europe/Rome";
const WEEK = [1, 2, 3, 4, 5, 6, 7];
const CUTS = ["resource", "kind", "venue", "partner", "plan", "programme", "weekday", "hour", "month"] as const;
type Cut = (typeof CUTS)[number];

/** How the house was used: a week, a year, the rooms, and what people wanted in vain. */
export default function Insight() {
  const asked = useSearch({ strict: false }) as View;
  const saved = api.useQuery("get", "/api/v1/reports/views/{view_id}", { params: { path: { view_id: asked.saved ?? "" } } }, { enabled: Boolean(asked.saved) });
  if (asked.saved && saved.isPending) return <Loading />;
  if (asked.saved && saved.isError) return <Failure error={saved.error} />;
  return <Shown view={asked.saved ? { ...saved.data?.said, saved: asked.saved } : asked} />;
}

function Shown({ view }: { view: View }) {
  const { t, i18n } = useTranslation();
  const go = useNavigate();
  const cache = useQueryClient();
  const days = daysOf(view);
  const cut = (CUTS as readonly string[]).includes(view.by ?? "") ? (view.by as Cut) : "resource";
  const set = (change: View) => void go({ to: "/insight", search: { ...view, saved: undefined, ...change } as never, replace: true });
  const narrowed = { ...(view.venue ? { venue_id: view.venue } : {}), ...(view.kind ? { kind: [view.kind as "desk"] } : {}) };
  const within = { on_from: days.from, on_to: days.to, ...narrowed };
  const other = view.compare ? { compare: view.compare } : {};
  const over = addMonths(today(ZONE), -1).slice(0, 7);
  const long = addDays(days.from, 45) < days.to;
  const year = { on_from: addMonths(days.to, -12), on_to: days.to, ...narrowed };
  const keep = { placeholderData: <T,>(before: T) => before };
  const figures = api.useQuery("get", "/api/v1/reports/figures", { params: { query: { ...within, by: cut, ...other } } }, keep);
  const heat = api.useQuery("get", "/api/v1/reports/heat", { params: { query: within } }, keep);
  const lines = api.useQuery("get", "/api/v1/reports/hours", { params: { query: { ...within, step: long ? "week" : "day", ...other } } }, keep);
  const bars = api.useQuery("get", "/api/v1/reports/hours", { params: { query: { ...within, step: "month", split: "kind" } } }, keep);
  const rooms = api.useQuery("get", "/api/v1/reports/hours", { params: { query: { ...within, step: long ? "week" : "day", split: "resource" } } }, keep);
  const whole = api.useQuery("get", "/api/v1/reports/hours", { params: { query: { ...year, step: "day" } } }, keep);
  const demand = api.useQuery("get", "/api/v1/reports/demand", { params: { query: within } }, keep);
  const plain: Record<string, string> = { ...(view.venue ? { venue_id: view.venue } : {}), ...(view.kind ? { kind: view.kind } : {}) };
  const address = (path: string, more: Record<string, string> = {}) => `/api/v1/reports/${path}?${new URLSearchParams({ on_from: days.from, on_to: days.to, ...plain, ...more }).toString()}`;
  const search = { venue: view.venue, kind: view.kind, from: days.from, to: days.to };
  const all = [figures, heat, lines, bars, rooms, whole, demand];
  const failed = all.find((query) => query.isError);
  // The server's names are in the reader's language: whoever turns it reads them anew.
  const spoken = useRef(i18n.language);
  useEffect(() => {
    if (spoken.current !== i18n.language) void cache.invalidateQueries();
    spoken.current = i18n.language;
  }, [i18n.language, cache]);
  const told = new Map((figures.data?.definitions ?? []).map((d) => [d.key, d]));
  const share = (part: number, of: number) => `${percent(part, of)} (${hoursText(part)} / ${hoursText(of)} h)`;
  return (
    <div className="insight">
      <Title>{t("insight.title")}</Title>
      <Filters view={view} set={set} />
      <p>
        <Link to="/insight/closure" search={{ venue: view.venue, kind: view.kind } as never}>
          {t("insight.closureLink")}
        </Link>
        <br />
        <a href={`/api/v1/reports/monthly?month=${over}`} target="_blank" rel="noreferrer">
          {t("insight.monthly", { month: monthText(over) })}
        </a>
      </p>
      {failed ? <Failure error={failed.error} retry={() => all.forEach((query) => void query.refetch())} /> : null}
      {figures.isPending ? <Loading /> : null}
      {figures.data ? <Tiles row={figures.data.total} before={figures.data.compared_total} said={told} search={search} /> : null}
      {figures.data && figures.data.total.minutes.opened === 0 ? <Empty>{t("insight.empty")}</Empty> : null}
      {heat.data ? <Week cells={heat.data.cells} href={address("heat")} open={(cell) => void go({ to: "/insight/bookings", search: { ...search, ...cell } as never })} /> : null}
      <div className="two">
        {lines.data ? (
          <Panel
            id="lines"
            title={t("insight.lines")}
            says={long ? t("insight.linesWeek") : t("insight.linesDay")}
            href={address("hours", { step: long ? "week" : "day" })}
            sheet={{
              head: [t("insight.day"), t("report.occupancy"), ...(lines.data.compared ? [t("insight.before")] : [])],
              rows: lines.data.steps.map((day, n) => [
                dayText(day),
                share(lines.data?.lines[0]?.minutes.booked?.[n] ?? 0, lines.data?.lines[0]?.minutes.opened?.[n] ?? 0),
                ...(lines.data?.compared ? [share(lines.data.compared.lines[0]?.minutes.booked?.[n] ?? 0, lines.data.compared.lines[0]?.minutes.opened?.[n] ?? 0)] : []),
              ]),
            }}
          >
            <Lines
              label={t("insight.lines")}
              steps={lines.data.steps}
              now={{ part: lines.data.lines[0]?.minutes.booked ?? [], whole: lines.data.lines[0]?.minutes.opened ?? [] }}
              before={lines.data.compared ? { part: lines.data.compared.lines[0]?.minutes.booked ?? [], whole: lines.data.compared.lines[0]?.minutes.opened ?? [] } : undefined}
            />
          </Panel>
        ) : null}
        {bars.data ? (
          <Panel
            id="bars"
            title={t("insight.bars")}
            says={t("insight.barsSay")}
            href={address("hours", { step: "month", split: "kind" })}
            sheet={{ head: [t("report.month"), ...bars.data.lines.map((line) => line.name)], rows: bars.data.steps.map((day, n) => [monthText(day), ...(bars.data?.lines ?? []).map((line) => hoursText(line.minutes.booked?.[n] ?? 0))]) }}
          >
            <Bars label={t("insight.bars")} steps={bars.data.steps} layers={bars.data.lines.map((line) => ({ name: line.name, values: line.minutes.booked ?? [] }))} />
          </Panel>
        ) : null}
      </div>
      {whole.data ? (
        <Panel
          id="year"
          title={t("insight.year")}
          says={t("insight.yearSay")}
          wide
          href={address("hours", { on_from: year.on_from, step: "day" })}
          sheet={{ head: [t("insight.day"), t("report.occupancy")], rows: whole.data.steps.map((day, n) => [dayText(day), share(whole.data?.lines[0]?.minutes.booked?.[n] ?? 0, whole.data?.lines[0]?.minutes.opened?.[n] ?? 0)]) }}
        >
          <Year label={t("insight.year")} steps={whole.data.steps} part={whole.data.lines[0]?.minutes.booked ?? []} whole={whole.data.lines[0]?.minutes.opened ?? []} choose={(day) => void go({ to: "/insight/bookings", search: { ...search, from: day, to: addDays(day, 1) } as never })} />
          <Scale />
        </Panel>
      ) : null}
      <Forecast venue={view.venue} kind={view.kind} />
      {rooms.data ? <Rooms found={rooms.data} long={long} href={address("hours", { step: long ? "week" : "day", split: "resource" })} /> : null}
      {demand.data ? (
        <section className="sight" aria-labelledby="demand-title">
          <header>
            <h2 id="demand-title">{t("insight.unmet")}</h2>
            <span className="exports">
              <a href={`${address("demand")}&output=csv`} aria-label={`${t("insight.unmet")}: CSV`}>
                CSV
              </a>
            </span>
          </header>
          <p>{t("insight.unmetSay", { fewest: demand.data.fewest })}</p>
          {demand.data.total === 0 ? <Empty>{t("insight.noUnmet", { fewest: demand.data.fewest })}</Empty> : null}
          <ul>
            {[...demand.data.resources, ...demand.data.kinds, ...demand.data.reasons].slice(0, 12).map((row) => (
              <li key={row.key}>
                <strong>{row.count}</strong> {row.name}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {figures.data ? (
        <section className="sight" aria-labelledby="cut-title">
          <header>
            <h2 id="cut-title">{t("insight.figures")}</h2>
            <span className="exports">
              <a href={`${address("figures", { by: cut })}&output=csv`} aria-label={`${t("insight.figures")}: CSV`}>
                CSV
              </a>
              <a href={`${address("figures", { by: cut })}&output=xlsx`} aria-label={`${t("insight.figures")}: XLSX`}>
                XLSX
              </a>
            </span>
          </header>
          <Field label={t("insight.by")}>
            {(id) => (
              <select id={id} value={cut} onChange={(e) => set({ by: e.target.value })}>
                {CUTS.map((name) => (
                  <option key={name} value={name}>
                    {t(`insight.cut.${name}`)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <div className="scroll" tabIndex={0} role="group" aria-label={t("insight.figures")}>
            <table className="data">
              <thead>
                <tr>
                  <th scope="col">{t(`insight.cut.${cut}`)}</th>
                  <th scope="col">{t("report.occupancy")}</th>
                  {(["bookings", "attended", "no_shows", "late_cancellations", "returning", "first_timers"] as const).map((key) => (
                    <th scope="col" key={key} title={told.get(key)?.means}>
                      {told.get(key)?.name}
                    </th>
                  ))}
                  <th scope="col" title={told.get("takings")?.means}>
                    {told.get("takings")?.name}
                  </th>
                  <th scope="col" title={told.get("revenue")?.means}>
                    {told.get("revenue")?.name}
                  </th>
                </tr>
              </thead>
              <tbody>
                {figures.data.rows.map((row) => (
                  <tr key={row.key}>
                    <th scope="row">{cut === "month" ? monthText(row.name) : row.name}</th>
                    <td>{share(row.minutes.booked, row.minutes.opened)}</td>
                    {(["bookings", "attended", "no_shows", "late_cancellations", "returning", "first_timers"] as const).map((key) => (
                      <td key={key}>{key === "bookings" ? row.counts[key].count : `${row.counts[key].count} / ${row.counts[key].of}`}</td>
                    ))}
                    <td>
                      {row.revenue && row.revenue_of ? (
                        <>
                          <Link to="/insight/takings" search={{ ...search, by: cut, key: row.key, name: row.name } as never} aria-label={`${told.get("takings")?.name}, ${row.name}: ${money(row.revenue)}`}>
                            {money(row.revenue)}
                          </Link>{" "}
                          <small className="muted">/ {money(row.revenue_of)}</small>
                        </>
                      ) : (
                        "–"
                      )}
                    </td>
                    <td>{row.revenue_per_opened_hour ? money(row.revenue_per_opened_hour) : "–"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <details className="data-table">
            <summary>{t("insight.meanings")}</summary>
            <dl className="meanings">
              {figures.data.definitions.map((d) => (
                <div key={d.key}>
                  <dt>{d.name}</dt>
                  <dd>{d.means}</dd>
                </div>
              ))}
            </dl>
          </details>
        </section>
      ) : null}
      {lines.data ? <Others months={lines.data.others} /> : null}
    </div>
  );
}

interface HeatCell {
  weekday: number;
  hour: number;
  opened: number;
  booked: number;
  unmet: number | null;
}

/** The week: hours across, days down. */
function Week({ cells, href, open }: { cells: readonly HeatCell[]; href: string; open: (at: { weekday: number; hour: number }) => void }) {
  const { t } = useTranslation();
  const hours = [...new Set(cells.map((cell) => cell.hour))].sort((a, b) => a - b);
  const clockOf = (hour: number) => String(hour).padStart(2, "0");
  const words = (cell: HeatCell) => `${weekdayText(cell.weekday)} ${clockOf(cell.hour)}: ${percent(cell.booked, cell.opened)} (${hoursText(cell.booked)} / ${hoursText(cell.opened)} h)${cell.unmet ? ` · ${t("insight.inVain", { n: cell.unmet })}` : ""}`;
  const map = new Map<string, Cell>(
    cells.map((cell) => [
      `${cell.weekday}|${clockOf(cell.hour)}`,
      { row: String(cell.weekday), column: String(cell.hour), part: cell.booked, whole: cell.opened, text: words(cell), mark: cell.opened > 0 && cell.booked > 0 ? percent(Math.round((cell.booked / cell.opened) * 100), 100) : "", unmet: cell.unmet },
    ]),
  );
  return (
    <Panel
      id="week"
      title={t("insight.week")}
      says={t("insight.weekSay")}
      href={href}
      wide
      sheet={{ head: [t("insight.day"), t("report.hour"), t("report.occupancy"), t("insight.unmet")], rows: cells.map((c) => [weekdayText(c.weekday), clockOf(c.hour), `${percent(c.booked, c.opened)} (${hoursText(c.booked)} / ${hoursText(c.opened)} h)`, c.unmet ? String(c.unmet) : "–"]) }}
    >
      <Squares label={t("insight.week")} rows={WEEK.map((day) => ({ key: String(day), name: weekdayText(day) }))} columns={hours.map(clockOf)} cells={map} choose={(cell) => open({ weekday: Number(cell.row), hour: Number(cell.column) })} />
      <Scale />
    </Panel>
  );
}

interface Found {
  steps: string[];
  lines: { key: string; name: string; minutes: { opened?: number[]; booked?: number[] } }[];
}

/** Every room in time. */
function Rooms({ found, long, href }: { found: Found; long: boolean; href: string }) {
  const { t } = useTranslation();
  const columns = found.steps;
  const cells = new Map<string, Cell>();
  for (const line of found.lines)
    columns.forEach((day, n) => {
      const part = line.minutes.booked?.[n] ?? 0;
      const whole = line.minutes.opened?.[n] ?? 0;
      cells.set(`${line.key}|${day}`, { row: line.key, column: day, part, whole, text: `${line.name}, ${dayText(day)}: ${percent(part, whole)} (${hoursText(part)} / ${hoursText(whole)} h)` });
    });
  return (
    <Panel
      id="rooms"
      title={t("insight.rooms")}
      says={long ? t("insight.roomsWeek") : t("insight.roomsDay")}
      href={href}
      wide
      sheet={{ head: [t("resource"), ...columns.map((day) => dayText(day))], rows: found.lines.map((line) => [line.name, ...columns.map((_, n) => percent(line.minutes.booked?.[n] ?? 0, line.minutes.opened?.[n] ?? 0))]) }}
    >
      <Squares label={t("insight.rooms")} rows={found.lines.map((line) => ({ key: line.key, name: line.name.length > 22 ? `${line.name.slice(0, 21)}…` : line.name }))} columns={columns} named={(day) => `${day.slice(8)}.${day.slice(5, 7)}`} cells={cells} everyColumn={Math.ceil(columns.length / 14)} width={Math.max(12, Math.min(34, 720 / Math.max(1, columns.length)))} height={20} left={150} />
      <Scale />
    </Panel>
  );
}
