import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, sentence, type Schemas } from "../../api/client";
import type { Period } from "../../kernel/time";
import type { Said } from "../../ui/asked-dialog";
import { useBesides } from "../../ui/besides";
import { useSettled } from "../../ui/settled";

type Shown = Schemas["AvailabilityShape"];

/** Where a booking is to go; the period may be the venue's wall clock. */
export interface Target {
  booking: string;
  /** Which of its things goes, where it goes to another resource. */
  item: string;
  from: string;
  to: string;
  period: Period;
  /** What the place wants said first. */
  said?: Said | undefined;
}

const PRICES = ["move"];
const CALENDAR = ["get", "/api/v1/availability"];
/** What the server is asked: of several things booked together it is said which one goes elsewhere. */
export const bodyOf = ({ item, from, to, period, said }: Target) => ({ period, ...(to === from ? {} : { resource_id: to, item_id: item }), ...said });

/** What the change would cost or give back, or why it cannot be; nothing is held by asking. */
export function usePriceOfMove(target: Target | null) {
  const wanted = useSettled(target);
  const asked = useQuery({
    queryKey: [...PRICES, wanted],
    enabled: wanted !== null,
    retry: false,
    staleTime: 5_000,
    placeholderData: keepPreviousData,
    queryFn: async () => {
      if (!wanted) return null;
      const { data } = await client.POST("/api/v1/quotes", { body: { booking_id: wanted.booking, ...bodyOf(wanted) } });
      return data ?? null;
    },
  });
  const fresh = target !== null && JSON.stringify(wanted) === JSON.stringify(target) && !asked.isPlaceholderData && !asked.isFetching;
  return { quote: fresh && !asked.isError ? (asked.data ?? undefined) : undefined, error: fresh ? asked.error : null };
}

/** The same in a few words. */
export function useSpokenPrice(): (found: ReturnType<typeof usePriceOfMove>) => string {
  const { t } = useTranslation();
  const besides = useBesides();
  return ({ quote, error }) => {
    if (error) return error instanceof Refusal ? (error.problem.reasons[0]?.detail ?? error.problem.detail) : sentence(error);
    if (!quote) return t("timeline.checking");
    return besides(quote);
  };
}

/** The booking is drawn where it goes at once, and where it was again if the server says no. */
export function useMove(onMoved: (booking: Schemas["Booking"]) => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (target: Target) => client.POST("/api/v1/bookings/{booking_id}/move", { params: { path: { booking_id: target.booking }, header: keyed() }, body: bodyOf(target) }),
    onMutate: async (target) => {
      await cache.cancelQueries({ queryKey: CALENDAR });
      const before = cache.getQueriesData<Shown>({ queryKey: CALENDAR });
      if (target.period.start.endsWith("Z")) cache.setQueriesData<Shown>({ queryKey: CALENDAR }, (shown) => shown && moved(shown, target));
      return before;
    },
    onError: (_error, _target, before) => before?.forEach(([key, shown]) => cache.setQueryData(key, shown)),
    onSuccess: ({ data }) => {
      // What a move from there would cost is no price from here.
      cache.removeQueries({ queryKey: PRICES });
      if (data) onMoved(data);
    },
    onSettled: () => cache.invalidateQueries({ queryKey: CALENDAR }),
  });
}

type Things = readonly { id: string; resource: { id: string } }[];

/** Which of a booking's things goes where, if it takes this that is near instead: the one that would be another, else the one
 * that was dragged, back where it was. */
export function goesTo(items: Things, near: readonly { resource_id: string }[], dragged: Pick<Target, "item" | "from">): Pick<Target, "item" | "from" | "to"> {
  const others = items.flatMap(({ id, resource }, n) => {
    const to = near[n]?.resource_id;
    return to === undefined || to === resource.id ? [] : [{ item: id, from: resource.id, to }];
  });
  return others.find((one) => one.item === dragged.item) ?? others[0] ?? { ...dragged, to: dragged.from };
}

/** The calendar with this thing of a booking somewhere else; what is free around it, and where the rest of the booking goes,
 * the server will say. */
export function moved(shown: Shown, { item, to, period }: Pick<Target, "item" | "to" | "period">): Shown {
  const own = shown.resources.flatMap((row) => row.spans).find((span) => span.item_id === item);
  if (!own) return shown;
  return {
    ...shown,
    resources: shown.resources.map((row) => {
      const others = row.spans.filter((span) => span.item_id !== item);
      if (row.id === to) return { ...row, spans: [...others, { ...own, period, booked: period, resource_id: to }] };
      return others.length === row.spans.length ? row : { ...row, spans: others };
    }),
  };
}
