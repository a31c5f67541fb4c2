import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { addDays, longDay, today, weekdayText } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Clock, Text } from "./pieces";
import { Rehearsal } from "./rehearsal";
import type { Scope } from "./rules-editor";

type Season = Schemas["Season"];
type Stretch = { start: string; end: string };
type Week = Record<number, Stretch[]>;
const DAYS = [1, 2, 3, 4, 5, 6, 7];

const weekOf = (season: Season | undefined): Week =>
  Object.fromEntries(DAYS.map((day) => [day, (season?.hours ?? []).filter((h) => !h.weekdays?.length || h.weekdays.includes(day)).map(({ start, end }) => ({ start, end }))]));

/** Weekdays with the same hours, said once. */
function hoursOf(week: Week): Schemas["SeasonHours"][] {
  const found = new Map<string, Schemas["SeasonHours"]>();
  for (const day of DAYS)
    for (const { start, end } of week[day] ?? []) {
      const known = found.get(`${start}-${end}`);
      if (known) known.weekdays?.push(day);
      else found.set(`${start}-${end}`, { start, end, weekdays: [day] });
    }
  return [...found.values()];
}

/** The week as a grid: for each weekday its hours. */
function WeekGrid({ week, onChange }: { week: Week; onChange: (week: Week) => void }) {
  const { t } = useTranslation();
  return (
    <div className="week-grid">
      {DAYS.map((day) => {
        const mine = week[day] ?? [];
        const put = (next: Stretch[]) => onChange({ ...week, [day]: next });
        return (
          <fieldset key={day}>
            <legend>{weekdayText(day)}</legend>
            {mine.length === 0 ? <span className="muted small">{t("manage.closedDay")}</span> : null}
            {mine.map((one, index) => (
              // oxlint-disable-next-line no-array-index-key -- hours have no name of their own
              <div key={index}>
                <Clock label={t("from")} value={one.start} onChange={(start) => put(mine.map((o, at) => (at === index ? { ...o, start } : o)))} />
                <Clock label={t("to")} value={one.end} end onChange={(end) => put(mine.map((o, at) => (at === index ? { ...o, end } : o)))} />
                <Button onClick={() => put(mine.filter((_, at) => at !== index))}>{t("manage.remove")}</Button>
              </div>
            ))}
            <Button onClick={() => put([...mine, mine.length ? { start: "14:00", end: "18:00" } : { start: "09:00", end: "18:00" }])}>{t("manage.add")}</Button>
          </fieldset>
        );
      })}
    </div>
  );
}

/** The seasons of a venue or a resource, and a new one from a day on. */
export function HoursEditor({ scope, zone, of }: { scope: Scope; zone: string; of: "venue" | "resource" }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const query = api.useQuery("get", "/api/v1/opening-rules", { params: { query: scope } });
  const [editing, edit] = useState<Season | "new" | null>(null);
  const end = useMutation({
    mutationFn: (season: Season) => client.DELETE("/api/v1/opening-rules/{rule_id}", { params: { path: { rule_id: season.id }, header: { "If-Match": query.data?.edition ?? "" } } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <section aria-labelledby="seasons">
      <h2 id="seasons">{t("openingHours")}</h2>
      <p className="hint">{t("manage.seasonsHint")}</p>
      {query.data.data.length === 0 ? <Empty>{t("manage.noHours")}</Empty> : null}
      <ul className="rows">
        {query.data.data.map((season) => (
          <li key={season.id}>
            <div>
              <strong>{season.label || t(season.until_on ? "manage.season" : "manage.ordinary")}</strong> <span className="badge">{t(`manage.states.${season.state}`)}</span> <small className="muted">{t(season.of === "venue" ? "manage.ofVenue" : "manage.ofResource")}</small>
              <br />
              <small>
                {longDay(season.from_on)} – {season.until_on ? longDay(addDays(season.until_on, -1)) : t("manage.forEver")}
              </small>
              <ul className="bare small">
                {season.hours.map((h) => (
                  <li key={`${h.weekdays?.join()}${h.start}`}>
                    {h.weekdays?.length ? h.weekdays.map((day) => weekdayText(day).slice(0, 3)).join(" ") : t("manage.everyDay")} {h.start}–{h.end}
                  </li>
                ))}
              </ul>
            </div>
            {season.of === of && season.state !== "past" ? (
              <>
                <Button onClick={() => edit(season)}>{t("manage.replace")}</Button>
                <Button tone="danger" busy={end.isPending} onClick={() => window.confirm(t("manage.endSure")) && end.mutate(season)}>
                  {t(season.state === "to_come" ? "manage.remove" : "manage.endNow")}
                </Button>
              </>
            ) : null}
          </li>
        ))}
      </ul>
      {end.isError ? <Failure error={end.error} /> : null}
      {editing ? <SeasonForm key={editing === "new" ? "new" : editing.id} scope={scope} zone={zone} season={editing === "new" ? undefined : editing} edition={query.data.edition} onDone={() => edit(null)} /> : <Button onClick={() => edit("new")}>{t("manage.newSeason")}</Button>}
    </section>
  );
}

function SeasonForm({ scope, zone, season, edition, onDone }: { scope: Scope; zone: string; season: Season | undefined; edition: string; onDone: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const soon = addDays(today(zone), 1);
  const [label, setLabel] = useState(season?.label ?? "");
  const [from, setFrom] = useState(season && season.from_on > soon ? season.from_on : soon);
  const [last, setLast] = useState(season?.until_on ? addDays(season.until_on, -1) : "");
  const [week, setWeek] = useState<Week>(weekOf(season));
  const hours = hoursOf(week);
  const body = { ...scope, label, from_on: from, until_on: last ? addDays(last, 1) : null, hours, replaces_id: season?.id ?? null };
  const preview = useMutation({ mutationFn: async () => (await client.POST("/api/v1/opening-rules/preview", { body })).data });
  const save = useMutation({
    mutationFn: () => client.POST("/api/v1/opening-rules", { params: { header: { ...keyed(), "If-Match": edition } }, body }),
    onSuccess: async () => {
      await cache.invalidateQueries();
      onDone();
    },
  });
  const touched = <A,>(set: (value: A) => void) => (value: A) => {
    set(value);
    preview.reset();
  };
  const why = hours.length ? undefined : t("manage.noHours");
  return (
    <form className="panel wide" onSubmit={(event) => event.preventDefault()} aria-label={t("manage.newSeason")}>
      <div className="toolbar">
        <Text label={t("manage.label")} value={label} onChange={touched(setLabel)} />
        <Field label={t("manage.from")}>{(id) => <input id={id} type="date" required min={today(zone)} value={from} onChange={(e) => touched(setFrom)(e.target.value)} />}</Field>
        <Field label={t("manage.last")} hint={t("manage.lastHint")}>{(id) => <input id={id} type="date" min={from} value={last} onChange={(e) => touched(setLast)(e.target.value)} />}</Field>
      </div>
      <WeekGrid week={week} onChange={touched(setWeek)} />
      <div className="toolbar">
        <Button busy={preview.isPending} why={why} onClick={() => preview.mutate()}>
          {t("manage.preview")}
        </Button>
        <Button tone="main" busy={save.isPending} why={why ?? (preview.data ? undefined : t("manage.previewFirst"))} onClick={() => save.mutate()}>
          {t("save")}
        </Button>
        <Button onClick={onDone}>{t("close")}</Button>
      </div>
      {preview.isError ? <Failure error={preview.error} /> : null}
      {save.isError ? <Failure error={save.error} /> : null}
      {preview.data ? <Rehearsal found={preview.data} zone={zone} /> : null}
    </form>
  );
}
