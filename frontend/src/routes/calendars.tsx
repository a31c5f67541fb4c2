import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useOwnVenues } from "../api/session";
import { Feeds } from "../features/account/feeds";
import { Sources } from "../features/calendars/sources";
import { Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";

/** A venue's calendars in and out: those that block its resources, and the secret addresses at which others read it. */
export default function Calendars() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as { venue?: string };
  const go = useNavigate();
  const venues = useOwnVenues();
  const venue = venues.find((v) => v.id === filters.venue) ?? venues[0];
  const manages = useOwnVenues("manager").some((one) => one.id === venue?.id);
  const query = api.useQuery("get", "/api/v1/resources", { params: { query: { venue_id: venue?.id ?? "", limit: 200 } } }, { enabled: Boolean(venue) });
  if (!venue) return <Empty>{t("desk.none")}</Empty>;
  const resources = query.data?.data ?? [];
  return (
    <>
      <Title>{t("nav.calendars")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue.id} among={venues} onChange={(id) => void go({ to: "/manage/calendars", search: { venue: id }, replace: true })} />
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {manages && query.data ? <Sources key={venue.id} venue={venue.id} zone={venue.time_zone} resources={resources} /> : null}
      {query.data ? (
        <Feeds
          key={`out ${venue.id}`}
          title={t("feeds.houseTitle")}
          what={t("feeds.houseWhat")}
          of={[{ id: venue.id, name: venue.name, body: { venue_id: venue.id } }, ...resources.map(({ id, name }) => ({ id, name, body: { resource_id: id } }))]}
          named
        />
      ) : null}
    </>
  );
}
