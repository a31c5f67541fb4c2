"""How an amount is divided among partners, rule by rule; pure, in whole cents, and never a cent more or less.

Every function answers `{partner: Money}` for all partners named, in the order of their ids, and the parts sum to the
amount (largest remainder; ties to the earlier). Rules: acceptance/billing-cases P01-P04.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from core.money import ZERO, Money, total

Weights = Mapping[UUID, int | Decimal | Fraction]
Parts = dict[UUID, Money]


class NothingToWeigh(ValueError):
    """No weight is positive: there is nothing by which the amount could be divided."""


def by_weight(amount: Money, weights: Weights) -> Parts:
    """The amount by weight: shares, hours, takings. Weights below zero count as none. Raises NothingToWeigh."""
    partners = sorted(weights)
    positive = [max(Fraction(weights[partner]), Fraction(0)) for partner in partners]
    if not any(positive):
        raise NothingToWeigh
    return dict(zip(partners, amount.split(positive), strict=True))


def to_owner(amount: Money, owner: UUID, partners: Iterable[UUID]) -> Parts:
    """All of it to one."""
    return {partner: amount if partner == owner else ZERO for partner in sorted({*partners, owner})}


def fixed(amount: Money, fixed_parts: Mapping[UUID, Money], weights: Weights) -> Parts:
    """Some partners have fixed amounts, whatever there is; what is left, even if it is less than nothing, is divided
    by weight among the others (among all, if all have fixed amounts)."""
    left = amount - total(fixed_parts.values())
    others = {p: w for p, w in weights.items() if p not in fixed_parts and w > 0} or dict(weights)
    return _added(fixed_parts, by_weight(left, others), {*weights, *fixed_parts})


def cost_first(amount: Money, costs: Mapping[UUID, Money], weights: Weights) -> Parts:
    """What was spent is paid back first, in proportion if there is not enough; what is left is divided by weight.

    A loss (an amount below zero) is divided by weight: it pays nothing back.
    """
    spent = total(costs.values())
    repaid = Money(max(0, min(amount.cents, spent.cents)))
    back = by_weight(repaid, {p: cost.cents for p, cost in costs.items()}) if repaid else {}
    return _added(back, by_weight(amount - repaid, weights), {*weights, *costs})


def guaranteed(amount: Money, least: Mapping[UUID, Money], weights: Weights) -> Parts:
    """By weight, but to some never less than their minimum: the others give in proportion to what they have above
    their own. If there is not enough for all minimums, they are met in proportion, and the others have nothing.
    """
    plain = by_weight(amount, weights)
    floors = {p: least.get(p, ZERO).cents for p in sorted({*weights, *least})}
    had = {p: plain.get(p, ZERO).cents for p in floors}
    if amount.cents <= sum(floors.values()):
        # With a loss nobody is guaranteed anything.
        return by_weight(amount, floors) if amount.cents > 0 else {p: Money(had[p]) for p in floors}
    missing = {p: max(0, floors[p] - had[p]) for p in floors}
    above = {p: max(0, had[p] - floors[p]) for p in floors}
    needed = Money(sum(missing.values()))
    given = by_weight(needed, above) if needed else {}
    return {p: Money(had[p] + missing[p]) - given.get(p, ZERO) for p in floors}


def of_days(amount: Money, before: int, days: int, in_month: int) -> Money:
    """The part of a month's amount that belongs to `days` days after the first `before`; the parts of a month sum to
    the amount."""
    return amount.times(Fraction(before + days, in_month)) - amount.times(Fraction(before, in_month))


def _added(one: Mapping[UUID, Money], other: Mapping[UUID, Money], partners: Iterable[UUID]) -> Parts:
    return {p: one.get(p, ZERO) + other.get(p, ZERO) for p in sorted(partners)}
