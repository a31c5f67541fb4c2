"""A plan is renewed by itself: its next period, asked of what its holder saved, or owed; or it is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from billing.budgets.plans import open_period, owed, parts_of, pay_in_parts, said, today_of
from billing.models import Order, Subscription
from billing.paying import collecting
from billing.prices.periods import following
from core import outbox
from core.audit import record
from core.clock import now
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act

S = Subscription.State


def due() -> list[tuple[UUID, date]]:
    """The subscriptions whose last period is over, or ends tomorrow, with the day on which the next begins."""
    rows = (
        Subscription.objects.exclude(state=S.ENDED)
        .annotate(until=Max("periods__until_on"))
        .filter(until__lte=now().date() + timedelta(days=1))
    )
    return [(pk, until) for pk, until in rows.order_by("pk").values_list("pk", "until")]


@outbox.every(timedelta(hours=1), "billing.renewals")
def sweep() -> None:
    """What is due to be renewed, or is over, will be."""
    for pk, day in due():
        # Once a day: what is ended is looked at before its last day and after it.
        outbox.put(
            "billing.renew",
            {"subscription": str(pk), "on": day.isoformat()},
            key=f"renew:{pk}:{day}:{now():%Y-%m-%d}",
        )


@outbox.handler("billing.renew")
def _on_due(payload: dict[str, Any]) -> None:
    renew(UUID(payload["subscription"]), date.fromisoformat(payload["on"]))


@patient_act
def renew(subscription_id: UUID, on: date) -> None:
    """From that day the subscription has its next period, asked of what its holder saved for it or else owed within
    thirty days, all of it or its first instalment; or has ended, if that was asked or an earlier period is overdue.
    Once."""
    lock_rows(Locks.PASSES, Subscription, [subscription_id])
    found = Subscription.objects.select_related(
        "plan__venue", "next_plan__venue", "person", "organisation", "method"
    ).get(pk=subscription_id)
    latest = found.periods.order_by("-from_on")[0]
    if found.state == S.ENDED or latest.until_on != on:
        return
    theirs = Q(plan_periods__subscription=found) | Q(instalment__period__subscription=found)
    overdue = Order.objects.filter(theirs, state=Order.State.OWED, due_at__lt=now()).exists()
    if found.state == S.ENDING or overdue:
        if on <= today_of(found.plan):
            found.state = S.ENDED
            found.save(update_fields=["state"])
            record(None, "end", found, overdue=str(overdue))
        return
    plan = found.next_plan or found.plan
    anchor = 1 if plan.from_first else found.periods.order_by("from_on")[0].from_on.day
    span = following(plan.every, on, anchor)
    parts = parts_of(plan, span)
    order = owed(found, plan, parts[0][1], said(plan, span, 1, len(parts)))
    pay_in_parts(open_period(found, plan, span, order), parts)
    if order.total and not collecting.ask(order, found):
        outbox.put("billing.payment_request", {"order": str(order.pk)}, key=f"owed:{order.pk}")
    found.plan, found.next_plan = plan, None
    found.save(update_fields=["plan", "next_plan"])
    record(None, "renew", found, on=str(on))
