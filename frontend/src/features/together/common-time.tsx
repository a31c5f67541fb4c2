import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, type Problem, type Schemas } from "../../api/client";
import { useSession } from "../../api/session";
import { money } from "../../kernel/money";
import { dayAt, periodText, wallHours } from "../../kernel/time";
import { Button } from "../../ui/basics";
import { RefusalNote } from "../../ui/refusal";
import { AskedDialog, NOTHING_SAID, type Said } from "../../ui/asked-dialog";

/** One time at which all is free: what one would get, its price, and one press that holds the whole of it. */
export function CommonTime({ time, people, organisation }: { time: Schemas["CommonOffer"]; people?: number | undefined; organisation?: string | undefined }) {
  const { t } = useTranslation();
  const { session } = useSession();
  const go = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asking, ask] = useState(false);
  const take = useMutation({
    mutationFn: (said: Said) =>
      client.POST("/api/v1/bookings", {
        params: { header: keyed() },
        body: {
          items: time.items.map((item) => ({ resource_id: item.resource_id, quantity: item.quantity })),
          period: time.period,
          organisation_id: organisation ?? null,
          ...said,
        },
      }),
    onMutate: () => setProblem(null),
    onSuccess: ({ data }) => data && void go({ to: "/bookings/$id", params: { id: data.id } }),
    onError: (error) => error instanceof Refusal && setProblem(error.problem),
  });
  const press = () => (session.person ? (time.asks ? ask(true) : take.mutate({ ...NOTHING_SAID, people: people ?? null })) : void go({ to: "/sign-in", search: { next: window.location.pathname + window.location.search } }));
  const refused = problem ? <RefusalNote problem={problem} zone={time.time_zone} /> : null;
  const free = time.outcome === "book";
  const { start, end } = wallHours(time.period, time.time_zone);
  return (
    <article className="card">
      <h2>{periodText(time.period, time.time_zone, { today: t("today"), tomorrow: t("tomorrow") })}</h2>
      <ul>
        {time.items.map((item) => (
          <li key={item.resource_id}>
            {item.resource.name}
            {free ? "" : ` · ${money(item.price)}`}
          </li>
        ))}
      </ul>
      <p className="toolbar">
        <Button tone="main" busy={take.isPending} onClick={press}>
          {t("together.book")} · {free ? t("free") : money(time.price)}
        </Button>
        {session.person ? (
          <Link className="button" to="/series" search={{ venue: time.venue.id, items: time.items.map((item) => item.resource_id).join(), on: dayAt(time.period.start, time.time_zone), from: start, until: end }}>
            {t("together.series")}
          </Link>
        ) : null}
      </p>
      {time.outcome === "request" ? <small className="muted"> {t("onRequest")}</small> : null}
      {asking ? (
        <AskedDialog resources={time.items.map((item) => item.resource)} people={people} busy={take.isPending} submit={t("take")} onSaid={(said) => take.mutate(said)} onClose={() => ask(false)}>
          {refused}
        </AskedDialog>
      ) : (
        refused
      )}
    </article>
  );
}
