import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { PlanTable } from "../features/series/plan-table";
import { RuleForm } from "../features/series/rule-form";
import { Things } from "../features/series/things";
import { AskedFields, NOTHING_SAID, type Said } from "../ui/asked-dialog";
import { Button, Failure, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import { ForWhom, useForWhom } from "../ui/for-whom";
import type { SeriesFilters } from "./filters";

const wordsOf = (ids: readonly string[]) => [...ids].sort().join();

/** A series is planned here: what each date takes, its rule, then every date with its verdict, then one press for all of them. */
export default function SeriesPlanner() {
  const { t } = useTranslation();
  const { session } = useSession();
  const cache = useQueryClient();
  const go = useNavigate();
  const filters = useSearch({ strict: false }) as SeriesFilters;
  const set = (change: SeriesFilters) => void go({ to: "/series", search: { ...filters, ...change }, replace: true });
  const venue = session.venues.find((v) => v.id === filters.venue) ?? session.venues[0];
  const whom = useForWhom();
  // By what each date takes: what one thing wants said and accepted is not what another does.
  const [words, say] = useState<Partial<Record<string, Said>>>({});
  const resources = api.useQuery("get", "/api/v1/resources", { params: { query: { venue_id: venue?.id ?? "", limit: 100 } } }, { enabled: Boolean(venue) });
  const among = resources.data?.data ?? [];
  const named = (filters.items?.split(",") ?? []).filter((id) => among.some((one) => one.id === id));
  const chosen = named.length > 0 ? named : among.slice(0, 1).map((one) => one.id);
  const said = words[wordsOf(chosen)] ?? NOTHING_SAID;
  const take = (ids: string[]) => {
    // What was said holds on while what it was said for is still among them.
    if (chosen.every((id) => ids.includes(id))) say({ ...words, [wordsOf(ids)]: words[wordsOf(ids)] ?? said });
    set({ items: ids.join(",") });
  };
  const path = { params: { path: { plan_id: filters.plan ?? "" } } };
  const plan = api.useQuery("get", "/api/v1/series/plans/{plan_id}", path, { enabled: Boolean(filters.plan), placeholderData: (before) => before });
  const refresh = () => cache.invalidateQueries({ queryKey: ["get", "/api/v1/series/plans/{plan_id}"] });
  const make = useMutation({
    mutationFn: ({ rule, title }: { rule: Schemas["RuleShapeRequest"]; title: string }) =>
      client.POST("/api/v1/series/plans", { body: { items: chosen.map((id) => ({ resource_id: id, quantity: 1 })), rule, title, organisation_id: whom.organisation ?? null, ...said } }),
    onSuccess: ({ data }) => data && set({ plan: data.id }),
  });
  const choose = useMutation({
    mutationFn: (choices: Record<string, boolean | string>) => client.PATCH("/api/v1/series/plans/{plan_id}", { ...path, body: { choices } }),
    onSuccess: refresh,
  });
  const book = useMutation({
    mutationFn: () => client.POST("/api/v1/series", { params: { header: keyed() }, body: { plan_id: filters.plan ?? "" } }),
    onSuccess: ({ data }) => data && void go({ to: "/series/$id", params: { id: data.id } }),
    onError: (error) => error instanceof Refusal && error.problem.code === "plan-stale" && void refresh(),
  });
  const it = filters.plan ? plan.data : undefined;
  return (
    <>
      <Title>{t("series.title")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue?.id} among={session.venues} onChange={(id) => set({ venue: id, items: undefined })} />
      </div>
      {resources.isPending ? <Loading /> : null}
      {resources.data ? (
        <RuleForm
          key={venue?.id}
          zone={venue?.time_zone ?? "Europe/Rome"}
          found={{ on: filters.on, from: filters.from, until: filters.until }}
          busy={make.isPending}
          plan={t("series.plan")}
          onPlan={(rule, title) => make.mutate({ rule, title })}
          things={<Things things={chosen.map((id) => ({ id, quantity: 1 }))} among={among} onChange={(things) => take(things.map((thing) => thing.id))} />}
        >
          <ForWhom {...whom} />
          <AskedFields resources={chosen.map((id) => ({ id }))} said={said} onChange={(next) => say({ ...words, [wordsOf(chosen)]: next })} />
        </RuleForm>
      ) : null}
      {make.isError ? <Failure error={make.error} /> : null}
      {plan.isError ? <Failure error={plan.error} retry={() => void plan.refetch()} /> : null}
      {it ? (
        <>
          <PlanTable plan={it} busy={choose.isPending} onChoose={(on, choice) => choose.mutate({ [on]: choice })} />
          {book.isError ? <Failure error={book.error} /> : null}
          <p className="toolbar">
            <Button tone="main" busy={book.isPending} why={it.totals.chosen === 0 ? t("nothingFree") : undefined} onClick={() => book.mutate()}>
              {t("series.book")}
            </Button>
          </p>
        </>
      ) : null}
    </>
  );
}
