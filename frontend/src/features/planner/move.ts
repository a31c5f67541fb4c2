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
  from: string;
  to: string;
  period: Period;
  /** What the place wants said first. */
  said?: Said | undefined;
}

const PRICES = ["move"];
const CALENDAR = ["get", "/api/v1/availability"];
const bodyOf = ({ from, to, period, said }: Target) => ({ period, ...(to === from ? {} : { resource_id: to }), ...said });

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

/** The calendar with the booking's own piece somewhere else; what is free around it the server will say. */
export function moved(shown: Shown, { booking, to, period }: Pick<Target, "booking" | "to" | "period">): Shown {
  const own = shown.resources.flatMap((row) => row.spans).find((span) => span.booking_id === booking);
  if (!own) return shown;
  return {
    ...shown,
    resources: shown.resources.map((row) => {
      const others = row.spans.filter((span) => span.booking_id !== booking);
      if (row.id === to) return { ...row, spans: [...others, { ...own, period, booked: period, resource_id: to }] };
      return others.length === row.spans.length ? row : { ...row, spans: others };
    }),
  };
}
