import "../features/arrivals/arrivals.css";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { useOwnVenues } from "../api/session";
import { Light } from "../features/arrivals/light";
import { Scanner, shown } from "../features/arrivals/scanner";
import { ActButton, RefuseButton, type Act } from "../features/booking/act-button";
import { Appeals } from "../features/desk/appeals";
import { BlockDialog } from "../features/desk/block-dialog";
import { useCheckIn, useWho } from "../features/desk/check-in";
import { Doors } from "../features/desk/doors";
import { meant, useRowKeys } from "../features/desk/filter";
import { BookDialog, type Picked } from "../features/planner/book-dialog";
import { money } from "../kernel/money";
import { addDays, clock, hours, instantText, longDay, ms, now, periodText, today } from "../kernel/time";
import { Button, Empty, Failure, Field, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import { FindPerson } from "../ui/find-person";
import { Timeline } from "../ui/timeline/timeline";

type Booking = Schemas["Booking"];
const never = () => false;

/** Staff's day: who comes, who is here, what waits for a decision, and all resources on one board. */
export default function Desk() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as { venue?: string; on?: string };
  const go = useNavigate();
  const [blocking, block] = useState(false);
  const [guest, setGuest] = useState("");
  const [picked, pick] = useState<Picked | null>(null);
  const [pairing, pair] = useState(false);
  const [said, say] = useState("");
  const venues = useOwnVenues();
  const venue = venues.find((v) => v.id === filters.venue) ?? venues[0];
  const zone = venue?.time_zone ?? "Europe/Rome";
  const on = filters.on ?? today(zone);
  const set = (change: { venue?: string; on?: string }) => void go({ to: "/desk", search: { ...filters, ...change }, replace: true });
  const query = api.useQuery("get", "/api/v1/desk", { params: { query: { venue_id: venue?.id ?? "", on } } }, { enabled: Boolean(venue), refetchInterval: 15_000, placeholderData: (before) => before });
  const checkIn = useCheckIn(venue?.id ?? "");
  const who = useWho();
  const rows = useRowKeys();
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
  const due = (booking: Booking) => (booking.money && booking.money.due.cents > 0 ? <span className="badge held">{t("toPay", { amount: money(booking.money.due) })}</span> : null);
  const card = (booking: Booking, acts: readonly Act[], note: string) => (
    <li key={booking.id} tabIndex={0}>
      <div>
        {line(booking)}
        <small className="muted">
          {hours(booking.period, zone)} · <span className="code">{booking.code}</span>
          {note ? ` · ${note}` : ""}
        </small>{" "}
        {due(booking)}
      </div>
      {acts.map((act, place) => (
        <ActButton key={act} booking={booking} act={act} tone={place === 0 ? "main" : "plain"} />
      ))}
    </li>
  );
  const board = (name: "late" | "arriving" | "running", empty: string, draw: (booking: Booking) => React.ReactNode) => {
    const found = it?.[name].filter((booking) => meant(booking, said)) ?? [];
    return (
      <section aria-labelledby={name}>
        <h2 id={name}>
          {t(`desk.${name}`)} <span className="muted">{found.length}</span>
        </h2>
        {found.length === 0 ? <Empty>{said ? t("desk.nothingMeant") : empty}</Empty> : <ul className="rows">{found.map(draw)}</ul>}
      </section>
    );
  };
  const result = checkIn.data;
  return (
    <>
      <Title>{t("nav.desk")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue.id} among={venues} onChange={(id) => set({ venue: id })} />
        <Field label={t("search.on")}>{(id) => <input id={id} type="date" value={on} onChange={(e) => e.target.value && set({ on: e.target.value })} />}</Field>
        <Button onClick={() => set({ on: addDays(on, -1) })}>←</Button>
        <Button onClick={() => set({ on: addDays(on, 1) })}>→</Button>
        <Button onClick={() => block(true)}>{t("desk.block")}</Button>
        <Button onClick={() => pair(true)}>{t("doors.title")}</Button>
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it ? (
        <>
          <dl className="counts">
            {(["arrivals", "late", "running", "overdue", "unpaid", "free_now", "approvals", "appeals"] as const).map((name) => (
              <div key={name}>
                <dt>{t(`desk.${name}`)}</dt>
                <dd>{it.counts[name]}</dd>
              </div>
            ))}
          </dl>
          <Scanner busy={checkIn.isPending} onRead={(text) => checkIn.mutate({ shown: shown(text) })} />
          {checkIn.isError ? <Failure error={checkIn.error} /> : null}
          {result ? (
            <Light light={result.light} checkedIn={result.checked_in} reasons={result.reasons} who={result.booking ? who(result.booking, zone) : undefined}>
              {result.light === "amber" && !result.checked_in && checkIn.variables ? (
                <Button busy={checkIn.isPending} onClick={() => checkIn.variables && checkIn.mutate({ shown: checkIn.variables.shown, anyway: true })}>
                  {t("arrivals.anyway")}
                </Button>
              ) : null}
            </Light>
          ) : null}
          {it.silent_doors.map((door) => (
            <p className="note" role="alert" key={door.id}>
              {door.seen_at ? t("doors.isSilent", { name: door.name, at: instantText(door.seen_at, zone) }) : t("doors.neverOpened", { name: door.name })}
            </p>
          ))}
          <Field label={t("desk.find")}>{(id) => <input id={id} type="search" value={said} onChange={(e) => say(e.target.value)} />}</Field>
          <div className="columns" ref={rows}>
            {board("late", t("desk.noLate"), (booking) => card(booking, ["check_in", "no_show"], t("desk.since", { at: clock(booking.period.start, zone) })))}
            {board("arriving", t("desk.noArrivals"), (booking) => card(booking, ["check_in"], booking.no_show_at ? t("desk.dueBy", { at: clock(booking.no_show_at, zone) }) : ""))}
            {board("running", t("desk.noRunning"), (booking) => card(booking, ["check_out"], ms(booking.period.end) <= now() ? t("desk.isOverdue", { at: clock(booking.period.end, zone) }) : t("desk.until", { at: clock(booking.period.end, zone) })))}
          </div>
          {it.appeals.length > 0 ? <Appeals appeals={it.appeals} /> : null}
          {it.approvals.length > 0 ? (
            <section aria-labelledby="asked">
              <h2 id="asked">{t("desk.approvals")}</h2>
              <p>
                <Link to="/manage/approvals" search={{ venue: venue.id }}>
                  {t("approvals.all")}
                </Link>
              </p>
              <ul className="rows">
                {it.approvals.map((booking) => (
                  <li key={booking.id}>
                    <div>
                      {line(booking)}
                      <small className="muted">{periodText(booking.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}</small>
                    </div>
                    {booking.series_id && booking.state === "requested" ? (
                      <Link to="/manage/approvals" search={{ venue: venue.id }}>
                        {t("desk.decideSeries")}
                      </Link>
                    ) : (
                      <>
                        <ActButton booking={booking} act="approve" tone="main" />
                        <RefuseButton booking={booking} />
                      </>
                    )}
                  </li>
                ))}
              </ul>
            </section>
          ) : null}
          <section aria-labelledby="board">
            <h2 id="board">{longDay(it.day.on)}</h2>
            <div className="pair">
              <FindPerson label={t("desk.bookFor")} none={t("desk.nobody")} chosen={guest} onChoose={setGuest} />
            </div>
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
          {pairing ? <Doors venue={venue.id} resources={it.resources} onClose={() => pair(false)} /> : null}
          {blocking ? <BlockDialog resources={it.resources} day={on} zone={zone} onClose={() => block(false)} /> : null}
        </>
      ) : null}
      {picked ? <BookDialog picked={picked} zone={zone} forPerson={guest || undefined} onClose={() => pick(null)} /> : null}
    </>
  );
}
