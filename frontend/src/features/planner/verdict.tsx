import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { addDays, clock, dayAt, minutesOf, type Period } from "../../kernel/time";
import { Reasons } from "../../ui/basics";
import { useSettled } from "../../ui/settled";

/** What is asked about: a period of a resource, in instants or by the venue's wall clock, and what else is known. */
export interface Asked {
  resource: string;
  period: Period;
  zone: string;
  quantity?: number;
  organisation?: string | undefined;
  people?: number | undefined;
  terms?: string[];
  answers?: Record<string, string>;
}

export interface Said {
  allowed: boolean;
  reasons: Schemas["Reason"][];
  offer: Schemas["Offer"] | undefined;
}

async function ask(asked: Asked): Promise<Said> {
  const { data } = await client.POST("/api/v1/verdicts", {
    body: { items: [{ resource_id: asked.resource, quantity: asked.quantity ?? 1 }], period: asked.period, organisation_id: asked.organisation ?? null, people: asked.people ?? null, accepted_terms: asked.terms ?? [], answers: asked.answers ?? {} },
  });
  if (!data) throw new Error("no verdict");
  const { period } = data;
  const on = dayAt(period.start, asked.zone);
  const found = await client.GET("/api/v1/offers", {
    params: {
      query: { resource_id: [asked.resource], on_from: on, on_to: addDays(on, 1), minutes: minutesOf(period), earliest: clock(period.start, asked.zone), per_resource: 2, ...(asked.quantity ? { quantity: asked.quantity } : {}), ...(asked.organisation ? { organisation_id: asked.organisation } : {}), ...(asked.people ? { people: asked.people } : {}) },
    },
  });
  const offer = found.data?.data[0]?.offers.find((one) => one.period.start === period.start);
  return { allowed: data.allowed, reasons: [...data.reasons], offer };
}

/** The judge's word and the price, a moment after what is asked has come to rest; undefined while nobody knows. */
export function useVerdict(asked: Asked | null): Said | undefined {
  const settled = useSettled(asked);
  const answer = useQuery({ queryKey: ["verdict", settled], enabled: settled !== null && minutesOf(settled.period) > 0, queryFn: () => ask(settled as Asked), placeholderData: keepPreviousData, staleTime: 5_000 });
  return asked && settled && !answer.isPlaceholderData && JSON.stringify(settled) === JSON.stringify(asked) ? answer.data : undefined;
}

/** The verdict in a few words: the price, or why not. */
export function useSpoken(): (said: Said | undefined) => string {
  const { t } = useTranslation();
  return (said) => {
    if (!said) return t("timeline.checking");
    if (!said.allowed) return said.reasons[0]?.detail ?? "";
    if (!said.offer) return t("timeline.can");
    const price = said.offer.price.cents > 0 ? money(said.offer.price) : t("free");
    return said.offer.outcome === "request" ? `${price}, ${t("onRequest")}` : price;
  };
}

/** The verdict where a dialog has room for all of it. */
export function VerdictNote({ said }: { said: Said | undefined }) {
  const spoken = useSpoken();
  return (
    <div role="status" className="verdict">
      {said && !said.allowed ? <Reasons reasons={said.reasons} /> : <p className="lead">{spoken(said)}</p>}
    </div>
  );
}
