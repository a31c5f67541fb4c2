import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, type Schemas } from "../api/client";
import { Light } from "../features/arrivals/light";
import { Scanner, shown } from "../features/arrivals/scanner";
import { clock, hours, ms, now } from "../kernel/time";
import { Button, Dialog, Empty, Failure, Field, Loading, Title } from "../ui/basics";

const KEPT = "ballatoio-door";
const HEARD_EVERY = 20_000;
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

function Board({ day, secret, silentSince }: { day: Day; secret: string; silentSince: number | null }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [arriving, arrive] = useState(false);
  const put = (fresh: Day | undefined) => fresh && cache.setQueryData(["door", secret], fresh);
  const checkIn = useMutation({
    mutationFn: async (text: string) => (await client.POST("/api/v1/door/check-ins", { headers: bearer(secret), params: { header: keyed() }, body: shown(text) })).data,
    onSuccess: (answer) => put(answer?.today),
  });
  const end = useMutation({
    mutationFn: async (id: string) => (await client.POST("/api/v1/door/bookings/{booking_id}/end", { headers: bearer(secret), params: { path: { booking_id: id }, header: keyed() } })).data,
    onSuccess: put,
  });
  const extend = useMutation({
    mutationFn: async (id: string) => (await client.POST("/api/v1/door/bookings/{booking_id}/extend", { headers: bearer(secret), params: { path: { booking_id: id }, header: keyed() } })).data,
    onSuccess: put,
  });
  const at = now();
  const zone = day.time_zone;
  const standing = day.bookings.filter((one) => one.attendance === "expected" || one.attendance === "present");
  const running = standing.filter((one) => ms(one.period.start) <= at && at < ms(one.period.end));
  // A room's one booking fills the tablet; where many have a place at once, each has its own line below.
  const single = day.quantity === 1;
  const current = single ? running[0] : undefined;
  const longer = current?.actions.extend;
  const next = standing.find((one) => ms(one.period.start) > at);
  const span = day.spans.find((one) => ms(one.period.start) <= at && at < ms(one.period.end));
  const places = !single && day.quantity && span?.kind === "free" ? day.quantity - (span.taken ?? 0) : null;
  const free = places !== null || (!current && (!span || span.kind === "free"));
  const full = !free && !current && span?.kind === "taken";
  const state = () => {
    if (current) return t("doors.busyUntil", { at: clock(current.period.end, zone) });
    if (places !== null) return t("doors.places", { count: places, of: day.quantity });
    if (span && full) return t(single ? "doors.busyUntil" : "doors.full", { at: clock(span.period.end, zone) });
    if (!free) return t("doors.notOpen");
    return next ? t("doors.freeUntil", { at: clock(next.period.start, zone) }) : t("doors.free");
  };
  const offline = silentSince === null ? undefined : t("doors.offline", { at: clock(silentSince, zone) });
  return (
    <div className={`at-door ${day.quantity === null ? "" : current || full ? "busy" : free ? "free" : "closed"}`}>
      <div className="now-here">
        <Title>{day.place}</Title>
        {offline ? (
          <p className="note" role="alert">
            {offline}
          </p>
        ) : null}
        {day.quantity === null ? null : <p className="state">{state()}</p>}
        {current ? (
          <p className="lead">
            {hours(current.period, zone)} {current.initials ?? ""}
            {current.attendance === "expected" && current.no_show_at ? ` · ${t("doors.checkInBy", { at: clock(current.no_show_at, zone) })}` : ""}
          </p>
        ) : null}
        <div className="acts">
          <Button tone="main" why={offline} onClick={() => arrive(true)}>
            {t("doors.arrive")}
          </Button>
          {current ? (
            <Button why={offline ?? (current.actions.end.allowed ? undefined : t("doors.firstCheckIn"))} busy={end.isPending} onClick={() => end.mutate(current.id)}>
              {t("doors.end")}
            </Button>
          ) : null}
          {current?.attendance === "present" ? (
            <Button why={offline ?? (longer?.allowed ? undefined : longer?.reasons[0]?.detail)} busy={extend.isPending} onClick={() => extend.mutate(current.id)}>
              {t("doors.more", { minutes: (longer?.terms["minutes"] as number | undefined) ?? 15 })}
            </Button>
          ) : null}
        </div>
        {end.isError ? <Failure error={end.error} /> : null}
        {extend.isError ? <Failure error={extend.error} /> : null}
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
                <Button why={offline} busy={end.isPending && end.variables === one.id} aria-label={`${t("doors.end")}: ${hours(one.period, zone)} ${one.initials ?? ""}`} onClick={() => end.mutate(one.id)}>
                  {t("doors.end")}
                </Button>
              ) : null}
              {!single && one.actions.extend.allowed ? (
                <Button why={offline} busy={extend.isPending && extend.variables === one.id} onClick={() => extend.mutate(one.id)}>
                  {t("doors.more", { minutes: one.actions.extend.terms["minutes"] as number })}
                </Button>
              ) : null}
            </li>
          ))}
        </ol>
      </section>
      <Dialog
        title={t("doors.arrive")}
        open={arriving}
        onClose={() => {
          arrive(false);
          checkIn.reset();
        }}
      >
        <Scanner busy={checkIn.isPending} why={offline} onRead={(text) => checkIn.mutate(text)} />
        {checkIn.isError ? <Failure error={checkIn.error} /> : null}
        {checkIn.data ? <Light light={checkIn.data.light} checkedIn={checkIn.data.checked_in} reasons={checkIn.data.reasons} /> : null}
      </Dialog>
    </div>
  );
}
