import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { ActButton, RefuseButton } from "../features/booking/act-button";
import { BlockDialog } from "../features/desk/block-dialog";
import { WalkIn } from "../features/desk/walk-in";
import { BookDialog, type Picked } from "../features/planner/book-dialog";
import { addDays, hours, longDay, periodText, today } from "../kernel/time";
import { Button, Empty, Failure, Field, Loading, Title } from "../ui/basics";
import { Timeline } from "../ui/timeline/timeline";

type Booking = Schemas["Booking"];
const never = () => false;

/** Staff's day: who comes, who is here, what waits for a decision, and all resources on one board. */
export default function Desk() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as { venue?: string; on?: string };
  const go = useNavigate();
  const [blocking, block] = useState(false);
  const [guest, setGuest] = useState("");
  const [picked, pick] = useState<Picked | null>(null);
  const mine = new Set(session.roles.map((role) => role.partner?.id));
  const admin = session.roles.some((role) => role.kind === "administrator");
  const venues = session.venues.filter((v) => admin || mine.has(v.partner_id));
  const venue = venues.find((v) => v.id === filters.venue) ?? venues[0];
  const zone = venue?.time_zone ?? "Europe/Rome";
  const on = filters.on ?? today(zone);
  const set = (change: { venue?: string; on?: string }) => void go({ to: "/desk", search: { ...filters, ...change }, replace: true });
  const query = api.useQuery("get", "/api/v1/desk", { params: { query: { venue_id: venue?.id ?? "", on } } }, { enabled: Boolean(venue), refetchInterval: 15_000, placeholderData: (before) => before });
  if (!venue) return <Empty>{t("desk.none")}</Empty>;
  const it = query.data;
  const line = (booking: Booking) => (
    <>
      <Link to="/bookings/$id" params={{ id: booking.id }}>
        {booking.organisation?.name ?? booking.person?.name}
      </Link>{" "}
      <span>{booking.items.map((item) => item.resource.name).join(", ")}</span>{" "}
    </>
  );
  return (
    <>
      <Title>{t("nav.desk")}</Title>
      <div className="toolbar">
        <Field label={t("search.venue")}>
          {(id) => (
            <select id={id} value={venue.id} onChange={(e) => set({ venue: e.target.value })}>
              {venues.map((v) => (
                <option key={v.id} value={v.id}>
                  {v.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("search.on")}>{(id) => <input id={id} type="date" value={on} onChange={(e) => e.target.value && set({ on: e.target.value })} />}</Field>
        <Button onClick={() => set({ on: addDays(on, -1) })}>←</Button>
        <Button onClick={() => set({ on: addDays(on, 1) })}>→</Button>
        <Button onClick={() => block(true)}>{t("desk.block")}</Button>
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it ? (
        <>
          <dl className="counts">
            {(["arrivals", "running", "free_now", "approvals"] as const).map((name) => (
              <div key={name}>
                <dt>{t(`desk.${name}`)}</dt>
                <dd>{it.counts[name]}</dd>
              </div>
            ))}
          </dl>
          {it.approvals.length > 0 ? (
            <section aria-labelledby="asked">
              <h2 id="asked">{t("desk.approvals")}</h2>
              <ul className="rows">
                {it.approvals.map((booking) => (
                  <li key={booking.id}>
                    <div>
                      {line(booking)}
                      <small className="muted">{periodText(booking.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}</small>
                    </div>
                    <ActButton booking={booking} act="approve" tone="main" />
                    <RefuseButton booking={booking} />
                  </li>
                ))}
              </ul>
            </section>
          ) : null}
          <section aria-labelledby="board">
            <h2 id="board">{longDay(it.day.on)}</h2>
            <WalkIn chosen={guest} onChoose={setGuest} />
            <Timeline
              rows={it.resources}
              days={[it.day]}
              zone={zone}
              choosing
              movable={never}
              onChoose={(row, period) => pick({ resource: row, period })}
              onOpen={(_, span) => span.booking_id && void go({ to: "/bookings/$id", params: { id: span.booking_id } })}
              onMove={never}
              kept={picked ? { resource: picked.resource.id, period: picked.period } : null}
            />
          </section>
          <div className="columns">
            <section aria-labelledby="arriving">
              <h2 id="arriving">{t("desk.arrivals")}</h2>
              {it.arriving.length === 0 ? <Empty>{t("desk.noArrivals")}</Empty> : null}
              <ul className="rows">
                {it.arriving.map((booking) => (
                  <li key={booking.id}>
                    <div>
                      {line(booking)}
                      <small className="muted">{hours(booking.period, zone)}</small>
                    </div>
                    <ActButton booking={booking} act="check_in" tone="main" />
                  </li>
                ))}
              </ul>
            </section>
            <section aria-labelledby="running">
              <h2 id="running">{t("desk.running")}</h2>
              {it.running.length === 0 ? <Empty>{t("desk.noRunning")}</Empty> : null}
              <ul className="rows">
                {it.running.map((booking) => (
                  <li key={booking.id}>
                    <div>
                      {line(booking)}
                      <small className="muted">{hours(booking.period, zone)}</small>
                    </div>
                    <ActButton booking={booking} act="check_out" />
                  </li>
                ))}
              </ul>
            </section>
          </div>
          {blocking ? <BlockDialog resources={it.resources} day={on} zone={zone} onClose={() => block(false)} /> : null}
        </>
      ) : null}
      {picked ? <BookDialog picked={picked} zone={zone} forPerson={guest || undefined} onClose={() => pick(null)} /> : null}
    </>
  );
}
