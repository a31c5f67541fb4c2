"""Plans: bought like anything else, renewed by themselves, ended with their period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.budgets.draws import enter
from billing.models import (
    Budget,
    Checkout,
    Draw,
    Included,
    Instalment,
    Order,
    OrderLine,
    Plan,
    PlanPeriod,
    Subscription,
)
from billing.papers.vat import RateKey
from billing.prices.periods import Span, first_period, instalments
from billing.prices.priced import Priced, issuers_by_partner
from billing.prices.pricing import Price
from billing.prices.steps import Step
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Missing
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import ZERO, Money
from core.periods import local_date, local_day
from people.models import GroupMember, Person

S = Subscription.State
DUE_IN = timedelta(days=30)


@act
def make(by: Person, plan: Plan, included: Sequence[Included]) -> Plan:
    """The plan is on sale, with what it includes."""
    plan.save()
    for one in included:
        one.plan = plan
    Included.objects.bulk_create(included)
    record(by, "make", plan)
    return plan


def today_of(plan: Plan) -> date:
    """The day that it is where the plan is lived on."""
    return local_date(now(), plan.venue.zone)


def starting(plan: Plan, at: datetime | None = None) -> Span:
    """The period that somebody who starts today would have, or who was promised it at another moment."""
    day = local_date(at or now(), plan.venue.zone)
    return first_period(plan.every, day, from_first=plan.from_first)


def lines_of(plan_id: UUID | None) -> list[Priced]:
    """The line of a plan's first period, which starts today, or of the first instalment of it. Raises Missing for one
    that is not on sale."""
    if plan_id is None:
        return []
    plan = Plan.objects.select_related("venue", "vat_rate").filter(pk=plan_id, on_sale=True).first()
    if plan is None:
        raise Missing
    span = starting(plan)
    parts = parts_of(plan, span)
    price = parts[0][1]
    vat, partner = plan.vat_rate, plan.venue.partner_id
    steps = (Step("plan", amount=price, name=plan.name),)
    found = Price(price, RateKey(Decimal(vat.percent), vat.natura, vat.legal_text), vat.pk, steps)
    issuer = issuers_by_partner()[partner]
    text = said(plan, span, 1, len(parts))
    return [Priced(None, None, issuer, partner, text, price, found, vat.pk, plan=plan.pk)]


def parts_of(plan: Plan, span: Span) -> list[tuple[date, Money]]:
    """The days of a period's instalments, and how much each; one, all of it, where it is paid at once."""
    return instalments(span, plan.price, plan.every, plan.instalments)


def said(plan: Plan, span: Span, part: int = 1, of: int = 1) -> str:
    """What a document says of the period, or of one of its instalments."""
    period = f"{plan.name}, {span.first:%d/%m/%Y}–{span.until - timedelta(days=1):%d/%m/%Y}"
    return f"{period} ({part}/{of})" if of > 1 else period


def deliver(order: Order) -> None:
    """Inside an act: the plan of an order that is paid, or owed on account, has begun: on the day of the order, for by
    that day was its price, however late its money comes."""
    for line in order.lines.filter(plan__isnull=False):
        plan = Plan.objects.select_related("venue").get(pk=str(line.plan))
        made, new = Subscription.objects.get_or_create(
            paid_by_line=line.pk,
            defaults={"plan": plan, "person": order.person, "organisation": order.organisation},
        )
        if new:
            span = starting(plan, order.made_at)
            pay_in_parts(open_period(made, plan, span, order), parts_of(plan, span))


def pay_in_parts(period: PlanPeriod, parts: Sequence[tuple[date, Money]]) -> None:
    """Inside an act: the parts of the period's price after the first are asked for on their days."""
    Instalment.objects.bulk_create(
        Instalment(period=period, number=number, due_on=day, amount=amount)
        for number, (day, amount) in enumerate(parts, 1)
        if number > 1
    )


def open_period(
    subscription: Subscription,
    plan: Plan,
    span: Span,
    order: Order,
    *,
    worth: Money = ZERO,
    whole_days: int | None = None,
) -> PlanPeriod:
    """Inside an act: the period is there: what it includes can be drawn, and its group's doors are open until its end."""
    made = PlanPeriod.objects.create(
        subscription=subscription,
        plan=plan,
        order=order,
        from_on=span.first,
        until_on=span.until,
        worth=worth,
        whole_days=whole_days,
    )
    zone = plan.venue.zone
    for included in plan.included.all():
        if amount := span.amount(included.amount):
            budget = Budget.objects.create(
                kind=Budget.Kind.PLAN,
                venue=plan.venue,
                name=plan.name,
                person=subscription.person,
                organisation=subscription.organisation,
                unit=included.unit,
                kinds=included.kinds,
                resources=included.resources,
                given=amount,
                left=0,
                subscription=subscription,
                from_at=local_day(span.first, zone).start,
                until_at=local_day(span.until, zone).start,
            )
            enter([Draw(budget=budget, units=-amount, why="included")])
    if plan.group_id is None:
        return made
    whose: dict[str, Any] = (
        {"organisation": subscription.organisation}
        if subscription.organisation
        else {"person": subscription.person}
    )
    running = GroupMember.objects.filter(group=plan.group_id, until_on=span.first, **whose)
    if not running.update(until_on=span.until):
        GroupMember.objects.create(group_id=plan.group_id, from_on=span.first, until_on=span.until, **whose)
    return made


def owed(found: Subscription, plan: Plan, amount: Money, described: str) -> Order:
    """Inside an act: an order of the subscription's holder for this, owed within thirty days; paid if it is nothing."""
    order = Order.objects.create(
        person=found.person,
        organisation=found.organisation,
        state=Order.State.OWED if amount else Order.State.PAID,
        total=amount,
        due_at=now() + DUE_IN if amount else None,
    )
    partner = plan.venue.partner_id
    OrderLine.objects.create(
        order=order,
        position=1,
        issuer_id=issuers_by_partner()[partner],
        partner_id=partner,
        description=described[:400],
        quantity=1,
        unit="",
        unit_price=Decimal(amount.cents) / 100,
        gross=amount,
        vat_rate_id=plan.vat_rate_id,
    )
    Checkout.objects.create(order=order, made_by=found.person, method="account", state=Checkout.State.DONE)
    return order


# -- what its holder decides ---------------------------------------------------------------------------------------


@act
def end(by: Person, subscription_id: UUID) -> Subscription:
    """It is not renewed: it ends with its period. Raises IllegalMove if it has been ended already."""
    lock_rows(Locks.PASSES, Subscription, [subscription_id])
    found = Subscription.objects.get(pk=subscription_id)
    if found.state != S.ACTIVE:
        raise IllegalMove(state=found.get_state_display())
    found.state, found.next_plan = S.ENDING, None
    found.save(update_fields=["state", "next_plan"])
    record(by, "end", found)
    return found


@act
def change(by: Person, subscription_id: UUID, plan: Plan) -> Subscription:
    """From its next period it is on another plan of the same venue. Raises IllegalMove, Missing."""
    lock_rows(Locks.PASSES, Subscription, [subscription_id])
    found = Subscription.objects.select_related("plan").get(pk=subscription_id)
    if found.state != S.ACTIVE:
        raise IllegalMove(state=found.get_state_display())
    if plan.venue_id != found.plan.venue_id or not plan.on_sale:
        raise Missing
    found.next_plan = None if plan.pk == found.plan_id else plan
    found.save(update_fields=["next_plan"])
    record(by, "change", found, plan=str(plan.pk))
    return found
