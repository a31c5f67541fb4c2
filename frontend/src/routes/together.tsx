import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { CommonTime } from "../features/together/common-time";
import { Items, read, told, type Item } from "../features/together/items";
import { TellMe } from "../features/waiting/tell-me";
import { addDays, periodText, today } from "../kernel/time";
import { Empty, Failure, Field, Loading, Reasons, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import { ForWhom, useForWhom } from "../ui/for-whom";
import type { BundleFilters } from "./filters";

const DAYS_WAITED = 14; // as many as are searched

/** A laser, a room for six, a projector and a mentor: the next hours in which all of them are free, in one booking. */
export default function Together() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as BundleFilters;
  const go = useNavigate();
  const set = (change: Partial<BundleFilters>) => void go({ to: "/together", search: { ...filters, ...change }, replace: true });
  const items = read(filters.items);
  const whom = useForWhom();
  return (
    <>
      <Title>{t("together.title")}</Title>
      <p>{t("together.lead")}</p>
      <form onSubmit={(event) => event.preventDefault()}>
        <Items items={items} venue={filters.venue} onChange={(changed) => set({ items: told(changed) })} />
        <div className="filters">
          <Choice label={t("search.venue")} value={filters.venue ?? ""} among={session.venues} none={t("all")} onChange={(id) => set({ venue: id || undefined, items: told(items.map((item) => ({ ...item, resource: undefined }))) })} />
          <Field label={t("search.minutes")}>
            {(id) => (
              <select id={id} value={filters.minutes ?? 60} onChange={(e) => set({ minutes: Number(e.target.value) })}>
                {[30, 60, 120, 180, 240].map((minutes) => (
                  <option key={minutes} value={minutes}>
                    {minutes} min
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t("search.on")}>{(id) => <input id={id} type="date" value={filters.on ?? ""} onChange={(e) => set({ on: e.target.value || undefined })} />}</Field>
          <Field label={t("search.from")}>{(id) => <input id={id} type="time" value={filters.from ?? ""} onChange={(e) => set({ from: e.target.value || undefined })} />}</Field>
          <Field label={t("search.until")}>{(id) => <input id={id} type="time" value={filters.until ?? ""} onChange={(e) => set({ until: e.target.value || undefined })} />}</Field>
          <Field label={t("people")}>
            {(id) => <input id={id} type="number" min={1} inputMode="numeric" value={filters.people ?? ""} onChange={(e) => set({ people: Number(e.target.value) || undefined })} />}
          </Field>
          <ForWhom {...whom} />
        </div>
      </form>
      {items.length < 2 ? <Empty>{t("together.start")}</Empty> : <Times items={items} filters={filters} organisation={whom.organisation} />}
    </>
  );
}

/** One thing as the server is asked for it: this resource, or any of a kind for so many people and with these features. */
const thing = ({ resource, kind, people, features }: Item) => ({
  quantity: 1,
  ...(resource ? { resource_id: resource } : { kind: kind as "laser", ...(people ? { capacity_from: people } : {}), ...(features.length > 0 ? { features: [...features] } : {}) }),
});

function Times({ items, filters, organisation }: { items: Item[]; filters: BundleFilters; organisation?: string | undefined }) {
  const { t } = useTranslation();
  const query = api.useQuery("post", "/api/v1/offers/common", {
    body: {
      items: items.map(thing),
      minutes: filters.minutes ?? 60,
      limit: 6,
      ...(filters.venue ? { venue_id: filters.venue } : {}),
      ...(filters.on ? { on_from: filters.on } : {}),
      ...(filters.from ? { earliest: filters.from } : {}),
      ...(filters.until ? { latest: filters.until === "00:00" ? "24:00" : filters.until } : {}),
      ...(filters.people ? { people: filters.people } : {}),
      ...(organisation ? { organisation_id: organisation } : {}),
    },
  });
  return (
    <section aria-live="polite">
      <h2>{t("together.times")}</h2>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.data.length === 0 ? (
        <div className="panel">
          <p>{t("together.none")}</p>
          <ul>
            {query.data.in_the_way.map((one) => (
              <li key={one.item}>
                <InTheWay one={one} what={one.resource?.name ?? t(`kind.${(items[one.item]?.kind ?? "desk") as "desk"}`)} />
              </li>
            ))}
          </ul>
          {query.data.in_the_way.some((one) => one.why !== "not-together") ? null : <WaitForAll items={items} filters={filters} organisation={organisation} />}
        </div>
      ) : null}
      <div className="cards">
        {query.data?.data.map((time) => (
          <CommonTime key={time.period.start} time={time} people={filters.people} organisation={organisation} />
        ))}
      </div>
    </section>
  );
}

/** Nothing in common in these days: one may wait for all of them at once, each by name or by what would do. */
function WaitForAll({ items, filters, organisation }: { items: Item[]; filters: BundleFilters; organisation: string | undefined }) {
  const { t } = useTranslation();
  const { session } = useSession();
  if (!session.person) return <p className="note">{t("signInToBook")}</p>;
  const zone = session.venues.find((venue) => venue.id === filters.venue)?.time_zone ?? "Europe/Rome";
  const first = filters.on ?? today(zone);
  const somewhere = Boolean(filters.venue) || items.some((item) => item.resource);
  const wanted = {
    items: items.map(thing),
    ...(filters.venue ? { venue_id: filters.venue } : {}),
    days: { start: first, end: addDays(first, DAYS_WAITED) },
    minutes: filters.minutes ?? 60,
    people: filters.people ?? null,
    ...(filters.from || filters.until ? { hours: { start: filters.from ?? "00:00", end: !filters.until || filters.until === "00:00" ? "24:00" : filters.until } } : {}),
  };
  return (
    <>
      <p className="muted">{t("together.wait")}</p>
      <TellMe wanted={wanted} zone={zone} organisation={organisation ?? null} why={somewhere ? undefined : t("together.sayWhere")} />
    </>
  );
}

function InTheWay({ one, what }: { one: Schemas["InTheWay"]; what: string }) {
  const { t } = useTranslation();
  if (one.why === "none-fits") return <>{t("together.noneFits", { what })}</>;
  if (one.why === "not-allowed")
    return (
      <>
        {t("together.notAllowed", { what })} <Reasons reasons={one.reasons} />
      </>
    );
  const when = one.without && one.time_zone ? periodText(one.without, one.time_zone, { today: t("today"), tomorrow: t("tomorrow") }) : "";
  return <>{t("together.notTogether", { what, when })}</>;
}
