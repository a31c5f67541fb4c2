import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal, type Schemas } from "../api/client";
import { QuotePanel } from "../features/checkout/quote-panel";
import { ContractButton } from "../features/series/contract-button";
import { EndSeries } from "../features/series/end-series";
import { PlanTable } from "../features/series/plan-table";
import { RuleForm, type Rule } from "../features/series/rule-form";
import { Things, type Thing } from "../features/series/things";
import { counted } from "../kernel/counted";
import { dayAt, dayText, periodText, wallHours } from "../kernel/time";
import { SayFirst, wantsSaid, type Said } from "../ui/asked-dialog";
import { Button, Countdown, Dialog, Failure, Field, heir, Loading, StateBadge, Title } from "../ui/basics";

type Series = Schemas["Series"];
type Scope = "this" | "following" | "all";
type Filters = { plan?: string; scope?: Scope; on?: string };

/** A series: what it costs while it is held, all its dates, how it is changed, mended, ended and put on paper. */
export default function OneSeries() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const filters = useSearch({ strict: false }) as Filters;
  const go = useNavigate();
  const [told, tell] = useState("");
  const set = (change: Filters) => {
    tell("");
    void go({ to: "/series/$id", params: { id }, search: change });
  };
  const cache = useQueryClient();
  const query = api.useQuery("get", "/api/v1/series/{series_id}", { params: { path: { series_id: id } } });
  const onEnd = useCallback(() => void cache.invalidateQueries(), [cache]);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  const held = it.bookings.filter((booking) => booking.state === "held");
  const { change, end, add_back: adding } = it.actions;
  const things = namesOf(it.items.length > 0 ? it.items : (it.bookings[0]?.items ?? []));
  const mine = !change.reasons.some((reason) => reason.code === "no-right");
  return (
    <>
      <Title>{it.title || things}</Title>
      <p className="lead">
        {it.venue.name}
        {it.title ? ` · ${things}` : ""}
        {it.organisation ? ` · ${it.organisation.name}` : ""}
        {it.rule_text ? <small>{it.rule_text}</small> : null}
      </p>
      {it.follows ? (
        <p className="note">
          <Link to="/series/$id" params={{ id: it.follows }}>
            {t("series.follows")}
          </Link>
        </p>
      ) : null}
      {held[0]?.held_until ? (
        <>
          <p className="note">
            {t("heldFor")} <Countdown until={held[0].held_until} onEnd={onEnd} />
          </p>
          <QuotePanel bookings={held} />
        </>
      ) : null}
      {filters.plan ? <EditPlan id={filters.plan} series={id} onDone={(next) => {
            tell(t("series.changed"));
            void go({ to: "/series/$id", params: { id: next } });
          }} onLeave={() => set({})} /> : null}
      {filters.scope && !filters.plan ? <EditForm series={it} scope={filters.scope} on={filters.on} onPlanned={(plan) => set({ plan })} onLeave={() => set({})} /> : null}
      {filters.plan || filters.scope ? null : (
        <>
          {told ? (
            <p role="status" className="note told" tabIndex={-1} ref={heir}>
              {told}
            </p>
          ) : null}
          {mine ? <EditButton onScope={(scope, on) => set(on ? { scope, on } : { scope })} series={it} /> : null}
          <ul className="rows" aria-label={t("series.itsDates")}>
            {it.bookings.map((booking) => {
              const gone = adding.allowed ? it.given_up.find((one) => one.booking_id === booking.id) : undefined;
              return (
                <li key={booking.id}>
                  <Link to="/bookings/$id" params={{ id: booking.id }}>
                    {periodText(booking.period, booking.venue.time_zone, { today: t("today"), tomorrow: t("tomorrow") })}
                  </Link>
                  {namesOf(booking.items) === things ? null : <small className="muted">{namesOf(booking.items)}</small>}
                  <StateBadge state={booking.state} />
                  {gone ? <AddBack series={id} on={gone.on} onPlanned={(plan) => set({ plan })} /> : null}
                </li>
              );
            })}
          </ul>
          {it.left_out.length > 0 && adding.allowed ? (
            <section>
              <h2>{t("series.leftOut", { count: it.left_out.length })}</h2>
              <ul className="rows">
                {it.left_out.map((row) => (
                  <li key={row.on}>
                    <span>{dayText(row.on)}</span>
                    <AddBack series={id} on={row.on} onPlanned={(plan) => set({ plan })} />
                  </li>
                ))}
              </ul>
            </section>
          ) : null}
          {end.allowed ? <EndSeries series={it} zone={it.bookings[0]?.venue.time_zone ?? "Europe/Rome"} onEnded={tell} /> : null}
          <div className="toolbar">
            <ContractButton series={id} />
          </div>
        </>
      )}
    </>
  );
}

const namesOf = (items: readonly { resource: { name: string }; quantity: number }[]) => items.map(({ resource, quantity }) => counted(resource.name, quantity)).join(", ");

/** Which dates are changed is asked first. */
function EditButton({ series, onScope }: { series: Series; onScope: (scope: Scope, on?: string) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [scope, setScope] = useState<Scope>("all");
  const dates = series.dates.filter((date) => !date.begun);
  const [on, setOn] = useState(dates[0]?.on ?? "");
  return (
    <p className="toolbar">
      <Button tone="main" why={!series.rule ? t("series.nothingToChange") : series.actions.change.reasons[0]?.detail} onClick={() => setOpen(true)}>
        {t("series.change")}
      </Button>
      <Dialog title={t("series.change")} open={open} onClose={() => setOpen(false)}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onScope(scope, scope === "all" ? undefined : on);
          }}
        >
          <fieldset className="checks column">
            <legend>{t("series.whichDates")}</legend>
            {(["this", "following", "all"] as const).map((name) => (
              <label className="check" key={name}>
                <input type="radio" name="scope" checked={scope === name} onChange={() => setScope(name)} /> {t(`series.scope_${name}`)}
              </label>
            ))}
          </fieldset>
          {scope === "all" ? null : (
            <Field label={t("series.date")}>
              {(field) => (
                <select id={field} value={on} onChange={(e) => setOn(e.target.value)}>
                  {dates.map((date) => (
                    <option key={date.on} value={date.on}>
                      {dayText(date.on)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          )}
          <Button type="submit" tone="main">
            {t("series.goOn")}
          </Button>
        </form>
      </Dialog>
    </p>
  );
}

/** Another rule, or another thing in the place of one: what the dates have is there to begin from. */
function EditForm({ series, scope, on, onPlanned, onLeave }: { series: Series; scope: Scope; on?: string | undefined; onPlanned: (plan: string) => void; onLeave: () => void }) {
  const { t } = useTranslation();
  // One date alone begins from what it has itself: it may have been changed before.
  const date = scope === "this" ? series.bookings.find((booking) => series.dates.some((row) => row.on === on && row.booking_id === booking.id)) : undefined;
  const had: readonly Schemas["SeriesItem"][] = date?.items ?? series.items;
  const [things, put] = useState<Thing[]>(had.map(({ resource, quantity }) => ({ id: resource.id, quantity })));
  const resources = api.useQuery("get", "/api/v1/resources", { params: { query: { venue_id: series.venue.id, limit: 100 } } });
  const make = useMutation({
    mutationFn: (rule: Rule) =>
      client.POST("/api/v1/series/plans", {
        body: { series_id: series.id, scope, ...(on ? { on } : {}), items: things.map(({ id, quantity }) => ({ resource_id: id, quantity })), rule, title: "", accepted_terms: [], answers: {} },
      }),
    onSuccess: ({ data }) => data && onPlanned(data.id),
  });
  const zone = series.bookings[0]?.venue.time_zone ?? "Europe/Rome";
  const among = [...(resources.data?.data ?? []), ...had.map((item) => item.resource).filter((one) => !resources.data?.data.some(({ id }) => id === one.id))];
  return (
    <section>
      <h2 tabIndex={-1} ref={heir}>
        {t(`series.scope_${scope}`)}
        {on ? ` · ${dayText(on)}` : ""}
      </h2>
      {resources.isPending ? <Loading /> : null}
      {resources.data ? (
        <RuleForm
          zone={zone}
          rule={date && series.rule ? { ...series.rule, hours: wallHours(date.period, zone) } : series.rule}
          one={date ? dayAt(date.period.start, zone) : scope === "this" ? on : undefined}
          busy={make.isPending}
          plan={t("series.showChange")}
          onPlan={(rule) => make.mutate(rule)}
          things={<Things things={things} among={among} fixed counted={had.some((item) => item.quantity > 1)} onChange={put} />}
        />
      ) : null}
      {make.isError ? <Failure error={make.error} /> : null}
      <Button onClick={onLeave}>{t("series.leave")}</Button>
    </section>
  );
}

/** What the change does to every date and to the money; then one press for all of it. */
function EditPlan({ id, series, onDone, onLeave }: { id: string; series: string; onDone: (series: string) => void; onLeave: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const path = { params: { path: { plan_id: id } } };
  const plan = api.useQuery("get", "/api/v1/series/plans/{plan_id}", path, { placeholderData: (before) => before });
  const refresh = () => cache.invalidateQueries({ queryKey: ["get", "/api/v1/series/plans/{plan_id}"] });
  const choose = useMutation({
    mutationFn: (body: Partial<Said> & { choices: Record<string, boolean | string> }) => client.PATCH("/api/v1/series/plans/{plan_id}", { ...path, body }),
    onSuccess: refresh,
  });
  const change = useMutation({
    mutationFn: () => client.POST("/api/v1/series/{series_id}/change", { params: { path: { series_id: series }, header: keyed() }, body: { plan_id: id } }),
    onSuccess: async ({ data }) => {
      await cache.invalidateQueries();
      if (data) onDone(data.id);
    },
    onError: (error) => error instanceof Refusal && error.problem.code === "plan-stale" && void refresh(),
  });
  if (plan.isPending) return <Loading />;
  if (plan.isError) return <Failure error={plan.error} retry={onLeave} />;
  const does = plan.data.dates.some((date) => date.chosen && date.change !== "stays");
  const unsaid = plan.data.dates.filter((date) => date.verdict === "refused" && wantsSaid(date.reasons)).flatMap((date) => date.reasons);
  return (
    <section>
      <h2 key={unsaid.length} tabIndex={-1} ref={heir}>
        {t("series.whatChanges")}
      </h2>
      <PlanTable plan={plan.data} busy={choose.isPending} onChoose={(on, choice) => choose.mutate({ choices: { [on]: choice } })} />
      <SayFirst reasons={unsaid} resources={plan.data.resources} people={plan.data.people ?? undefined} onSaid={(said) => choose.mutate({ choices: {}, ...said })} />
      {choose.isError ? <Failure error={choose.error} /> : null}
      {change.isError ? <Failure error={change.error} /> : null}
      <p className="toolbar">
        <Button tone="main" busy={change.isPending} why={does ? undefined : t("series.noChange")} onClick={() => change.mutate()}>
          {t("series.doChange")}
        </Button>
        <Button onClick={onLeave}>{t("series.leave")}</Button>
      </p>
    </section>
  );
}

/** One date more, planned as the rule of the series would have it. */
function AddBack({ series, on, onPlanned }: { series: string; on: string; onPlanned: (plan: string) => void }) {
  const { t } = useTranslation();
  const add = useMutation({
    mutationFn: () => client.POST("/api/v1/series/{series_id}/add-back", { params: { path: { series_id: series } }, body: { on } }),
    onSuccess: ({ data }) => data && onPlanned(data.id),
  });
  return (
    <>
      <Button aria-label={t("series.addBackDay", { day: dayText(on) })} busy={add.isPending} onClick={() => add.mutate()}>
        {t("series.addBack")}
      </Button>
      {add.isError ? <Failure error={add.error} /> : null}
    </>
  );
}
