import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dateText, dayText } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { ChangePlan } from "./change-plan";
import { methodName } from "../../ui/methods";
import { unitsText } from "../../ui/units";

/** The plans one is on, with what is left of this period, and the way to end them. */
export function MySubscriptions() {
  const { t } = useTranslation();
  const [ending, ask] = useState<Schemas["Subscription"] | null>(null);
  const query = api.useQuery("get", "/api/v1/subscriptions", { params: { query: { limit: 50 } } });
  const end = useMutation({
    mutationFn: (id: string) => client.POST("/api/v1/subscriptions/{subscription_id}/end", { params: { path: { subscription_id: id }, header: keyed() } }),
    onSuccess: () => {
      ask(null);
      void query.refetch();
    },
  });
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!query.data || query.data.data.length === 0) return null;
  return (
    <section aria-labelledby="subscriptions">
      <h2 id="subscriptions">{t("plans.mine")}</h2>
      <ul className="rows">
        {query.data.data.map((one) => (
          <li key={one.id}>
            <span>
              <strong>{one.plan.name}</strong> <span className="muted">{one.venue.name}</span>
            </span>
            {one.included.map((budget) => (
              <span key={budget.id}>{t("passes.left", { left: unitsText(budget.unit, budget.left, t), given: unitsText(budget.unit, budget.given, t) })}</span>
            ))}
            <span className="muted">{t(`plans.state.${one.state}`, { day: dayText(one.last_on), price: money(one.price) })}</span>
            <ToCome parts={one.to_come} />
            {one.can_pay ? <PaidBy subscription={one} /> : null}
            {one.next_plan ? <span className="muted">{t("plans.nextIs", { name: one.next_plan.name })}</span> : null}
            {one.can_change ? <ChangePlan subscription={one} /> : null}
            {one.can_change ? <Button onClick={() => ask(one)}>{t("plans.end")}</Button> : null}
          </li>
        ))}
      </ul>
      <Dialog title={t("plans.endTitle")} open={ending !== null} onClose={() => ask(null)}>
        <p>{ending ? t("plans.endMore", { day: dayText(ending.last_on) }) : ""}</p>
        {ending && ending.to_come.length > 0 ? <p>{t("plans.endParts")}</p> : null}
        {end.isError ? <Failure error={end.error} /> : null}
        <Button tone="danger" busy={end.isPending} onClick={() => ending && end.mutate(ending.id)}>
          {t("plans.end")}
        </Button>
      </Dialog>
    </section>
  );
}

/** The instalments that are still to be asked for: how many, when the next one is, and how much. */
function ToCome({ parts }: { parts: Schemas["Subscription"]["to_come"] }) {
  const { t } = useTranslation();
  const next = parts[0];
  if (!next) return null;
  return <span className="muted">{t("plans.toCome", { count: parts.length, day: dateText(next.due_on), price: money(next.amount) })}</span>;
}

/** Which saved card or account the renewals are asked of; none: they are paid by hand. */
function PaidBy({ subscription }: { subscription: Schemas["Subscription"] }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const methods = api.useQuery("get", "/api/v1/payment-methods", {});
  const choose = useMutation({
    mutationFn: (method: string | null) => client.POST("/api/v1/subscriptions/{subscription_id}/method", { params: { path: { subscription_id: subscription.id } }, body: { method_id: method } }),
    onSettled: () => cache.invalidateQueries(),
  });
  if (!methods.data) return null;
  const usable = methods.data.data.filter((one) => one.state === "usable" && one.organisation_id === subscription.organisation_id);
  if (usable.length === 0) return <small className="muted">{t("plans.noneSaved")}</small>;
  return (
    <>
      <Field label={t("plans.pays")}>
        {(id) => (
          <select id={id} value={subscription.method?.id ?? ""} disabled={choose.isPending} onChange={(e) => choose.mutate(e.target.value || null)}>
            <option value="">{t("plans.byHand")}</option>
            {usable.map((one) => (
              <option key={one.id} value={one.id}>
                {methodName(one, t)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {choose.isError ? <Failure error={choose.error} /> : null}
    </>
  );
}
