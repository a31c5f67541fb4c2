import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal, type Schemas } from "../../api/client";
import { addDays, dayAt, dayText, hours, instantText, minutesOf, periodText, weekdayText, type Period } from "../../kernel/time";
import { AskedDialog, askedOf, NOTHING_SAID, type Said } from "../../ui/asked-dialog";
import { Button, Countdown, Failure, Loading } from "../../ui/basics";
import { RefusalNote } from "../../ui/refusal";
import { PartOfOffer } from "./part-of-offer";

type Place = Schemas["WaitingPlace"];
const PLACES = ["get", "/api/v1/waiting-list"];
/** An offer comes by itself, and goes to the next when its time is up. */
const LOOKED_AT_EVERY = 30_000;

const names = (items: readonly { resource: Schemas["Ref"] }[]) => items.map((item) => item.resource.name).join(", ");

/** What one waits for, and the offer that is one's own until its hour. */
export function Places({ zoneOf }: { zoneOf: (venue: string) => string }) {
  const { t } = useTranslation();
  const places = api.useQuery("get", "/api/v1/waiting-list", {}, { refetchInterval: LOOKED_AT_EVERY });
  const open = (places.data?.data ?? []).filter((place) => place.state === "waiting" || place.state === "offered");
  if (open.length === 0) return null;
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">{t("waiting.title")}</h2>
      <ul className="rows">
        {open.map((place) => (
          <OnePlace key={place.id} place={place} zone={zoneOf(place.venue.id)} />
        ))}
      </ul>
    </section>
  );
}

function OnePlace({ place, zone }: { place: Place; zone: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const go = useNavigate();
  const [asking, ask] = useState(false);
  const [part, choosePart] = useState<Period | null>(null);
  const onLapsed = useCallback(() => void cache.invalidateQueries({ queryKey: PLACES }), [cache]);
  const path = { path: { waiting_id: place.id }, header: keyed() };
  const offered = place.offer?.items.map((item) => item.resource) ?? [];
  const accepts = place.actions.accept;
  const leaves = place.offer ? place.actions.decline : place.actions.leave;
  const wants = useQueries({ queries: offered.map(({ id }) => askedOf(id)) }).flatMap((one) => one.data ?? []);
  const asked = wants.some((it) => it.terms || it.questions.length > 0 || (it.people_needed && !place.people));
  const accept = useMutation({
    mutationFn: (said: Said) => client.POST("/api/v1/waiting-list/{waiting_id}/accept", { params: path, body: { ...said, people: said.people ?? place.people, ...(part ? { period: part } : {}) } }),
    onSuccess: ({ data }) => data && void go({ to: "/bookings/$id", params: { id: data.id } }),
  });
  const leave = useMutation({
    mutationFn: () =>
      place.offer
        ? client.POST("/api/v1/waiting-list/{waiting_id}/decline", { params: path })
        : client.POST("/api/v1/waiting-list/{waiting_id}/leave", { params: path }),
    onSuccess: () => cache.invalidateQueries(),
  });
  const refused = accept.error instanceof Refusal ? <RefusalNote problem={accept.error.problem} zone={zone} /> : accept.isError ? <Failure error={accept.error} /> : null;
  return (
    <li>
      <span>
        {place.offer ? `${names(place.offer.items)}, ${periodText(place.offer.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}` : <Wanted place={place} zone={zone} />}
        {place.organisation ? <small className="muted"> · {t("waiting.inItsName", { name: place.organisation.name })}</small> : null}
      </span>
      {place.offer ? (
        <>
          <span>
            <strong>{t("waiting.yours", { until: instantText(place.offer.until, zone) })}</strong> · {t("waiting.still")} <Countdown until={place.offer.until} onEnd={onLapsed} />
          </span>
          <Button tone="main" busy={accept.isPending} why={accepts.allowed ? undefined : accepts.reasons[0]?.detail} onClick={() => (asked ? ask(true) : accept.mutate(NOTHING_SAID))}>
            {part ? t("waiting.acceptPart", { hours: hours(part, zone) }) : t("waiting.accept")}
          </Button>
        </>
      ) : (
        <span className="muted">{place.rank ? t("waiting.rank", { rank: place.rank }) : accepts.reasons[0]?.detail}</span>
      )}
      <Button busy={leave.isPending} why={leaves.allowed ? undefined : leaves.reasons[0]?.detail} onClick={() => leave.mutate()}>
        {place.offer ? t("waiting.decline") : t("waiting.leave")}
      </Button>
      {place.offer && accepts.allowed ? <PartOfOffer place={place.id} whole={place.offer.period} part={part} zone={zone} onPart={choosePart} /> : null}
      <Log place={place} zone={zone} />
      {asking && place.offer ? (
        <AskedDialog resources={offered} people={place.people ?? undefined} busy={accept.isPending} submit={t("waiting.accept")} onSaid={(said) => accept.mutate(said)} onClose={() => ask(false)}>
          {refused}
        </AskedDialog>
      ) : (
        refused
      )}
      {leave.isError ? <Failure error={leave.error} /> : null}
    </li>
  );
}

/** What somebody waits for, in words: a slot by its hours, a wish by its days, weekdays, hours and least length. */
function Wanted({ place, zone }: { place: Place; zone: string }) {
  const { t } = useTranslation();
  const things = place.items.map((item) => item.resource?.name ?? like(item, t));
  const what = [...things, ...(place.items.every((item) => item.resource) ? [] : [place.venue.name])].join(", ");
  if (minutesOf(place.window) <= place.minutes) return <>{`${what}, ${periodText(place.window, zone, { today: t("today"), tomorrow: t("tomorrow") })}`}</>;
  const last = addDays(dayAt(place.window.end, zone), -1);
  const days = place.weekdays.map((day) => weekdayText(day)).join(", ");
  return (
    <>
      {what}
      <small className="muted">
        {" "}
        {[`${dayText(dayAt(place.window.start, zone))} – ${dayText(last)}`, days, place.hours ? `${place.hours.start}–${place.hours.end}` : "", t("wish.atLeast", { length: `${place.minutes} min` })].filter(Boolean).join(" · ")}
      </small>
    </>
  );
}

/** Any of a kind that would do: "meeting room for 6 (projector)". */
function like(item: Place["items"][number], t: TFunction) {
  const kind = t(`kind.${item.kind as "desk"}`);
  const what = item.capacity_from ? t("waiting.forSoMany", { kind, count: item.capacity_from }) : kind;
  const features = item.features.map((feature) => t(`feature.${feature as "sound"}`, { defaultValue: feature })).join(", ");
  return features ? `${what} (${features})` : what;
}

/** What happened to all who wait for the same; nobody is named. */
function Log({ place, zone }: { place: Place; zone: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const log = api.useQuery("get", "/api/v1/waiting-list/{waiting_id}/log", { params: { path: { waiting_id: place.id } } }, { enabled: open });
  return (
    <details className="more wide" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("waiting.log")}</summary>
      {log.isError ? <Failure error={log.error} retry={() => void log.refetch()} /> : null}
      {open && log.isPending ? <Loading /> : null}
      <ol className="small">
        {log.data?.data.map((line) => (
          <li key={`${line.at}${line.what}${line.period?.start ?? ""}`}>
            {instantText(line.at, zone)} · {line.mine ? t(`waiting.mine.${line.what}`) : t(`waiting.other.${line.what}`)}
            {line.resource && line.period ? ` · ${line.resource.name}, ${periodText(line.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}` : ""}
          </li>
        ))}
      </ol>
    </details>
  );
}
