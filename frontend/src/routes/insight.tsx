import "../features/insight/insight.css";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Bars, Lines, Scale, Squares, Year, type Cell } from "../features/insight/charts";
import { Demand } from "../features/insight/demand";
import { Filters } from "../features/insight/filters";
import { daysOf, type View } from "../features/insight/view";
import { COUNTED, CUTS, FigureCells, MEDIANS, type Cut } from "../features/insight/figure-cells";
import { Forecast } from "../features/insight/forecast";
import { Panel } from "../features/insight/panel";
import { Tiles } from "../features/insight/tiles";
import { measureOf, Week } from "../features/insight/week";
import { Others } from "../features/reports/others";
import { percent } from "../kernel/money";
import { addDays, addMonths, dayText, daysText, hoursText, monthText, today } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";
import { OneOf } from "../ui/choice";

const ZONE = "Europe/Rome";

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
  const measure = measureOf(view.measure);
  const set = (change: View) => void go({ to: "/insight", search: { ...view, saved: undefined, ...change } as never, replace: true });
  const narrowed = { ...(view.venue ? { venue_id: view.venue } : {}), ...(view.kind ? { kind: [view.kind as "desk"] } : {}) };
  const within = { on_from: days.from, on_to: days.to, ...narrowed };
  const other = view.compare ? { compare: view.compare } : {};
  const over = addMonths(today(ZONE), -1).slice(0, 7);
  const long = addDays(days.from, 45) < days.to;
  const year = { on_from: addMonths(days.to, -12), on_to: days.to, ...narrowed };
  const keep = { placeholderData: <T,>(before: T) => before };
  const figures = api.useQuery("get", "/api/v1/reports/figures", { params: { query: { ...within, by: cut, ...other } } }, keep);
  const heat = api.useQuery("get", "/api/v1/reports/heat", { params: { query: { ...within, ...other, ...(measure === "no_shows" ? { missed: true } : {}) } } }, keep);
  const lines = api.useQuery("get", "/api/v1/reports/hours", { params: { query: { ...within, step: long ? "week" : "day", ...other } } }, keep);
  const bars = api.useQuery("get", "/api/v1/reports/hours", { params: { query: { ...within, step: "month", split: "kind" } } }, keep);
  const rooms = api.useQuery("get", "/api/v1/reports/hours", { params: { query: { ...within, step: long ? "week" : "day", split: "resource" } } }, keep);
  const whole = api.useQuery("get", "/api/v1/reports/hours", { params: { query: { ...year, step: "day" } } }, keep);
  const demand = api.useQuery("get", "/api/v1/reports/demand", { params: { query: { ...within, ...(view.reason ? { reason: view.reason } : {}) } } }, keep);
  const plain: Record<string, string> = { ...(view.venue ? { venue_id: view.venue } : {}), ...(view.kind ? { kind: view.kind } : {}) };
  const address = (path: string, more: Record<string, string> = {}) => `/api/v1/reports/${path}?${new URLSearchParams({ on_from: days.from, on_to: days.to, ...plain, ...more }).toString()}`;
  const search = { venue: view.venue, kind: view.kind, from: days.from, to: days.to };
  /** The bookings of a step of a picture: those that have some of its days, which end with the days looked at. */
  const behind = (steps: readonly string[], n: number, more: Record<string, unknown> = {}) => void go({ to: "/insight/bookings", search: { ...search, from: steps[n], to: steps[n + 1] ?? days.to, during: true, ...more } as never });
  const all = [figures, heat, lines, bars, rooms, whole, demand];
  const failed = all.find((query) => query.isError);
  // The server's names are in the reader's language: whoever turns it reads them anew.
  const spoken = useRef(i18n.language);
  useEffect(() => {
    if (spoken.current !== i18n.language) void cache.invalidateQueries();
    spoken.current = i18n.language;
  }, [i18n.language, cache]);
  const told = new Map((figures.data?.definitions ?? []).map((d) => [d.key, d]));
  const fees = figures.data?.total.fees_of != null && figures.data.rows.some((row) => row.fees);
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
      {figures.data?.compared_days ? <p className="muted">{t(`insight.${comparedAs(days, view.compare)}`, { days: daysText(figures.data.compared_days.on_from, figures.data.compared_days.on_to) })}</p> : null}
      {figures.isPending ? <Loading /> : null}
      {figures.data ? <Tiles row={figures.data.total} before={figures.data.compared_total} said={told} search={search} /> : null}
      {figures.data && figures.data.total.minutes.opened === 0 ? <Empty>{t("insight.empty")}</Empty> : null}
      {heat.data ? (
        <Week
          measure={measure}
          choose={(name) => set({ measure: name })}
          found={heat.data}
          href={address("heat", { ...(measure === "no_shows" ? { missed: "true" } : {}), ...(view.compare ? { compare: view.compare } : {}) })}
          open={(to, asked) => void go({ to, search: { ...(to === "/" ? { venue: view.venue, kind: view.kind } : search), ...asked } as never })}
        />
      ) : null}
      <div className="two">
        {lines.data ? (
          <Panel
            id="lines"
            title={t("insight.lines")}
            says={`${long ? t("insight.linesWeek") : t("insight.linesDay")} ${t("insight.weekLeads")}`}
            href={address("hours", { step: long ? "week" : "day", ...(view.compare ? { compare: view.compare } : {}) })}
            sheet={{
              head: [t("insight.day"), t("report.occupancy"), ...(lines.data.compared ? [t("insight.before")] : [])],
              // A month is compared with one that may be longer: its last days have nothing beside them.
              rows: longer(lines.data.steps, lines.data.compared?.steps).map((_, n) => [
                lines.data?.steps[n] ? dayText(lines.data.steps[n]) : "–",
                share(lines.data?.lines[0]?.minutes.booked?.[n] ?? 0, lines.data?.lines[0]?.minutes.opened?.[n] ?? 0),
                ...(lines.data?.compared ? [share(lines.data.compared.lines[0]?.minutes.booked?.[n] ?? 0, lines.data.compared.lines[0]?.minutes.opened?.[n] ?? 0)] : []),
              ]),
            }}
          >
            <Lines
              label={t("insight.lines")}
              steps={lines.data.steps}
              choose={(n) => behind(lines.data.steps, n)}
              now={{ part: lines.data.lines[0]?.minutes.booked ?? [], whole: lines.data.lines[0]?.minutes.opened ?? [] }}
              before={lines.data.compared ? { part: lines.data.compared.lines[0]?.minutes.booked ?? [], whole: lines.data.compared.lines[0]?.minutes.opened ?? [] } : undefined}
            />
          </Panel>
        ) : null}
        {bars.data ? (
          <Panel
            id="bars"
            title={t("insight.bars")}
            says={`${t("insight.barsSay")} ${t("insight.weekLeads")}`}
            href={address("hours", { step: "month", split: "kind" })}
            sheet={{ head: [t("report.month"), ...bars.data.lines.map((line) => line.name)], rows: bars.data.steps.map((day, n) => [monthText(day), ...(bars.data?.lines ?? []).map((line) => hoursText(line.minutes.booked?.[n] ?? 0))]) }}
          >
            <Bars label={t("insight.bars")} steps={bars.data.steps} choose={(n) => behind(bars.data.steps, n)} layers={bars.data.lines.map((line) => ({ name: line.name, values: line.minutes.booked ?? [] }))} />
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
          <Year label={t("insight.year")} steps={whole.data.steps} part={whole.data.lines[0]?.minutes.booked ?? []} whole={whole.data.lines[0]?.minutes.opened ?? []} choose={(day) => behind([day, addDays(day, 1)], 0)} />
          <Scale />
        </Panel>
      ) : null}
      <Forecast venue={view.venue} kind={view.kind} />
      {rooms.data ? <Rooms found={rooms.data} long={long} open={(cell, name) => behind(rooms.data.steps, rooms.data.steps.indexOf(cell.column), { by: "resource", key: cell.row, name })} href={address("hours", { step: long ? "week" : "day", split: "resource" })} /> : null}
      {demand.data ? <Demand found={demand.data} view={view} href={address("demand", view.reason ? { reason: view.reason } : {})} map={measure === "unmet" ? undefined : () => set({ measure: "unmet" })} /> : null}
      {figures.data ? (
        <section className="sight" aria-labelledby="cut-title">
          <header>
            <h2 id="cut-title">{t("insight.figures")}</h2>
            <span className="exports">
              <a href={`${address("figures", { by: cut, ...(view.compare ? { compare: view.compare } : {}) })}&output=csv`} aria-label={`${t("insight.figures")}: CSV`}>
                CSV
              </a>
              <a href={`${address("figures", { by: cut, ...(view.compare ? { compare: view.compare } : {}) })}&output=xlsx`} aria-label={`${t("insight.figures")}: XLSX`}>
                XLSX
              </a>
            </span>
          </header>
          <OneOf label={t("insight.by")} value={cut} all={CUTS} say={(name) => t(`insight.cut.${name}`)} onChange={(by) => set({ by })} />
          <div className="scroll" tabIndex={0} role="group" aria-label={t("insight.figures")}>
            <table className="data">
              <thead>
                <tr>
                  <th scope="col">{t(`insight.cut.${cut}`)}</th>
                  <th scope="col">{t("report.occupancy")}</th>
                  <th scope="col">{t("report.attended")}</th>
                  {["maintenance", ...COUNTED, ...MEDIANS, "takings", "revenue", ...(fees ? ["fees"] : [])].map((key) => (
                    <th scope="col" key={key} title={told.get(key)?.means}>
                      {told.get(key)?.name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {figures.data.rows.map((row) => {
                  // While another cut is on its way, these rows are still of the one before.
                  const name = figures.data.by === "month" ? monthText(row.name) : row.name;
                  return <FigureCells key={row.key} row={row} before={figures.data.compared_rows?.find((then) => then.key === row.key)} name={name} search={{ ...search, by: figures.data.by, key: row.key, name }} told={told} fees={fees} />;
                })}
              </tbody>
              <tfoot>
                <FigureCells row={figures.data.total} before={figures.data.compared_total ?? undefined} name={t("total")} search={search} told={told} fees={fees} />
              </tfoot>
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

/** How the days compared with were chosen. */
function comparedAs(days: { from: string; to: string }, how: View["compare"]) {
  if (days.from.endsWith("-01") && days.to.endsWith("-01")) return "comparedMonths";
  return how === "year" ? "comparedWeekdays" : "comparedDays";
}

const longer = (one: readonly string[], other: readonly string[] = []) => (other.length > one.length ? other : one);

interface Found {
  steps: string[];
  lines: { key: string; name: string; minutes: { opened?: number[]; booked?: number[] } }[];
}

/** Every room in time. */
function Rooms({ found, long, href, open }: { found: Found; long: boolean; href: string; open: (cell: Cell, name: string | undefined) => void }) {
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
      says={`${long ? t("insight.roomsWeek") : t("insight.roomsDay")} ${t("insight.weekLeads")}`}
      href={href}
      wide
      sheet={{ head: [t("resource"), ...columns.map((day) => dayText(day))], rows: found.lines.map((line) => [line.name, ...columns.map((_, n) => percent(line.minutes.booked?.[n] ?? 0, line.minutes.opened?.[n] ?? 0))]) }}
    >
      <Squares label={t("insight.rooms")} rows={found.lines.map((line) => ({ key: line.key, name: line.name.length > 22 ? `${line.name.slice(0, 21)}…` : line.name }))} columns={columns} named={(day) => `${day.slice(8)}.${day.slice(5, 7)}`} cells={cells} everyColumn={Math.ceil(columns.length / 14)} width={Math.max(12, Math.min(34, 720 / Math.max(1, columns.length)))} height={20} left={150} choose={(cell) => open(cell, found.lines.find((line) => line.key === cell.row)?.name)} />
      <Scale />
    </Panel>
  );
}
