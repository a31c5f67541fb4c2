"""The same month under other shares, rules, prices or another tariff, worked out beside what it is; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from billing.consortium.settlement_content import Content, told
from billing.consortium.settlement_facts import Terms, entries_of, facts_of
from billing.consortium.sharing import Facts, Rule, Stretch, TakenBack, Taking
from billing.consortium.split_rules import check
from billing.consortium.statements import state
from billing.models import ClosedStatement, Entry, Tariff
from billing.papers.vat import net_of
from billing.quoting.effects import factors
from booking.models import Booking
from core.errors import Invalid, Pointer
from core.money import Money
from people.consortium import NOT_A_PARTNER, check_whole
from people.models import Consortium

Percents = Mapping[UUID | None, Decimal]
Factors = Mapping[UUID | None, Fraction]


def what_if(
    consortium: Consortium,
    first_on: date,
    shares: Mapping[UUID, Decimal],
    prices: Percents,
    tariff: Tariff | None = None,
    rules: Sequence[Rule] = (),
    mandate_fee: Decimal | None = None,
) -> tuple[Content, Content]:
    """(as it is, or as it was closed; as it would be): with these shares, this mandate fee and these rules all month long, at the tariff's prices (a draft, say) and so many
    percent higher (of a resource; None: of all others), had everybody booked the same. Raises SharesNotWhole,
    Invalid for a stranger's share or a rule that could not be written, DoesNotSquare.

    Of a tariff each resource's takings change as its bookings would at list price: what was paid with a coupon, or
    in part by a budget, changes in proportion.
    """
    if shares:
        check_whole(shares.values())
    if wrong := check(consortium.pk, rules):
        raise Invalid(pointers=wrong)
    facts = facts_of(consortium, first_on)
    if set(shares) - set(facts.partners):
        raise Invalid(pointers=[Pointer("/shares", "unknown", NOT_A_PARTNER.say())])
    ruled = facts_of(consortium, first_on, Terms(consortium, rules, first_on)) if rules else facts
    prices_now = combined(prices, _by_tariff(consortium, first_on, tariff))
    changed = altered(ruled, shares, prices_now, mandate_fee)
    closed = ClosedStatement.objects.filter(
        settlement__consortium=consortium, settlement__first_on=first_on
    ).first()
    as_is: Content = closed.content if closed is not None else told(consortium, facts, state(facts))
    return as_is, told(consortium, changed, state(changed), checked=False)


def combined(prices: Percents, by_tariff: Mapping[UUID, Fraction]) -> dict[UUID | None, Fraction]:
    """By how much each resource's takings are multiplied. Pure."""
    named = {pk: 1 + Fraction(percent) / 100 for pk, percent in prices.items()}
    others = named.get(None, Fraction(1))
    return named | {pk: named.get(pk, others) * factor for pk, factor in by_tariff.items()}


def _by_tariff(consortium: Consortium, first_on: date, tariff: Tariff | None) -> dict[UUID, Fraction]:
    if tariff is None:
        return {}
    sold = entries_of(consortium.pk, first_on).filter(kind=Entry.Kind.SALE, booking__isnull=False)
    return factors(tariff, Booking.objects.filter(pk__in=sold.values("booking")))


def altered(
    facts: Facts, shares: Mapping[UUID, Decimal], prices: Factors, mandate_fee: Decimal | None = None
) -> Facts:
    """The facts under other shares, mandate fee and prices; what was sold before the month stays as it was. Pure."""
    other: dict[int, Stretch] = {}
    for stretch in facts.stretches:
        fee = stretch.mandate_fee if mandate_fee is None else mandate_fee
        other[id(stretch)] = replace(stretch, shares=dict(shares or stretch.shares), mandate_fee=fee)
    takings = [
        t if t.late else _priced(replace(t, sold=other.get(id(t.sold), t.sold)), prices)
        for t in facts.takings
    ]
    return replace(
        facts,
        taken_back=[_under(one, other) for one in facts.taken_back],
        stretches=[other[id(s)] for s in facts.stretches],
        takings=takings,
        fees=[(other[id(s)], p, fee) for s, p, fee in facts.fees],
    )


def _under(taken: TakenBack, other: Mapping[int, Stretch]) -> TakenBack:
    """What was taken back, by the other terms where it was lost or sold in the month."""
    sales = [replace(t, sold=other.get(id(t.sold), t.sold)) for t in taken.sales]
    return replace(taken, terms=other.get(id(taken.terms), taken.terms), sales=sales)


def _priced(taking: Taking, prices: Factors) -> Taking:
    factor = prices.get(taking.resource, prices.get(None, Fraction(1)))
    if factor == 1:
        return taking
    gross = taking.gross.times(factor)
    net = net_of(Money(abs(gross.cents)), taking.rate)
    net = Money(-net.cents) if gross.cents < 0 else net
    return replace(taking, gross=gross, net=net, vat=gross - net)
