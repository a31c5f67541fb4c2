import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { BookDialog, type Picked } from "../features/planner/book-dialog";
import { OfferCard } from "../features/search/offer-card";
import { Empty, Failure, Field, Loading, Title } from "../ui/basics";
import { KINDS } from "../ui/kinds";
import type { SearchFilters } from "./filters";

/** Find something free: every card carries its next slots. */
export default function Search() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as SearchFilters;
  const go = useNavigate();
  const [picked, pick] = useState<(Picked & { zone: string }) | null>(null);
  const set = (change: Partial<SearchFilters>) => void go({ to: "/", search: { ...filters, ...change }, replace: true });
  const delegate = session.organisations.find((body) => body.is_delegate);
  const query = api.useQuery("get", "/api/v1/offers", {
    params: {
      query: {
        ...(filters.q ? { q: filters.q } : {}),
        ...(filters.kind ? { kind: [filters.kind as "laser"] } : {}),
        ...(filters.venue ? { venue_id: filters.venue } : {}),
        ...(filters.people ? { capacity_from: filters.people, people: filters.people } : {}),
        ...(filters.features ? { features: [filters.features] } : {}),
        ...(filters.on ? { on_from: filters.on } : {}),
        ...(filters.from ? { earliest: filters.from } : {}),
        ...(filters.minutes ? { minutes: filters.minutes } : {}),
        per_resource: 3,
      },
    },
  });
  return (
    <>
      <Title>{t("search.title")}</Title>
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <Field label={t("search.what")}>
          {(id) => <input id={id} type="search" defaultValue={filters.q ?? ""} onChange={(e) => set({ q: e.target.value || undefined })} />}
        </Field>
        <Field label={t("search.kind")}>
          {(id) => (
            <select id={id} value={filters.kind ?? ""} onChange={(e) => set({ kind: e.target.value || undefined })}>
              <option value="">{t("all")}</option>
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`kind.${kind}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("search.venue")}>
          {(id) => (
            <select id={id} value={filters.venue ?? ""} onChange={(e) => set({ venue: e.target.value || undefined })}>
              <option value="">{t("all")}</option>
              {session.venues.map((venue) => (
                <option key={venue.id} value={venue.id}>
                  {venue.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("search.on")}>{(id) => <input id={id} type="date" value={filters.on ?? ""} onChange={(e) => set({ on: e.target.value || undefined })} />}</Field>
        <Field label={t("search.from")}>{(id) => <input id={id} type="time" value={filters.from ?? ""} onChange={(e) => set({ from: e.target.value || undefined })} />}</Field>
        <Field label={t("search.minutes")}>
          {(id) => (
            <select id={id} value={filters.minutes ?? ""} onChange={(e) => set({ minutes: Number(e.target.value) || undefined })}>
              <option value="">{t("search.usual")}</option>
              {[30, 60, 120, 180, 240].map((minutes) => (
                <option key={minutes} value={minutes}>
                  {minutes} min
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("people")}>
          {(id) => <input id={id} type="number" min={1} inputMode="numeric" value={filters.people ?? ""} onChange={(e) => set({ people: Number(e.target.value) || undefined })} />}
        </Field>
        <Field label={t("search.feature")}>
          {(id) => (
            <select id={id} value={filters.features ?? ""} onChange={(e) => set({ features: e.target.value || undefined })}>
              <option value="">{t("all")}</option>
              {(["projector", "whiteboard", "step-free", "kitchen", "sound"] as const).map((feature) => (
                <option key={feature} value={feature}>
                  {t(`feature.${feature}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </form>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.data.length === 0 ? <Empty>{t("search.nothing")}</Empty> : null}
      <div className="cards" aria-live="polite">
        {query.data?.data.map((card) => (
          <OfferCard key={card.resource.id} card={card} organisation={delegate?.id} people={filters.people} onAsked={(offer) => pick({ resource: card.resource, period: offer.period, zone: card.resource.venue.time_zone })} />
        ))}
      </div>
      {picked ? <BookDialog picked={picked} zone={picked.zone} onClose={() => pick(null)} /> : null}
    </>
  );
}
