import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { ActButton } from "../features/booking/act-button";
import { BlockDialog } from "../features/desk/block-dialog";
import { BookDialog, type Picked } from "../features/planner/book-dialog";
import { usePriceOfMove, useSpokenPrice, type Target } from "../features/planner/move";
import { MoveDialog } from "../features/planner/move-dialog";
import { BookingDialog, TakenDialog } from "../features/planner/open-dialog";
import { Toolbar, type Filters } from "../features/planner/toolbar";
import { useSpoken, useVerdict } from "../features/planner/verdict";
import { TellMe } from "../features/waiting/tell-me";
import { addDays, addMonths, firstOfMonth, longDay, monday, monthText, ms, today, type Period } from "../kernel/time";
import { Button, Empty, Failure, Loading, Title } from "../ui/basics";
import { TimelineList } from "../ui/timeline/list";
import { useNamed } from "../ui/timeline/line";
import { periodOf } from "../ui/timeline/marks";
import { Month } from "../ui/timeline/month";
import { MonthOf } from "../ui/timeline/month-of";
import type { Draft, Row, Span } from "../ui/timeline/scale";
import { Timeline } from "../ui/timeline/timeline";
import { ZoneNote } from "../ui/zone-note";

const WIDE = "(min-width: 64rem)";
/** Its own row's booking, that the server lets one move; a hall shows its pieces' bookings, which move in their own rows. */
const movable = (row: Row, span: Span) => Boolean(span.actions?.move.allowed && span.booked && span.resource_id === row.id);

type Asking = { how: "move"; target: Target } | { how: "book" | "block"; picked: Picked } | { how: "open"; row: Row; span: Span };

/** A venue's resources by day, week or month: draw on free time to book it, press anything to open it. */
export default function Planner() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as Filters;
  const go = useNavigate();
  const named = useNamed();
  const spoken = useSpoken();
  const spokenPrice = useSpokenPrice();
  const [told, tell] = useState("");
  const [asking, setAsking] = useState<Asking | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [drawing, setDrawing] = useState<"book" | "block">("book");
  const venue = session.venues.find((v) => v.id === filters.venue) ?? session.venues[0];
  const zone = venue?.time_zone ?? "Europe/Rome";
  const on = filters.on ?? today(zone);
  const view = filters.view ?? (window.matchMedia(WIDE).matches ? "week" : "day");
  const staff = session.roles.some((role) => (role.kind === "administrator" ? true : (role.kind === "staff" || role.kind === "manager") && role.partner?.id === venue?.partner_id));
  const set = useCallback((change: Filters) => void go({ to: "/planner", search: (before: object) => ({ ...before, ...change }), replace: true }), [go]);

  const first = view === "month" ? firstOfMonth(on) : view === "week" ? monday(on) : on;
  const last = view === "month" ? addMonths(first, 1) : addDays(first, view === "week" ? 7 : 1);
  const query = api.useQuery(
    "get",
    "/api/v1/availability",
    { params: { query: { venue_id: venue?.id ?? "", on_from: first, on_to: last, detail: view === "month" ? "days" : "spans", ...(filters.kind ? { kind: [filters.kind as "hall"] } : {}) } } },
    { enabled: Boolean(venue), placeholderData: (before) => before, refetchInterval: 60_000 },
  );
  const data = query.data;
  // A month of one resource is drawn hour by hour; of all of them only what is left of each day.
  const alone = view === "month" && filters.only ? filters.only : null;
  const month = api.useQuery(
    "get",
    "/api/v1/availability",
    { params: { query: { resource_id: [alone ?? ""], on_from: first, on_to: last, detail: "spans" } } },
    { enabled: alone !== null, placeholderData: (before) => before, refetchInterval: 60_000 },
  );
  const one = alone !== null ? month.data?.resources.find((row) => row.id === alone) : undefined;
  const rows = useMemo(
    () =>
      (data?.resources ?? []).filter(
        (row) =>
          (!filters.only || row.id === filters.only) &&
          (filters.show === undefined || (filters.show === "mine" ? row.spans.some((s) => s.kind === "mine") || row.days.some((d) => d.mine) : row.spans.some((s) => s.kind === "free") || row.days.some((d) => d.free_minutes > 0))),
      ),
    [data, filters.only, filters.show],
  );
  const drawn = draft && draft.span === null && drawing === "book" ? { resource: draft.row.id, period: periodOf(draft.stretch), zone } : null;
  const said = useVerdict(drawn);
  // Where it stands already there is nothing to ask.
  const away = draft?.span?.booked && (draft.row.id !== draft.span.resource_id || draft.stretch.start !== ms(draft.span.booked.start) || draft.stretch.end !== ms(draft.span.booked.end));
  const shifted = away && draft.span?.booking_id && draft.span.item_id && draft.span.resource_id ? { booking: draft.span.booking_id, item: draft.span.item_id, from: draft.span.resource_id, to: draft.row.id, period: periodOf(draft.stretch) } : null;
  const price = usePriceOfMove(shifted);
  const saidOfDraft = drawn ? spoken(said) : shifted ? spokenPrice(price) : undefined;

  // What was said of the act before is no word on this one.
  const ask = (next: Asking) => {
    tell("");
    setAsking(next);
  };
  const choose = (row: Row, period: Period) => ask({ how: drawing, picked: { resource: row, period } });
  const open = (row: Row, span: Span) => ask({ how: "open", row, span });
  const move = (row: Row, span: Span, period: Period) => span.booking_id && span.item_id && span.resource_id && ask({ how: "move", target: { booking: span.booking_id, item: span.item_id, from: span.resource_id, to: row.id, period } });
  const close = () => setAsking(null);
  const kept =
    asking?.how === "move" ? { resource: asking.target.to, period: asking.target.period } : asking && asking.how !== "open" ? { resource: asking.picked.resource.id, period: asking.picked.period } : null;
  const shared = { rows, zone, choosing: Boolean(session.person), movable, onChoose: choose, onOpen: open, onMove: move };
  const ready = data && query.isPlaceholderData === false;

  return (
    <>
      <Title>{t("nav.planner")}</Title>
      <Toolbar filters={filters} view={view} venue={venue} venues={session.venues} on={on} zone={zone} resources={data?.resources ?? []} set={set} person={Boolean(session.person)}>
        {staff && (view !== "month" || alone) ? (
          <fieldset className="choice">
            <legend>{t("timeline.drawing")}</legend>
            {(["book", "block"] as const).map((how) => (
              <label key={how}>
                <input type="radio" name="drawing" checked={drawing === how} onChange={() => setDrawing(how)} />
                {t(`timeline.${how}`)}
              </label>
            ))}
          </fieldset>
        ) : null}
        {session.person ? (
          <Link to="/series" search={venue ? { venue: venue.id } : {}} className="button">
            {t("series.title")}
          </Link>
        ) : (
          <p className="note">{t("signInToBook")}</p>
        )}
      </Toolbar>
      <ZoneNote zone={zone} />
      <p role="status" className={told ? "note told" : "visually-hidden"}>
        {told}
      </p>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {alone && month.isError ? <Failure error={month.error} retry={() => void month.refetch()} /> : null}
      {one ? <h2>{`${one.name} · ${monthText(first)}`}</h2> : null}
      {view === "day" && filters.as !== "list" ? <h2>{longDay(first)}</h2> : null}
      {ready && rows.length === 0 ? <Empty>{t("timeline.none")}</Empty> : null}
      {data && rows.length > 0 ? (
        alone ? (
          !one || !month.data ? (
            <Loading />
          ) : filters.as === "list" ? (
            <TimelineList {...shared} rows={[one]} days={month.data.days} />
          ) : (
            <MonthOf {...shared} row={one} days={month.data.days} onDraft={setDraft} said={saidOfDraft} kept={kept} />
          )
        ) : view === "month" ? (
          data.resources[0]?.days.length ? <Month rows={rows} zone={zone} onDay={(row, day) => set({ view: "day", on: day, only: row.id })} onRow={(row) => set({ only: row.id })} /> : <Loading />
        ) : filters.as === "list" ? (
          <TimelineList {...shared} days={data.days} />
        ) : (
          <Timeline {...shared} days={data.days} dense={data.days.length > 1} onDraft={setDraft} said={saidOfDraft} kept={kept} />
        )
      ) : null}
      {asking?.how === "move" ? (
        <MoveDialog
          target={asking.target}
          zone={zone}
          resources={data?.resources ?? []}
          onClose={close}
          onMoved={(text) => {
            tell(text);
            close();
          }}
        />
      ) : null}
      {asking?.how === "book" ? <BookDialog picked={asking.picked} zone={zone} onClose={close} /> : null}
      {asking?.how === "block" ? <BlockDialog resources={one ? [one] : rows} day={on} zone={zone} drawn={{ resource: asking.picked.resource.id, period: asking.picked.period }} onClose={close} /> : null}
      {asking?.how === "open" && asking.span.booking_id ? (
        <BookingDialog id={asking.span.booking_id} onClose={close}>
          {(booking) => (
            <>
              <Button
                why={booking.actions.move.allowed ? undefined : booking.actions.move.reasons[0]?.detail}
                onClick={() => {
                  const { resource_id: from, item_id: item, booked } = asking.span;
                  if (from && item && booked) ask({ how: "move", target: { booking: booking.id, item, from, to: from, period: booked } });
                }}
              >
                {t("timeline.change")}
              </Button>
              {booking.actions.cancel.allowed ? <ActButton booking={booking} act="cancel" tone="danger" confirm={t("cancelFree")} /> : null}
            </>
          )}
        </BookingDialog>
      ) : null}
      {asking?.how === "open" && !asking.span.booking_id ? (
        <TakenDialog name={asking.row.name} period={asking.span.period} zone={zone} what={named(asking.row, asking.span)} block={asking.span.block_id} repeats={asking.span.block_repeats} onClose={close}>
          {session.person ? <TellMe wanted={{ resource_id: asking.row.id, period: asking.span.period }} zone={zone} /> : <p className="note">{t("signInToBook")}</p>}
        </TakenDialog>
      ) : null}
    </>
  );
}
