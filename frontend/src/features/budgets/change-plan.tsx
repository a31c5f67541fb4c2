import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { Button, Dialog, Failure, Loading } from "../../ui/basics";

type Subscription = Schemas["Subscription"];

/** Another plan: from the next period, or at once with the difference that is said on its button. */
export function ChangePlan({ subscription }: { subscription: Subscription }) {
  const { t } = useTranslation();
  const [open, ask] = useState(false);
  return (
    <>
      <Button onClick={() => ask(true)}>{t("plans.change")}</Button>
      <Dialog title={t("plans.changeTitle", { name: subscription.plan.name })} open={open} onClose={() => ask(false)}>
        {open ? <Choices subscription={subscription} onDone={() => ask(false)} /> : null}
      </Dialog>
    </>
  );
}

function Choices({ subscription, onDone }: { subscription: Subscription; onDone: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const query = api.useQuery("get", "/api/v1/subscriptions/{subscription_id}/choices", { params: { path: { subscription_id: subscription.id } } });
  const change = useMutation({
    mutationFn: (body: Schemas["ChangePlanRequest"]) => client.POST("/api/v1/subscriptions/{subscription_id}/change", { params: { path: { subscription_id: subscription.id }, header: keyed() }, body }),
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries();
    },
    onError: () => void query.refetch(),
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <p className="muted">{t("plans.changeMore")}</p>
      {query.data.data.length === 0 ? <p>{t("plans.noOther")}</p> : null}
      <ul className="rows">
        {query.data.data.map((one) => (
          <li key={one.plan.id}>
            <span>
              <strong>{one.plan.name}</strong> <span className="muted">{money(one.price)}</span>
            </span>
            <Button busy={change.isPending} why={subscription.next_plan?.id === one.plan.id ? t("plans.isNext") : undefined} onClick={() => change.mutate({ plan_id: one.plan.id, at_once: false })}>
              {t("plans.next")}
            </Button>
            {one.at_once ? (
              <Button busy={change.isPending} onClick={() => one.at_once && change.mutate({ plan_id: one.plan.id, at_once: true, difference_cents: one.at_once.due.cents - one.at_once.back.cents })}>
                {saidOf(one.at_once, t)}
              </Button>
            ) : (
              <small className="muted">{t("plans.notAtOnce", { why: one.why_not })}</small>
            )}
          </li>
        ))}
      </ul>
      {change.isError ? <Failure error={change.error} /> : null}
    </>
  );
}

function saidOf(gap: Schemas["PlanExchange"], t: TFunction): string {
  const said = { due: money(gap.due), back: money(gap.back) };
  if (gap.due.cents > 0 && gap.back.cents > 0) return t("plans.nowBoth", said);
  if (gap.due.cents > 0) return t("plans.nowPay", said);
  return gap.back.cents > 0 ? t("plans.nowBack", said) : t("plans.now");
}
