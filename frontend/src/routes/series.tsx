import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed } from "../api/client";
import { QuotePanel } from "../features/checkout/quote-panel";
import { dayText, instantText, today } from "../kernel/time";
import { Button, Countdown, Failure, Field, Loading, StateBadge, Title } from "../ui/basics";

/** A series: what it costs while it is held, all its dates, those left out, and its early end. */
export default function OneSeries() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const cache = useQueryClient();
  const path = { params: { path: { series_id: id } } };
  const query = api.useQuery("get", "/api/v1/series/{series_id}", path);
  const onEnd = useCallback(() => void cache.invalidateQueries(), [cache]);
  const [on, setOn] = useState("");
  const end = useMutation({
    mutationFn: () => client.POST("/api/v1/series/{series_id}/end", { params: { ...path.params, header: keyed() }, body: { on } }),
    onSuccess: onEnd,
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  const held = it.bookings.filter((booking) => booking.state === "held");
  const standing = it.bookings.some((booking) => booking.actions.cancel.allowed);
  return (
    <>
      <Title>{it.title || (it.bookings[0]?.items[0]?.resource.name ?? "")}</Title>
      <p className="lead">
        {it.venue.name}
        {it.organisation ? ` · ${it.organisation.name}` : ""}
      </p>
      {held[0]?.held_until ? (
        <>
          <p className="note">
            {t("heldFor")} <Countdown until={held[0].held_until} onEnd={onEnd} />
          </p>
          <QuotePanel bookings={held} />
        </>
      ) : null}
      <ul className="rows">
        {it.bookings.map((booking) => (
          <li key={booking.id}>
            <Link to="/bookings/$id" params={{ id: booking.id }}>
              {instantText(booking.period.start, booking.venue.time_zone)}
            </Link>
            <StateBadge state={booking.state} />
          </li>
        ))}
      </ul>
      {it.left_out.length > 0 ? (
        <p className="muted">
          {t("series.leftOut", { count: it.left_out.length })}: {it.left_out.map((row) => dayText(row.on)).join(", ")}
        </p>
      ) : null}
      {standing ? (
        <form
          className="toolbar"
          onSubmit={(event) => {
            event.preventDefault();
            end.mutate();
          }}
        >
          <Field label={t("series.end")}>{(field) => <input id={field} type="date" required min={today("Europe/Rome")} value={on} onChange={(e) => setOn(e.target.value)} />}</Field>
          <Button type="submit" tone="danger" busy={end.isPending}>
            {t("act.cancel")}
          </Button>
          {end.isError ? <Failure error={end.error} /> : null}
        </form>
      ) : null}
    </>
  );
}
