import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, client, keyed } from "../api/client";
import { useOwnVenues } from "../api/session";
import { TariffEditor } from "../features/tariffs/tariff-editor";
import { addDays, longDay, today } from "../kernel/time";
import { Button, Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";

/** What a venue charges: its price lists with their days, and the one that is looked at or written. */
export default function Tariffs() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const go = useNavigate();
  const filters = useSearch({ strict: false }) as { venue?: string; tariff?: string };
  const venues = useOwnVenues("manager", "accountant");
  const venue = venues.find((v) => v.id === filters.venue) ?? venues[0];
  const set = (change: { venue?: string; tariff?: string | undefined }) => void go({ to: "/manage/tariffs", search: { ...filters, ...change }, replace: true });
  const list = api.useQuery("get", "/api/v1/tariffs", { params: { query: { venue_id: venue?.id ?? "", limit: 100 } } }, { enabled: Boolean(venue) });
  const chosen = list.data?.data.find((one) => one.id === filters.tariff) ?? list.data?.data.find((one) => one.state === "in_force");
  const tariff = api.useQuery("get", "/api/v1/tariffs/{tariff_id}", { params: { path: { tariff_id: chosen?.id ?? "" } } }, { enabled: Boolean(chosen) });
  const draft = useMutation({
    mutationFn: async () =>
      (
        await client.POST("/api/v1/tariffs", {
          params: { header: keyed() },
          body: { venue_id: venue?.id ?? "", name: t("tariffs.newName"), from_on: addDays(today(venue?.time_zone ?? "Europe/Rome"), 1), copy_of: chosen?.id ?? null },
        })
      ).data,
    onSuccess: async (made) => {
      await cache.invalidateQueries();
      if (made) set({ tariff: made.id });
    },
  });
  if (!venue) return <Empty>{t("tariffs.nobody")}</Empty>;
  return (
    <>
      <Title>{t("nav.tariffs")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue.id} among={venues} onChange={(id) => set({ venue: id, tariff: undefined })} />
        <Button busy={draft.isPending} onClick={() => draft.mutate()}>
          {chosen ? t("tariffs.copy", { name: chosen.name }) : t("tariffs.new")}
        </Button>
      </div>
      {draft.isError ? <Failure error={draft.error} /> : null}
      {list.isPending ? <Loading /> : null}
      {list.isError ? <Failure error={list.error} retry={() => void list.refetch()} /> : null}
      {list.data?.data.length === 0 ? <Empty>{t("tariffs.none")}</Empty> : null}
      <ul className="rows">
        {(list.data?.data ?? []).map((one) => (
          <li key={one.id}>
            <div>
              <strong>{one.name}</strong> <span className="badge">{t(`tariffs.states.${one.state}`)}</span>
              <br />
              <small>
                {longDay(one.from_on)}
                {one.until_on ? ` – ${longDay(addDays(one.until_on, -1))}` : ""}
              </small>
            </div>
            <Button aria-pressed={one.id === chosen?.id} onClick={() => set({ tariff: one.id })}>
              {t("tariffs.open", { name: one.name })}
            </Button>
          </li>
        ))}
      </ul>
      {chosen && tariff.isPending ? <Loading /> : null}
      {tariff.isError ? <Failure error={tariff.error} retry={() => void tariff.refetch()} /> : null}
      {tariff.data ? <TariffEditor key={`${tariff.data.id} ${tariff.data.state}`} tariff={tariff.data} onGone={() => set({ tariff: undefined })} /> : null}
    </>
  );
}
