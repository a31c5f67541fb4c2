import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, client } from "../api/client";
import { useSession } from "../api/session";
import { NewPassKind } from "../features/budgets/new-pass-kind";
import { NewPlan } from "../features/budgets/new-plan";
import { NewProgramme } from "../features/budgets/new-programme";
import { money } from "../kernel/money";
import { Button, Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import { unitsText } from "../ui/units";

/** What is paid ahead: for those who manage a venue kinds of pass and memberships on sale; for its staff, too, programmes with
 * their applications. */
export default function Budgets() {
  const { t } = useTranslation();
  const { session } = useSession();
  const go = useNavigate();
  const cache = useQueryClient();
  const filters = useSearch({ strict: false }) as { venue?: string };
  const of = (...kinds: string[]) => new Set(session.roles.filter((role) => kinds.includes(role.kind)).map((role) => role.partner?.id));
  const [managed, house] = [of("manager"), of("manager", "staff")];
  const admin = session.roles.some((role) => role.kind === "administrator");
  const venues = session.venues.filter((venue) => admin || house.has(venue.partner_id));
  const venue = venues.find((one) => one.id === filters.venue) ?? venues[0];
  const manages = venue !== undefined && (admin || managed.has(venue.partner_id));
  const kinds = api.useQuery("get", "/api/v1/pass-kinds", { params: { query: { venue_id: venue?.id ?? "" } } }, { enabled: manages });
  const plans = api.useQuery("get", "/api/v1/plans", { params: { query: { venue_id: venue?.id ?? "" } } }, { enabled: manages });
  const programmes = api.useQuery("get", "/api/v1/programmes", { params: { query: { limit: 200 } } });
  const sell = useMutation({
    mutationFn: ({ id, on }: { id: string; on: boolean }) => client.PATCH("/api/v1/pass-kinds/{kind_id}", { params: { path: { kind_id: id } }, body: { on_sale: on } }),
    onSuccess: () => void kinds.refetch(),
  });
  const offer = useMutation({
    mutationFn: ({ id, on }: { id: string; on: boolean }) => client.PATCH("/api/v1/plans/{plan_id}", { params: { path: { plan_id: id } }, body: { on_sale: on } }),
    onSuccess: () => void plans.refetch(),
  });
  if (!venue) return <Empty>{t("desk.none")}</Empty>;
  return (
    <>
      <Title>{t("nav.budgets")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue.id} among={venues} onChange={(id) => void go({ to: "/manage/budgets", search: { venue: id }, replace: true })} />
      </div>
      {(manages && (kinds.isPending || plans.isPending)) || programmes.isPending ? <Loading /> : null}
      {kinds.isError ? <Failure error={kinds.error} retry={() => void kinds.refetch()} /> : null}
      {plans.isError ? <Failure error={plans.error} retry={() => void plans.refetch()} /> : null}
      {programmes.isError ? <Failure error={programmes.error} retry={() => void programmes.refetch()} /> : null}
      {manages ? (
        <>
          <section aria-labelledby="kinds">
            <h2 id="kinds">{t("passes.kinds")}</h2>
            {kinds.data?.data.length === 0 ? <Empty>{t("passes.none")}</Empty> : null}
            <ul className="rows">
              {kinds.data?.data.map((kind) => (
                <li key={kind.id}>
                  <strong>{kind.name}</strong>
                  <span>{t("passes.holds", { amount: unitsText(kind.unit, kind.amount, t), days: kind.valid_days })}</span>
                  <span>{money(kind.price)}</span>
                  <Button busy={sell.isPending} onClick={() => sell.mutate({ id: kind.id, on: !kind.on_sale })}>
                    {t(kind.on_sale ? "passes.stop" : "passes.sell")}
                  </Button>
                </li>
              ))}
            </ul>
            {sell.isError ? <Failure error={sell.error} /> : null}
            {kinds.data ? <NewPassKind key={venue.id} venue={venue.id} rates={kinds.data.vat_rates} onDone={() => void kinds.refetch()} /> : null}
          </section>
          <section aria-labelledby="plans">
            <h2 id="plans">{t("plans.title")}</h2>
            {plans.data?.data.length === 0 ? <Empty>{t("plans.none")}</Empty> : null}
            <ul className="rows">
              {plans.data?.data.map((plan) => (
                <li key={plan.id}>
                  <strong>{plan.name}</strong>
                  {plan.included.map((part, n) => (
                    <span key={n}>{unitsText(part.unit, part.amount, t)}</span>
                  ))}
                  {plan.group ? <span>{t("plans.pricesOf", { group: plan.group.name })}</span> : null}
                  <span>{t(`plans.every.${plan.every}`, { price: money(plan.price) })}</span>
                  <Button busy={offer.isPending} onClick={() => offer.mutate({ id: plan.id, on: !plan.on_sale })}>
                    {t(plan.on_sale ? "passes.stop" : "passes.sell")}
                  </Button>
                </li>
              ))}
            </ul>
            {offer.isError ? <Failure error={offer.error} /> : null}
            {kinds.data && plans.data ? <NewPlan key={venue.id} venue={venue.id} rates={kinds.data.vat_rates} groups={plans.data.groups} onDone={() => void plans.refetch()} /> : null}
          </section>
        </>
      ) : null}
      <section aria-labelledby="programmes">
        <h2 id="programmes">{t("programmes.all")}</h2>
        <ul className="rows">
          {programmes.data?.data
            .filter((one) => one.can_admit && one.venue.id === venue.id)
            .map((one) => (
              <li key={one.id}>
                <Link to="/programmes/$id" params={{ id: one.id }}>
                  {one.name}
                </Link>
                <span>{one.sponsor.name}</span>
                {one.budgets.map((budget) => (
                  <span key={budget.id}>{t("passes.left", { left: unitsText(budget.unit, budget.left, t), given: unitsText(budget.unit, budget.given, t) })}</span>
                ))}
                {one.waiting ? <span className="badge requested">{t("programmes.waiting", { count: one.waiting })}</span> : null}
              </li>
            ))}
        </ul>
        {manages ? (
          <NewProgramme
            key={venue.id}
            venue={venue.id}
            onDone={(id) => {
              void cache.invalidateQueries();
              void go({ to: "/programmes/$id", params: { id } });
            }}
          />
        ) : null}
      </section>
    </>
  );
}
