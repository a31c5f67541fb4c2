"""Another plan at once, in the middle of a period: what is left of the old one against the rest of the new one.

Only the difference moves: an order for it, which is collected or owed like a renewal, or money back with its credit
note. Where the two bear another VAT nothing can be set off, and both are written whole (docs/adr/0067).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from uuid import UUID

from billing.budgets import plans
from billing.budgets.draws import enter
from billing.models import (
    Budget,
    DeskPayment,
    Draw,
    Instalment,
    Match,
    Order,
    Payment,
    Plan,
    PlanPeriod,
    Subscription,
)
from billing.papers import ledger
from billing.papers.ledger import Taking
from billing.paying import collecting, refunds
from billing.paying.refunds import Back
from billing.prices.periods import Span
from billing.prices.proration import Exchange, cycle_first, exchange, whole_days
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Missing, PriceChanged
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import ZERO, Money, total
from core.periods import local_day
from core.words import Words
from people.models import GroupMember, Person

OTHER_RHYTHM = Words("si rinnova con un altro ritmo", "it is renewed in another rhythm")
RENEWED = Words("il prossimo periodo c'è già", "the next period is there already")
TODAY = Words(
    "il periodo comincia oggi: si può cambiare da domani", "this period begins today: from tomorrow"
)
UNPAID = Words("il periodo in corso è da pagare", "this period is still to be paid")
IN_PARTS = Words(
    "il periodo in corso si paga a rate, e non sono finite",
    "this period is paid in instalments, and some are to come",
)
SAID = Words("{new}, al posto di {old}", "{new}, instead of {old}")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subscription is: its running period, how many days a whole one has, what was paid for it, how much of that
    is still there, what is unused."""

    period: PlanPeriod
    whole: int
    payments: list[Payment]
    left: Money
    budgets: list[Budget]

    @property
    def worth(self) -> Money:
        """What the days of this period were sold at, whatever else was in their order."""
        if self.period.whole_days is not None:
            return self.period.worth
        lines = self.period.order.lines.exclude(plan=None).values_list("gross", flat=True)
        parts = self.period.instalments.filter(order__isnull=False).values_list("amount", flat=True)
        return total([*(lines or [self.period.order.total]), *parts])

    @property
    def unused(self) -> Fraction:
        return min((Fraction(b.left, b.given) for b in self.budgets if b.given), default=Fraction(1))


def standing_of(found: Subscription, on: date) -> Standing:
    """Raises IllegalMove where nothing can be set off on this day: a period that is not paid, or is over already."""
    period = found.periods.select_related("order").order_by("-from_on")[0]
    if not period.from_on <= on < period.until_on:
        raise IllegalMove(state=str(RENEWED))
    if period.from_on == on:
        raise IllegalMove(state=str(TODAY))
    if Instalment.objects.to_come().filter(period=period).exists():
        raise IllegalMove(state=str(IN_PARTS))
    whole = period.whole_days or whole_days(
        found.plan.every, period.from_on, period.until_on, from_first=found.plan.from_first
    )
    periods = found.periods.filter(from_on__gte=cycle_first(period.until_on, whole))
    orders = set(periods.values_list("order_id", flat=True))
    orders |= set(Instalment.objects.filter(period__in=periods).values_list("order_id", flat=True))
    if Order.objects.filter(pk__in=orders).exclude(state=Order.State.PAID).exists():
        raise IllegalMove(state=str(UNPAID))
    paid = Payment.objects.filter(order__in=orders, state=Payment.State.CAPTURED, settled_at__isnull=False)
    paid = paid.exclude(refunds__reason__in=["paid-twice", "slot-gone"]).select_related("order")
    budgets = found.budgets.filter(until_at=local_day(period.until_on, found.plan.venue.zone).start)
    payments = list(paid.order_by("-captured_at", "-pk"))
    left = total(_there(payment)[1] for payment in payments)
    return Standing(period, whole, payments, left, list(budgets.order_by("pk")))


def exchange_of(found: Subscription, plan: Plan, stands: Standing) -> Exchange:
    """What having this plan from today would cost or give back: no more is credited than is still there of what was paid.

    Raises IllegalMove with why it cannot be had at once.
    """
    if plan.every != found.plan.every or plan.from_first != found.plan.from_first:
        raise IllegalMove(state=str(OTHER_RHYTHM))
    gap = exchange(
        stands.worth,
        plan.price,
        stands.period.from_on,
        stands.period.until_on,
        plans.today_of(found.plan),
        stands.whole,
        stands.unused,
    )
    return replace(gap, credit=min(gap.credit, stands.left))


def moved(found: Subscription, plan: Plan, gap: Exchange) -> tuple[Money, Money]:
    """What is to be paid and what comes back: the difference alone, or both whole where their VAT is not the same."""
    same = plan.vat_rate_id == found.plan.vat_rate_id
    return (gap.due, gap.back) if same else (gap.charge, gap.credit)


@act
def change_now(by: Person, subscription_id: UUID, plan: Plan, shown: Money | None = None) -> Subscription:
    """From today it is on the other plan, until its period ends; the difference is asked for, or on its way back.

    `shown`: the difference that was shown (less than nothing: money back). Raises IllegalMove, Missing, PriceChanged.
    """
    seen = Subscription.objects.get(pk=subscription_id)
    orders = list(seen.periods.values_list("order_id", flat=True))
    asked = Instalment.objects.filter(period__subscription=seen, order__isnull=False)
    orders += asked.values_list("order_id", flat=True)
    lock_rows(Locks.ORDERS, Order, orders)
    lock_rows(Locks.PAYMENTS, Payment, Payment.objects.filter(order__in=orders).values_list("pk", flat=True))
    lock_rows(Locks.PASSES, Subscription, [subscription_id])
    lock_rows(
        Locks.PASSES, Budget, Budget.objects.filter(subscription=subscription_id).values_list("pk", flat=True)
    )
    found = Subscription.objects.select_related("plan__venue", "person", "organisation", "method").get(
        pk=subscription_id
    )
    if found.state != Subscription.State.ACTIVE or plan.pk == found.plan_id:
        raise IllegalMove(state=found.get_state_display())
    if plan.venue_id != found.plan.venue_id or not plan.on_sale:
        raise Missing
    on = plans.today_of(found.plan)
    stands = standing_of(found, on)
    gap = exchange_of(found, plan, stands)
    due, back = moved(found, plan, gap)
    if shown is not None and shown != due - back:
        raise PriceChanged
    span = Span(on, stands.period.until_on, gap.part)
    said = SAID.say(found.person.language, new=plans.said(plan, span), old=found.plan.name)
    order = plans.owed(found, plan, due, said) if due else stands.period.order
    _turn_over(found, plan, stands, span, order, gap.charge)
    backs = _backs(stands.payments, back)
    if backs:
        refunds.give_all_back(by, None, backs, "plan-changed", refunds.desk_for([], backs))
    found.plan, found.next_plan = plan, None
    found.save(update_fields=["plan", "next_plan"])
    record(by, "change-now", found, plan=str(plan.pk))
    if due and not collecting.ask(order, found):
        outbox.put("billing.payment_request", {"order": str(order.pk)}, key=f"owed:{order.pk}")
    return found


def _turn_over(
    found: Subscription, plan: Plan, stands: Standing, span: Span, order: Order, worth: Money
) -> None:
    """The old plan ends where the new one begins: its period, what it includes, and its group."""
    stands.period.until_on = span.first
    stands.period.save(update_fields=["until_on"])
    # What is credited is used by nobody any more, not even by what was promised it and is not paid yet.
    enter([Draw(budget=b, units=b.left, why="plan-changed") for b in stands.budgets if b.left])
    Budget.objects.filter(pk__in=[budget.pk for budget in stands.budgets]).update(until_at=now())
    whose = {"organisation": found.organisation} if found.organisation else {"person": found.person}
    if found.plan.group_id is not None:
        member = GroupMember.objects.filter(group=found.plan.group_id, until_on=span.until, **whose)
        member.update(until_on=span.first)
    plans.open_period(found, plan, span, order, worth=worth, whole_days=stands.whole)


def _there(payment: Payment) -> tuple[dict[Taking, Money], Money]:
    """What plans took of a payment and is left, and how much of it can go back: a pass that was in the same order is no
    part of it, and what the customer's bank took back for good, and nobody paid again, is not there any more."""
    takings = {taking: left for taking, left in ledger.left_of(None, payment).items() if taking.plan}
    gone = refunds.taken_back(payment)
    if gone:
        again = (kind.objects.filter(document__payment=payment) for kind in (Match, DeskPayment))
        gone = max(
            ZERO, gone - total(part for rows in again for part in rows.values_list("amount", flat=True))
        )
    return takings, max(ZERO, min(total(takings.values()), payment.amount - payment.refunded - gone))


def _backs(payments: Sequence[Payment], amount: Money) -> list[Back]:
    """The amount, taken from the latest payments first, of what is still there of each."""
    found, wanted = [], amount
    for payment in payments:
        takings, there = _there(payment)
        if part := min(wanted, there):
            found.append(refunds.share_of(payment, takings, part))
            wanted -= part
    return found
