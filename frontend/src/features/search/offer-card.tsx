import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem, Schemas } from "../../api/client";
import { Reasons } from "../../ui/basics";
import { RefusalNote } from "../../ui/refusal";
import { DayBar } from "./day-bar";
import { SlotButton } from "./slot-button";

interface Props {
  card: Schemas["OfferCard"];
  organisation?: string | undefined;
  people?: number | undefined;
  onAsked: (offer: Schemas["Offer"], card: Schemas["OfferCard"]) => void;
}

/** One resource with its next free slots; or why not, and what would change that. */
export function OfferCard({ card, organisation, people, onAsked }: Props) {
  const { t } = useTranslation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const { resource, bookable } = card;
  return (
    <article className="card">
      <h2>
        <Link to="/resources/$id" params={{ id: resource.id }}>
          {resource.name}
        </Link>
      </h2>
      <p className="muted">
        {t(`kind.${resource.kind}`)} · {resource.venue.name}
        {resource.capacity ? ` · ${t("seats", { count: resource.capacity })}` : ""}
      </p>
      {bookable.allowed && card.bar && card.bar.length > 0 ? <DayBar pieces={card.bar} zone={resource.venue.time_zone} /> : null}
      {bookable.allowed ? null : <Reasons reasons={bookable.reasons} />}
      {bookable.allowed && card.offers.length === 0 ? <p className="muted">{t(card.open ? "nothingFree" : "search.closed")}</p> : null}
      {bookable.allowed ? (
        <div className="slots">
          {card.offers.map((offer) => (
            <SlotButton key={offer.period.start} offer={offer} zone={resource.venue.time_zone} organisation={organisation} people={people} asks={card.asks} onRefused={setProblem} onAsked={(asked) => onAsked(asked, card)} />
          ))}
        </div>
      ) : null}
      {problem ? <RefusalNote problem={problem} zone={resource.venue.time_zone} /> : null}
    </article>
  );
}
