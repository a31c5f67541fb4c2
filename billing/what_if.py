"""The same month under other shares or other prices, worked out beside what it is; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from billing.settlement_content import Content, told
from billing.settlement_facts import facts_of
from billing.sharing import Facts, Stretch, Taking
from billing.statements import state
from billing.vat import net_of
from core.errors import Invalid, Pointer
from core.money import Money
from people.consortium import NOT_A_PARTNER, check_whole
from people.models import Consortium

Percents = Mapping[UUID | None, Decimal]


def what_if(
    consortium: Consortium, first_on: date, shares: Mapping[UUID, Decimal], prices: Percents
) -> tuple[Content, Content]:
    """(as it is, as it would be): with these shares all month long, and prices so many percent higher (of a resource; None:
    of all others), had everybody booked the same. Raises SharesNotWhole, Invalid for
    a stranger's share, DoesNotSquare."""
    if shares:
        check_whole(shares.values())
    facts = facts_of(consortium, first_on)
    if set(shares) - set(facts.partners):
        raise Invalid(pointers=[Pointer("/shares", "unknown", NOT_A_PARTNER.say())])
    changed = altered(facts, shares, prices)
    return told(consortium, facts, state(facts)), told(consortium, changed, state(changed), checked=False)


def altered(facts: Facts, shares: Mapping[UUID, Decimal], prices: Percents) -> Facts:
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


def _priced(taking: Taking, prices: Percents) -> Taking:
    percent = prices.get(taking.resource, prices.get(None, Decimal(0)))
    if not percent:
        return taking
    gross = taking.gross.times(1 + percent / 100)
    net = net_of(Money(abs(gross.cents)), taking.rate)
    net = Money(-net.cents) if gross.cents < 0 else net
    return replace(taking, gross=gross, net=net, vat=gross - net)
