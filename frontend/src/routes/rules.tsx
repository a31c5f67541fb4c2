import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useOwnVenues } from "../api/session";
import { LayoutEditor } from "../features/places/layout-editor";
import { ClosuresEditor, HolidaysEditor } from "../features/rules/closures-editor";
import { HoursEditor } from "../features/rules/hours-editor";
import { RulesEditor } from "../features/rules/rules-editor";
import { SchoolEditor } from "../features/rules/school-editor";
import { RuleTester } from "../features/rules/tester";
import { Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";

const TABS = ["rules", "hours", "layout", "tester"] as const;
type Tab = (typeof TABS)[number];

/** What a venue or one of its resources may be booked by: its rules, its hours, and whom they would let in. */
export default function Rules() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as { venue?: string; resource?: string; tab?: string };
  const go = useNavigate();
  const venues = useOwnVenues("manager");
  const venue = venues.find((v) => v.id === filters.venue) ?? venues[0];
  const tab: Tab = TABS.find((name) => name === filters.tab) ?? "rules";
  const set = (change: { venue?: string; resource?: string | undefined; tab?: Tab }) => void go({ to: "/manage/rules", search: { ...filters, ...change }, replace: true });
  const resources = api.useQuery("get", "/api/v1/resources", { params: { query: { venue_id: venue?.id ?? "", limit: 200 } } }, { enabled: Boolean(venue) });
  const resource = resources.data?.data.find((one) => one.id === filters.resource);
  const scope = resource ? { resource_id: resource.id } : { venue_id: venue?.id ?? "" };
  const policies = api.useQuery("get", "/api/v1/policies", { params: { query: scope } }, { enabled: Boolean(venue) && tab === "rules" && (!filters.resource || Boolean(resource)) });
  if (!venue) return <Empty>{t("manage.nobody")}</Empty>;
  const of = resource ? "resource" : "venue";
  return (
    <>
      <Title>{t("nav.rules")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue.id} among={venues} onChange={(id) => set({ venue: id, resource: undefined })} />
        <Choice label={t("resource")} value={resource?.id ?? ""} among={resources.data?.data} none={t("manage.wholeVenue")} onChange={(id) => set({ resource: id || undefined })} />
      </div>
      <div className="tabs" role="group" aria-label={t("nav.rules")}>
        {TABS.map((name) => (
          <button key={name} type="button" className="button" aria-pressed={tab === name} onClick={() => set({ tab: name })}>
            {t(`manage.tab.${name}`)}
          </button>
        ))}
      </div>
      {resources.isError ? <Failure error={resources.error} retry={() => void resources.refetch()} /> : null}
      {tab === "rules" && policies.isPending ? <Loading /> : null}
      {tab === "rules" && policies.isError ? <Failure error={policies.error} retry={() => void policies.refetch()} /> : null}
      {tab === "rules" && policies.data ? <RulesEditor key={`${policies.data.scope.id} ${policies.data.latest_id}`} it={policies.data} scope={scope} others={(resources.data?.data ?? []).filter((one) => one.id !== resource?.id)} /> : null}
      {tab === "hours" ? (
        <div key={resource?.id ?? venue.id}>
          <HoursEditor scope={scope} zone={venue.time_zone} of={of} />
          <ClosuresEditor scope={scope} zone={venue.time_zone} of={of} />
          {resource ? null : <HolidaysEditor venue={venue.id} zone={venue.time_zone} />}
          {resource ? null : <SchoolEditor venue={venue.id} zone={venue.time_zone} />}
        </div>
      ) : null}
      {tab === "layout" ? resource ? <LayoutEditor key={resource.id} resource={resource.id} /> : <Empty>{t("layout.choose")}</Empty> : null}
      {tab === "tester" && resources.data ? <RuleTester key={venue.id} resources={resource ? [resource, ...resources.data.data.filter((one) => one.id !== resource.id)] : resources.data.data} zone={venue.time_zone} /> : null}
    </>
  );
}
