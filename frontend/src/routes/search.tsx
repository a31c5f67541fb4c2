import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { BookDialog, type Picked } from "../features/planner/book-dialog";
import { OfferCard } from "../features/search/offer-card";
import { Relaxations } from "../features/search/relaxations";
import { SearchForm, words, type SearchFilters } from "../features/search/search-form";
import { Failure, Loading, Title } from "../ui/basics";
import { ForWhom, useForWhom } from "../ui/for-whom";

/** Which words of the address a filter of the API is made of. */
const MADE_OF: Record<string, (keyof SearchFilters)[]> = {
  price_to: ["price"], earliest: ["from"], latest: ["until"], at: ["now"], on: ["on"], dates: ["on"], weekday: ["weekdays"],
  minutes: ["minutes"], people: ["people"], features: ["features"], access: ["access"], q: ["q"], kind: ["kind"], venue_id: ["venue"],
};

/** Find something free: every card carries its next slots; when nothing fits, what would help. */
export default function Search() {
  const { t } = useTranslation();
  const { session } = useSession();
  const filters = useSearch({ strict: false }) as SearchFilters;
  const go = useNavigate();
  const [picked, pick] = useState<(Picked & { zone: string }) | null>(null);
  const set = (change: Partial<SearchFilters>) => void go({ to: "/", search: { ...filters, ...change }, replace: true });
  const whom = useForWhom();
  const days = words(filters.on);
  const query = api.useQuery("get", "/api/v1/offers", {
    params: {
      query: {
        ...(filters.q ? { q: filters.q } : {}),
        ...(filters.kind ? { kind: [filters.kind as "laser"] } : {}),
        ...(filters.venue ? { venue_id: filters.venue } : {}),
        ...(filters.people ? { capacity_from: filters.people, people: filters.people } : {}),
        ...(filters.features ? { features: words(filters.features) } : {}),
        ...(filters.access ? { access: words(filters.access) as "step-free"[] } : {}),
        ...(days.length > 1 ? { on: days } : days[0] ? { on_from: days[0] } : {}),
        ...(filters.weekdays ? { weekday: words(filters.weekdays).map(Number) } : {}),
        ...(filters.from ? { earliest: filters.from } : {}),
        ...(filters.until ? { latest: filters.until === "00:00" ? "24:00" : filters.until } : {}),
        ...(filters.minutes ? { minutes: filters.minutes } : {}),
        ...(filters.price ? { price_to: filters.price * 100 } : {}),
        ...(filters.now ? { at: "now" as const } : {}),
        include: ["relaxations" as const, "facets" as const, "bar" as const],
        ...(whom.organisation ? { organisation_id: whom.organisation } : {}),
        per_resource: 3,
      },
    },
  }, { placeholderData: (before) => before });
  const letGo = (filter: string) => set(Object.fromEntries((MADE_OF[filter] ?? []).map((word) => [word, undefined])));
  const fits = query.data?.data.some((card) => card.bookable.allowed && card.offers.length > 0);
  const narrowed = Object.values(filters).some((value) => value !== undefined);
  return (
    <>
      <Title>{t("search.title")}</Title>
      <SearchForm asked={filters} venues={session.venues} found={query.data?.facets ?? undefined} set={set} />
      <div className="toolbar">
        <ForWhom {...whom} />
        <Link to="/together">{t("search.together")}</Link>
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      <div aria-live="polite">
        {query.data && !fits && narrowed ? <Relaxations found={query.data.relaxations ?? []} letGo={letGo} clear={() => void go({ to: "/", search: {}, replace: true })} /> : null}
        <div className="cards">
          {query.data?.data.map((card) => (
            <OfferCard key={card.resource.id} card={card} organisation={whom.organisation} people={filters.people} onAsked={(offer) => pick({ resource: card.resource, period: offer.period, zone: card.resource.venue.time_zone })} />
          ))}
        </div>
      </div>
      {picked ? <BookDialog picked={picked} zone={picked.zone} onClose={() => pick(null)} /> : null}
    </>
  );
}
