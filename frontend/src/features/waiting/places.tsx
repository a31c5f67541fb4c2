import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { instantText, periodText } from "../../kernel/time";
import { Button, Failure } from "../../ui/basics";

type Place = Schemas["WaitingPlace"];

/** What one waits for, and the offer that is one's own until its hour. */
export function Places({ zoneOf }: { zoneOf: (venue: string) => string }) {
  const { t } = useTranslation();
  const places = api.useQuery("get", "/api/v1/waiting-list");
  const open = (places.data?.data ?? []).filter((place) => place.state === "waiting" || place.state === "offered");
  if (open.length === 0) return null;
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">{t("waiting.title")}</h2>
      <ul className="rows">
        {open.map((place) => (
          <OnePlace key={place.id} place={place} zone={zoneOf(place.venue.id)} />
        ))}
      </ul>
    </section>
  );
}

function OnePlace({ place, zone }: { place: Place; zone: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const go = useNavigate();
  const path = { path: { waiting_id: place.id }, header: keyed() };
  const words = { today: t("today"), tomorrow: t("tomorrow") };
  const accept = useMutation({
    mutationFn: () => client.POST("/api/v1/waiting-list/{waiting_id}/accept", { params: path, body: { accepted_terms: [], answers: {} } }),
    onSuccess: ({ data }) => data && void go({ to: "/bookings/$id", params: { id: data.id } }),
  });
  const leave = useMutation({
    mutationFn: () =>
      place.offer
        ? client.POST("/api/v1/waiting-list/{waiting_id}/decline", { params: path })
        : client.POST("/api/v1/waiting-list/{waiting_id}/leave", { params: path }),
    onSuccess: () => cache.invalidateQueries(),
  });
  return (
    <li>
      <span>
        {place.offer?.resource.name ?? place.resource?.name ?? place.venue.name}, {periodText(place.offer?.period ?? place.window, zone, words)}
      </span>
      {place.offer ? (
        <>
          <strong>{t("waiting.yours", { until: instantText(place.offer.until, zone) })}</strong>
          <Button tone="main" busy={accept.isPending} onClick={() => accept.mutate()}>
            {t("waiting.accept")}
          </Button>
        </>
      ) : (
        <span className="muted">{place.rank ? t("waiting.rank", { rank: place.rank }) : null}</span>
      )}
      <Button busy={leave.isPending} onClick={() => leave.mutate()}>
        {place.offer ? t("waiting.decline") : t("waiting.leave")}
      </Button>
      {accept.isError ? <Failure error={accept.error} /> : null}
      {leave.isError ? <Failure error={leave.error} /> : null}
    </li>
  );
}
