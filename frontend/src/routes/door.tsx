import "../features/arrivals/arrivals.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, type Schemas } from "../api/client";
import { Light } from "../features/arrivals/light";
import { Scanner, shown } from "../features/arrivals/scanner";
import { clock, hours, ms, now } from "../kernel/time";
import { Button, Dialog, Empty, Failure, Field, Loading, Title } from "../ui/basics";

const KEPT = "ballatoio-door";
const HEARD_EVERY = 20_000;
const LOOKED_AT_EVERY = 5_000;
/** How long an arrival that is told stays on the wall, and a dialog that nobody uses. */
const READ_WITHIN = 8_000;
const LEFT_ALONE = 90_000;
type Day = Schemas["DoorDay"];

/** The secret of this tablet: from the address it was paired with, which is then forgotten, or kept from before. */
function useSecret(): [string, (secret: string) => void] {
  const [secret, set] = useState(() => window.location.hash.slice(1) || (localStorage.getItem(KEPT) ?? ""));
  useEffect(() => {
    if (secret) localStorage.setItem(KEPT, secret);
    else localStorage.removeItem(KEPT);
    if (window.location.hash) window.history.replaceState(null, "", window.location.pathname);
  }, [secret]);
  return [secret, set];
}

const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

/** A tablet on the wall: what is on now and next, and four things that whoever stands here can do. */
export default function DoorPage() {
  const [secret, setSecret] = useSecret();
  const query = useQuery({
    queryKey: ["door", secret],
    enabled: Boolean(secret),
    refetchInterval: HEARD_EVERY,
    refetchIntervalInBackground: true,
    networkMode: "always",
    retry: false,
    queryFn: async () => (await client.GET("/api/v1/door", { headers: bearer(secret) })).data ?? null,
  });
  const gone = query.error instanceof Refusal && query.error.problem.code === "sign-in-needed";
  if (!secret || gone) return <Pair wasPaired={gone} onPair={setSecret} />;
  if (!query.data) return query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : <Loading />;
  return <Board day={query.data} secret={secret} silentSince={query.isError ? query.dataUpdatedAt : null} />;
}

function Pair({ wasPaired, onPair }: { wasPaired: boolean; onPair: (secret: string) => void }) {
  const { t } = useTranslation();
  const [address, setAddress] = useState("");
  return (
    <form
      className="narrow"
      onSubmit={(event) => {
        event.preventDefault();
        onPair(address.trim().split("#").pop() ?? "");
      }}
    >
      <Title>{t("doors.here")}</Title>
      <p>{t(wasPaired ? "doors.sentAway" : "doors.notPaired")}</p>
      <Field label={t("doors.address")}>{(id) => <input id={id} value={address} onChange={(e) => setAddress(e.target.value)} autoComplete="off" />}</Field>
      <Button tone="main" why={address.trim() ? undefined : t("doors.notPaired")} onClick={() => onPair(address.trim().split("#").pop() ?? "")}>
        {t("doors.pair")}
      </Button>
    </form>
  );
}

/** The present, looked at again every few seconds: an hour passes also while the server has nothing new to say. */
function useNow(): number {
  const [at, tick] = useState(now());
  useEffect(() => {
    const timer = window.setInterval(() => tick(now()), LOOKED_AT_EVERY);
    return () => window.clearInterval(timer);
  }, []);
  return at;
}

function Board({ day, secret, silentSince }: { day: Day; secret: string; silentSince: number | null }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [arriving, arrive] = useState(false);
  const [ending, end] = useState<Day["bookings"][number] | null>(null);
  const put = async (fresh: Day | undefined) => {
    // What was asked before the act must not be told after it.
    await cache.cancelQueries({ queryKey: ["door", secret] });
    if (fresh) cache.setQueryData(["door", secret], fresh);
  };
  const checkIn = useMutation({
    mutationFn: async (text: string) => (await client.POST("/api/v1/door/check-ins", { headers: bearer(secret), params: { header: keyed() }, body: shown(text) })).data,
    onSuccess: (answer) => put(answer?.today),
  });
  const forget = checkIn.reset;
  const ended = useMutation({
    mutationFn: async (id: string) => (await client.POST("/api/v1/door/bookings/{booking_id}/end", { headers: bearer(secret), params: { path: { booking_id: id }, header: keyed() } })).data,
    onSuccess: async (fresh) => {
      await put(fresh);
      end(null);
    },
  });
  const askToEnd = (one: Day["bookings"][number]) => {
    ended.reset();
    end(one);
  };
  const extend = useMutation({
    mutationFn: async (id: string) => (await client.POST("/api/v1/door/bookings/{booking_id}/extend", { headers: bearer(secret), params: { path: { booking_id: id }, header: keyed() } })).data,
    onSuccess: put,
  });
  const at = useNow();
  const zone = day.time_zone;
  const standing = day.bookings.filter((one) => one.attendance === "expected" || one.attendance === "present");
  const running = standing.filter((one) => ms(one.period.start) <= at && at < ms(one.period.end));
  // A room's one booking fills the tablet; where many have a place at once, each has its own line below.
  const single = day.quantity === 1;
  const current = single ? running[0] : undefined;
  const longer = current?.actions.extend;
  const span = day.spans.find((one) => ms(one.period.start) <= at && at < ms(one.period.end));
  const places = !single && day.quantity && span?.kind === "free" ? day.quantity - (span.taken ?? 0) : null;
  const free = places !== null || (!current && (!span || span.kind === "free"));
  const full = !free && !current && span?.kind === "taken";
  const state = () => {
    if (current) return t("doors.busyUntil", { at: clock(current.period.end, zone) });
    if (places !== null) return t("doors.places", { count: places, of: day.quantity });
    if (span && full) return t(single ? "doors.busyUntil" : "doors.full", { at: clock(span.period.end, zone) });
    if (!free) return t("doors.notOpen");
    // Whatever ends it: a booking, its set-up, a block, the closing hour.
    return span && ms(span.period.end) < ms(day.day.end) ? t("doors.freeUntil", { at: clock(span.period.end, zone) }) : t("doors.free");
  };
  const offline = silentSince === null ? undefined : t("doors.offline", { at: clock(silentSince, zone) });
  const why = offline && t("doors.noNetwork");
  const closeArrival = useCallback(() => {
    arrive(false);
    forget();
  }, [forget]);
  // Nobody need close it: whoever comes next finds the day of the room again.
  useEffect(() => {
    if (!(arriving || ending) || checkIn.isPending) return;
    const close = () => {
      closeArrival();
      end(null);
    };
    const timer = window.setTimeout(close, checkIn.data?.checked_in ? READ_WITHIN : LEFT_ALONE);
    return () => window.clearTimeout(timer);
  }, [arriving, ending, checkIn.isPending, checkIn.data, closeArrival]);
  return (
    <div className={`at-door ${day.quantity === null ? "" : current || full ? "busy" : free ? "free" : "closed"}`}>
      <div className="now-here">
        <Title>{day.place}</Title>
        {offline ? (
          <p className="note" role="alert">
            {offline}
          </p>
        ) : null}
        {day.quantity === null ? null : <p className="state" role="status">{state()}</p>}
        {current ? (
          <p className="lead">
            {hours(current.period, zone)} {current.initials ?? ""}
            {current.attendance === "expected" && current.no_show_at ? ` · ${t("doors.checkInBy", { at: clock(current.no_show_at, zone) })}` : ""}
          </p>
        ) : null}
        <div className="acts">
          <Button tone="main" why={why} onClick={() => arrive(true)}>
            {t("doors.arrive")}
          </Button>
          {current ? (
            <Button why={why ?? (current.actions.end.allowed ? undefined : t("doors.firstCheckIn"))} onClick={() => askToEnd(current)}>
              {t("doors.end")}
            </Button>
          ) : null}
          {current?.attendance === "present" ? (
            <Button why={why ?? (longer?.allowed ? undefined : longer?.reasons[0]?.detail)} busy={extend.isPending} onClick={() => extend.mutate(current.id)}>
              {t("doors.more", { minutes: (longer?.terms["minutes"] as number | undefined) ?? 15 })}
            </Button>
          ) : null}
        </div>
        {extend.isError ? <Failure error={extend.error} /> : null}
        {day.book && span?.kind === "free" && free && !offline ? (
          <figure className="book-here">
            <img src={day.book.qr_href} alt={t("doors.bookQr", { place: day.place })} width={144} height={144} />
            <figcaption>{t("doors.bookNow")}</figcaption>
          </figure>
        ) : null}
      </div>
      <section aria-labelledby="today">
        <h2 id="today">{t("today")}</h2>
        {day.bookings.length === 0 ? <Empty>{t("doors.nothing")}</Empty> : null}
        <ol className="rows">
          {day.bookings.map((one) => (
            <li key={one.id} className={running.includes(one) ? "current" : undefined}>
              <span>
                {hours(one.period, zone)} {one.initials ?? ""}
              </span>
              <span className="badge">{t(`attendance.${one.attendance}`)}</span>
              {!single && one.actions.end.allowed ? (
                <Button why={why} aria-label={`${t("doors.end")}: ${hours(one.period, zone)} ${one.initials ?? ""}`} onClick={() => askToEnd(one)}>
                  {t("doors.end")}
                </Button>
              ) : null}
              {!single && one.actions.extend.allowed ? (
                <Button why={why} busy={extend.isPending && extend.variables === one.id} onClick={() => extend.mutate(one.id)}>
                  {t("doors.more", { minutes: one.actions.extend.terms["minutes"] as number })}
                </Button>
              ) : null}
            </li>
          ))}
        </ol>
      </section>
      {ending ? (
        <Dialog title={t("doors.endSure")} open onClose={() => end(null)}>
          <p>
            {hours(ending.period, zone)} {ending.initials ?? ""}
          </p>
          <p>{t("doors.endWhat")}</p>
          {ended.isError ? <Failure error={ended.error} /> : null}
          <Button tone="danger" why={why} busy={ended.isPending} onClick={() => ended.mutate(ending.id)}>
            {t("doors.end")}
          </Button>
        </Dialog>
      ) : null}
      <Dialog
        title={t("doors.arrive")}
        open={arriving}
        onClose={closeArrival}
      >
        <Scanner busy={checkIn.isPending} why={why} onRead={(text) => checkIn.mutate(text)} />
        {checkIn.isError ? <Failure error={checkIn.error} /> : null}
        {checkIn.data ? <Light light={checkIn.data.light} checkedIn={checkIn.data.checked_in} reasons={checkIn.data.reasons} /> : null}
      </Dialog>
    </div>
  );
}
