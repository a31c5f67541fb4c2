import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { BookDialog, type Picked } from "../features/planner/book-dialog";
import { TellMe } from "../features/waiting/tell-me";
import { addDays, hours as spokenHours, longDay, ms, now, today } from "../kernel/time";
import { Button, Dialog, Failure, Field, Loading, Title } from "../ui/basics";
import { KINDS } from "../ui/kinds";
import { openHours, Timeline } from "../ui/timeline";
import { ZoneNote } from "../ui/zone-note";

interface Filters {
  venue?: string;
  on?: string;
  kind?: string;
}

/** A week of a venue, a day after another, as a timeline of its resources; press what is free to book it. */
export default function Planner() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as Filters;
  const go = useNavigate();
  const [picked, pick] = useState<Picked | null>(null);
  const [waited, waitFor] = useState<Picked | null>(null);
  const venue = session.venues.find((v) => v.id === filters.venue) ?? session.venues[0];
  const zone = venue?.time_zone ?? "Europe/Rome";
  const first = filters.on ?? today(zone);
  const set = (change: Filters) => void go({ to: "/planner", search: { ...filters, ...change }, replace: true });
  const query = api.useQuery(
    "get",
    "/api/v1/availability",
    { params: { query: { venue_id: venue?.id ?? "", on_from: first, on_to: addDays(first, 7), ...(filters.kind ? { kind: [filters.kind as "hall"] } : {}) } } },
    { enabled: Boolean(venue), placeholderData: (before) => before, refetchInterval: 60_000 },
  );
  const open = (name: { id: string; name: string }, start: string, end: string) => {
    const begin = Math.max(ms(start), Math.ceil(now() / 1_800_000) * 1_800_000);
    const finish = Math.min(ms(end), begin + 7_200_000);
    pick({ resource: name, period: { start: new Date(begin).toISOString(), end: new Date(finish).toISOString() } });
  };
  return (
    <>
      <Title>{t("nav.planner")}</Title>
      <div className="toolbar">
        <Field label={t("search.venue")}>
          {(id) => (
            <select id={id} value={venue?.id} onChange={(e) => set({ venue: e.target.value })}>
              {session.venues.map((v) => (
                <option key={v.id} value={v.id}>
                  {v.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("search.kind")}>
          {(id) => (
            <select id={id} value={filters.kind ?? ""} onChange={(e) => set({ kind: e.target.value })}>
              <option value="">{t("all")}</option>
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`kind.${kind}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("search.on")}>{(id) => <input id={id} type="date" value={first} onChange={(e) => e.target.value && set({ on: e.target.value })} />}</Field>
        <Button onClick={() => set({ on: addDays(first, -7) })}>← {t("earlier")}</Button>
        <Button onClick={() => set({ on: addDays(first, 7) })}>{t("later")} →</Button>
        {session.person ? (
          <Link to="/series" search={venue ? { venue: venue.id } : {}} className="button">
            {t("series.title")}
          </Link>
        ) : null}
      </div>
      <ZoneNote zone={zone} />
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data
        ? query.data.days.map((day) => {
            const rows = query.data.resources.map((row) => ({ ...row, spans: row.spans.filter((s) => ms(s.period.end) > ms(day.period.start) && ms(s.period.start) < ms(day.period.end)) }));
            const hours = openHours(rows, day.period);
            const closed = rows.every((row) => row.spans.every((s) => s.kind === "closed"));
            return (
              <section key={day.on}>
                <h2>{longDay(day.on)}</h2>
                {rows.length === 0 ? (
                  <p className="muted">{t("search.nothing")}</p>
                ) : closed ? (
                  <p className="muted">{t("closed")}</p>
                ) : (
                  <Timeline
                    rows={rows}
                    day={day.period}
                    zone={zone}
                    from={hours.from}
                    to={hours.to}
                    pickable={(span) => (span.kind === "free" || span.kind === "taken") && ms(span.period.end) > now() && Boolean(session.person)}
                    onPick={(row, span) => (span.kind === "taken" ? waitFor({ resource: row, period: span.period }) : open(row, span.period.start, span.period.end))}
                  />
                )}
              </section>
            );
          })
        : null}
      {session.person ? null : <p className="note">{t("signInToBook")}</p>}
      {waited ? (
        <Dialog title={`${waited.resource.name} · ${spokenHours(waited.period, zone)}`} open onClose={() => waitFor(null)}>
          <p>{t("span.taken")}</p>
          <TellMe resource={waited.resource.id} period={waited.period} />
        </Dialog>
      ) : null}
      {picked ? <BookDialog picked={picked} zone={zone} onClose={() => pick(null)} /> : null}
    </>
  );
}
