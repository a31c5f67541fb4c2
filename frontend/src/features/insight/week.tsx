import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { percent } from "../../kernel/money";
import { hoursText, weekdayText } from "../../kernel/time";
import { OneOf } from "../../ui/choice";
import { Scale, Squares, type Cell } from "./charts";
import { Panel } from "./panel";

const WEEK = [1, 2, 3, 4, 5, 6, 7];
type Hour = Schemas["HeatHour"];

/** What the week can show: a part of what, in minutes or in bookings, and what stands behind it: which figure's bookings, what
 * hours were lost to, or (of what nobody had) what can be had at that hour. */
const MEASURES = {
  booked: { part: (at: Hour) => at.booked, of: (at: Hour) => at.opened, hours: true, leads: "bookings" },
  attended: { part: (at: Hour) => at.attended, of: (at: Hour) => at.booked, hours: true, leads: "attended" },
  no_shows: { part: (at: Hour) => at.no_shows ?? 0, of: (at: Hour) => at.ended ?? 0, hours: false, leads: "no_shows" },
  maintenance: { part: (at: Hour) => at.maintenance, of: (at: Hour) => at.opened, hours: true, leads: "lost" },
  outage: { part: (at: Hour) => at.outage, of: (at: Hour) => at.opened, hours: true, leads: "lost" },
  unmet: { part: (at: Hour) => at.unmet ?? 0, of: null, hours: false, leads: "search" },
} as const;
const SAID = { lost: "insight.lost.leads", search: "insight.unmetLeads" } as const;
export type Measure = keyof typeof MEASURES;
const NAMES = Object.keys(MEASURES) as Measure[];
export const measureOf = (name: string | undefined): Measure => NAMES.find((one) => one === name) ?? "booked";

/** An hour as it is while nothing is open in it. */
const shut = (at: Hour): Hour => ({ ...at, opened: 0, booked: 0, attended: 0, maintenance: 0, outage: 0, no_shows: 0, ended: 0, unmet: null });

interface WeekProps {
  measure: Measure;
  choose: (measure: Measure) => void;
  found: Schemas["HeatShape"];
  href: string;
  /** Where a cell leads: a page and what its address says besides venue and kind. */
  open: (...to: Leads) => void;
}

type Leads = ["/" | "/insight/lost" | "/insight/bookings", Record<string, unknown>];

const cellLeads = (measure: Measure, weekday: number, hour: number): Leads => {
  const { leads } = MEASURES[measure];
  if (leads === "search") return ["/", { weekdays: String(weekday), from: `${String(hour).padStart(2, "0")}:00` }];
  if (leads === "lost") return ["/insight/lost", { weekday, hour, measure }];
  return ["/insight/bookings", { weekday, hour, figure: leads, during: true }];
};

/** The week, hours across and days down, by one measure; beside each hour, in the table, how it was before. */
export function Week({ measure, choose, found, href, open }: WeekProps) {
  const { t } = useTranslation();
  const { part, of, hours, leads } = MEASURES[measure];
  const before = new Map((found.compared_cells ?? []).map((at) => [`${at.weekday}|${at.hour}`, at]));
  // What was open before and is not now has its row and its column too.
  const was = new Set(found.cells.map((at) => `${at.weekday}|${at.hour}`));
  const all = [...found.cells, ...(found.compared_cells ?? []).filter((at) => !was.has(`${at.weekday}|${at.hour}`)).map(shut)].sort((a, b) => a.weekday - b.weekday || a.hour - b.hour);
  const most = Math.max(1, ...found.cells.map((at) => at.unmet ?? 0));
  const clockOf = (hour: number) => String(hour).padStart(2, "0");
  const told = (at: Hour | undefined): string => {
    if (!at) return "–";
    if (!of) return at.unmet ? String(at.unmet) : "–";
    return hours ? `${percent(part(at), of(at))} (${hoursText(part(at))} / ${hoursText(of(at))} h)` : `${percent(part(at), of(at))} (${part(at)} / ${of(at)})`;
  };
  const words = (at: Hour) =>
    [
      `${weekdayText(at.weekday)} ${clockOf(at.hour)}: ${told(at)}`,
      found.compared_cells ? t("insight.was", { was: told(before.get(`${at.weekday}|${at.hour}`)) }) : "",
      of && at.unmet ? t("insight.inVain", { n: at.unmet }) : "",
    ]
      .filter(Boolean)
      .join(" · ");
  const mark = (at: Hour) => (!of ? (at.unmet ? String(at.unmet) : "") : of(at) > 0 && part(at) > 0 ? percent(Math.round((part(at) / of(at)) * 100), 100) : "");
  const cells = new Map<string, Cell>(
    all.map((at) => [
      `${at.weekday}|${clockOf(at.hour)}`,
      { row: String(at.weekday), column: String(at.hour), part: part(at), whole: of ? of(at) : at.opened > 0 || at.unmet ? most : 0, text: words(at), mark: mark(at), unmet: of ? at.unmet : null },
    ]),
  );
  const columns = [...new Set(all.map((at) => at.hour))].sort((a, b) => a - b).map(clockOf);
  const name = t(`insight.map.${measure}`);
  return (
    <Panel
      id="week"
      title={t("insight.week")}
      says={`${t("insight.weekSay", { what: name })} ${t(leads === "lost" || leads === "search" ? SAID[leads] : "insight.weekLeads")}`}
      href={href}
      wide
      tools={
        <OneOf label={t("insight.mapBy")} value={measure} all={NAMES} say={(one) => t(`insight.map.${one}`)} onChange={(one) => choose(measureOf(one))} />
      }
      sheet={{
        head: [t("insight.day"), t("report.hour"), name, ...(found.compared_cells ? [t("insight.before")] : []), ...(of ? [t("insight.unmet")] : [])],
        rows: all.map((at) => [weekdayText(at.weekday), clockOf(at.hour), told(at), ...(found.compared_cells ? [told(before.get(`${at.weekday}|${at.hour}`))] : []), ...(of ? [at.unmet ? String(at.unmet) : "–"] : [])]),
      }}
    >
      <Squares
        label={t("insight.week")}
        rows={WEEK.map((day) => ({ key: String(day), name: weekdayText(day) }))}
        columns={columns}
        cells={cells}
        choose={(cell) => open(...cellLeads(measure, Number(cell.row), Number(cell.column)))}
      />
      <Scale {...(of ? {} : { most })} />
    </Panel>
  );
}
