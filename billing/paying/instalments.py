"""The later instalments of a plan's period: each asked for on its day, of what was saved for it, or owed; or waived."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from billing.budgets.plans import owed, said
from billing.models import Instalment, Subscription
from billing.paying import collecting
from billing.prices.periods import Span
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import ChangedMeanwhile
from core.ids import encode
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from people.models import Person


@outbox.every(timedelta(hours=1), "billing.instalments")
def sweep() -> None:
    """What is due tomorrow will be asked for, as a renewal is on the day before."""
    tomorrow = now().date() + timedelta(days=1)
    for pk in Instalment.objects.to_come().filter(due_on__lte=tomorrow).values_list("pk", flat=True):
        # A day's own: what failed to the last try is asked again on the next day; once it has an order, never more.
        outbox.put("billing.instalment", {"instalment": str(pk)}, key=f"instalment:{pk}:{now():%Y-%m-%d}")


@outbox.handler("billing.instalment")
def _on_due(payload: dict[str, Any]) -> None:
    ask(UUID(payload["instalment"]))


@patient_act
def ask(instalment_id: UUID) -> None:
    """The instalment is asked of what its holder saved for the plan, or owed within thirty days. Once; also of a plan that
    ends with its period, for the period was sold whole; not of one that was given back."""
    seen = Instalment.objects.select_related("period").get(pk=instalment_id)
    lock_rows(Locks.PASSES, Subscription, [seen.period.subscription_id])
    rows = Instalment.objects.to_come().select_related("period__plan__venue")
    if (found := rows.filter(pk=instalment_id).first()) is None:
        return
    period = found.period
    subscription = Subscription.objects.select_related("person", "organisation", "method").get(
        pk=period.subscription_id
    )
    span = Span(period.from_on, period.until_on)
    text = said(period.plan, span, found.number, 1 + period.instalments.count())
    order = found.order = owed(subscription, period.plan, found.amount, text)
    found.save(update_fields=["order"])
    if order.total and not collecting.ask(order, subscription):
        outbox.put("billing.payment_request", {"order": str(order.pk)}, key=f"owed:{order.pk}")
    record(None, "instalment", subscription, number=found.number)


@act
def waive(by: Person, subscription_id: UUID, those: Collection[UUID], why: str) -> Subscription:
    """These instalments are never asked for: all of them, or none. What is included and open stays until the period's
    end. Raises ChangedMeanwhile if one of them is no longer to come."""
    lock_rows(Locks.PASSES, Subscription, [subscription_id])
    found = Subscription.objects.get(pk=subscription_id)
    to_come = Instalment.objects.to_come().filter(period__subscription=found)
    if gone := set(those) - set(to_come.values_list("pk", flat=True)):
        raise ChangedMeanwhile(data={"current": {"gone": [encode("ins", pk) for pk in sorted(gone)]}})
    Instalment.objects.filter(pk__in=those).update(waived_at=now(), waived_by=by, waived_why=why)
    record(by, "waive-instalments", found, instalments=[str(pk) for pk in sorted(those)])
    return found
