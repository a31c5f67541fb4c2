import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, type Problem, type Schemas } from "../../api/client";
import { useSession } from "../../api/session";
import { money } from "../../kernel/money";
import { hours, periodText } from "../../kernel/time";
import { Button } from "../../ui/basics";

interface Props {
  offer: Schemas["Offer"];
  zone: string;
  organisation?: string | undefined;
  people?: number | undefined;
  /** Where the day is said already: only the hours. */
  short?: boolean;
  onRefused: (problem: Problem) => void;
  asks: boolean;
  /** Something has to be said first (how many, terms, questions): a dialog asks it. */
  onAsked: (offer: Schemas["Offer"]) => void;
}

/** A slot with its price: one press takes it for ten minutes and goes where it is paid. */
export function SlotButton({ offer, zone, organisation, people, short = false, asks, onRefused, onAsked }: Props) {
  const { t } = useTranslation();
  const { session } = useSession();
  const go = useNavigate();
  const take = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/bookings", {
        params: { header: keyed() },
        body: {
          items: [{ resource_id: offer.resource_id, quantity: 1 }],
          period: offer.period,
          organisation_id: organisation ?? null,
          people: people ?? null,
        },
      }),
    onSuccess: ({ data }) => data && void go({ to: "/bookings/$id", params: { id: data.id } }),
    onError: (error) => error instanceof Refusal && onRefused(error.problem),
  });
  const press = () =>
    session.person ? (asks ? onAsked(offer) : take.mutate()) : void go({ to: "/sign-in", search: { next: window.location.pathname + window.location.search } });
  const when = short ? hours(offer.period, zone) : periodText(offer.period, zone, { today: t("today"), tomorrow: t("tomorrow") });
  return (
    <Button className="slot" busy={take.isPending} onClick={press}>
      <span>{when}</span> <strong>{offer.outcome === "book" ? t("free") : money(offer.price)}</strong>
      {offer.outcome === "request" ? <small>{t("onRequest")}</small> : null}
    </Button>
  );
}
