import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { CommonTime } from "../features/together/common-time";
import { Items, read, told, type Item } from "../features/together/items";
import { periodText } from "../kernel/time";
import { Empty, Failure, Field, Loading, Reasons, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import type { BundleFilters } from "./filters";

/** A laser, a room for six, a projector and a mentor: the next hours in which all of them are free, in one booking. */
export default function Together() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as BundleFilters;
  const go = useNavigate();
  const set = (change: Partial<BundleFilters>) => void go({ to: "/together", search: { ...filters, ...change }, replace: true });
  const items = read(filters.items);
  const delegate = session.organisations.find((body) => body.is_delegate);
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
        </div>
      </form>
      {items.length < 2 ? <Empty>{t("together.start")}</Empty> : <Times items={items} filters={filters} organisation={delegate?.id} />}
    </>
  );
}

function Times({ items, filters, organisation }: { items: Item[]; filters: BundleFilters; organisation?: string | undefined }) {
  const { t } = useTranslation();
  const query = api.useQuery("post", "/api/v1/offers/common", {
    body: {
      items: items.map((item) => ({
        quantity: 1,
        ...(item.resource ? { resource_id: item.resource } : { kind: item.kind as "laser" }),
        ...(item.people ? { capacity_from: item.people } : {}),
      })),
      minutes: filters.minutes ?? 60,
      limit: 6,
      ...(filters.venue ? { venue_id: filters.venue } : {}),
      ...(filters.on ? { on_from: filters.on } : {}),
      ...(filters.from ? { earliest: filters.from } : {}),
      ...(filters.until ? { latest: filters.until } : {}),
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
                <InTheWay one={one} what={t(`kind.${(items[one.item]?.kind ?? "desk") as "desk"}`)} />
              </li>
            ))}
          </ul>
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
