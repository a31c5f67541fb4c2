"""The same month under other shares, rules, prices or another tariff, worked out beside what it is; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from billing.effects import factors
from billing.models import Entry, Tariff
from billing.settlement_content import Content, told
from billing.settlement_facts import Terms, entries_of, facts_of
from billing.sharing import Facts, Rule, Stretch, Taking
from billing.split_rules import check
from billing.statements import state
from billing.vat import net_of
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
) -> tuple[Content, Content]:
    """(as it is, as it would be): with these shares and these rules all month long, at the tariff's prices (a draft, say) and so many
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
    changed = altered(ruled, shares, combined(prices, _by_tariff(consortium, first_on, tariff)))
    return told(consortium, facts, state(facts)), told(consortium, changed, state(changed), checked=False)


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


def altered(facts: Facts, shares: Mapping[UUID, Decimal], prices: Factors) -> Facts:
    """The facts under other shares and prices; what was sold before the month stays as it was. Pure."""
    other: dict[int, Stretch] = {}
    for stretch in facts.stretches:
        other[id(stretch)] = replace(stretch, shares=dict(shares)) if shares else stretch
    takings = [
        t if t.late else _priced(replace(t, sold=other.get(id(t.sold), t.sold)), prices)
        for t in facts.takings
    ]
    return replace(
        facts,
        stretches=[other[id(s)] for s in facts.stretches],
        takings=takings,
        fees=[(other[id(s)], p, fee) for s, p, fee in facts.fees],
    )


def _priced(taking: Taking, prices: Factors) -> Taking:
    factor = prices.get(taking.resource, prices.get(None, Fraction(1)))
    if factor == 1:
        return taking
    gross = taking.gross.times(factor)
    net = net_of(Money(abs(gross.cents)), taking.rate)
    net = Money(-net.cents) if gross.cents < 0 else net
    return replace(taking, gross=gross, net=net, vat=gross - net)
