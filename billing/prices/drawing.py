"""What budgets pay of a price: pure. Each budget in its turn pays for a part of what is booked, and of its price.

A budget of hours, days or entries pays in proportion: one hour of two pays half the price (docs/adr/0035). Of the part
it covers it pays `percent`; the rest of that part is for whoever books, and no other budget's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from math import ceil
from types import MappingProxyType
from uuid import UUID

from core.money import ZERO, Money

CENTS = "cents"
Units = Mapping[tuple[UUID, UUID], int]  # by budget and item


@dataclass(frozen=True, slots=True)
class Need:
    """One thing booked: how much of it in each measure, and its price."""

    item: UUID
    resource: UUID
    kind: str
    venue: UUID
    starts: datetime
    units: Mapping[str, int]
    gross: Money
    month: str = ""  # the local month in which it begins
    weekday: int = 1


@dataclass(frozen=True, slots=True)
class Bound:
    """At most so many units of a thing, and so many `more` of it for the time that it is longer; a budget of euro has
    instead its `part` of what the thing costs more than its `price` so far."""

    units: int
    more: int = 0
    price: Money = ZERO
    part: Fraction = Fraction(0)

    def of(self, need: Need, unit: str) -> int:
        if unit != CENTS:
            return self.units + self.more
        return self.units + max(ceil(self.part * (need.gross.cents - self.price.cents)), 0)


AtMost = Mapping[tuple[UUID, UUID], Bound]
NOTHING = Bound(0)


@dataclass(frozen=True, slots=True)
class Source:
    """A budget that may pay: what is left of it, the part of a price it pays, and for what; with the most that whoever
    books may have of it in a month, and what they have already."""

    budget: UUID
    kind: str
    name: str
    unit: str
    left: int
    fits: Callable[[Need], bool]
    percent: int = 100
    cap: int | None = None
    used: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What a budget pays of one thing booked, and what is then left of it; how much of its time that covers, and what
    that much of it costs (`listed`: more than it pays, where it pays a percent)."""

    budget: UUID
    kind: str
    name: str
    unit: str
    units: int
    left: int
    worth: Money
    minutes: int = 0
    listed: Money = ZERO


def cover(
    needs: Sequence[Need],
    sources: Sequence[Source],
    at_most: AtMost | None = None,
    kept: Units = MappingProxyType({}),
) -> dict[UUID, list[Part]]:
    """What each source pays of each need, in the order of both; never more than is left of it, nor than the price, nor
    than `at_most`, if that is said (nothing of what it does not name). What is `kept` for a need no other has."""
    left = {source.budget: source.left for source in sources}
    for (budget, _), units in kept.items():
        left[budget] = left.get(budget, 0) - units
    had = {(source.budget, month): units for source in sources for month, units in source.used.items()}
    found: dict[UUID, list[Part]] = {}
    for need in needs:
        open_part, parts = Fraction(1), []
        for source in sources:
            if not open_part or not need.gross or not source.fits(need):
                continue
            month = (source.budget, need.month)
            own = kept.get((source.budget, need.item), 0)
            most = left[source.budget] + own
            if source.cap is not None:
                most = min(most, source.cap - had.get(month, 0))
            if at_most is not None:
                most = min(most, at_most.get((source.budget, need.item), NOTHING).of(need, source.unit))
            if most <= 0:
                continue
            units, part, worth = _one(need, source, most, open_part)
            if units <= 0:
                continue
            # By what is covered so far, so that the parts of one price, and of one time, add up to it.
            done, so_far = 1 - open_part, 1 - open_part + part
            minutes = _minutes(need, so_far) - _minutes(need, done)
            listed = _of(need.gross, so_far) - _of(need.gross, done)
            left[source.budget] -= max(units - own, 0)
            had[month] = had.get(month, 0) + units
            open_part -= part
            rest = left[source.budget]
            parts.append(
                Part(
                    source.budget, source.kind, source.name, source.unit, units, rest, worth, minutes, listed
                )
            )
        found[need.item] = parts
    return found


def cover_anew(
    needs: Sequence[Need], sources: Sequence[Source], has: Units, back: Mapping[UUID, int]
) -> dict[UUID, list[Part]]:
    """The same of things that sources pay of already (`has`, which counts as left): each keeps of that what it still needs
    before another has any, and of what it gives up only its percent comes `back`, by item."""
    kept = {
        (part.budget, item): part.units
        for item, parts in cover(needs, sources, {key: Bound(n) for key, n in has.items()}).items()
        for part in parts
    }
    lost: dict[UUID, int] = defaultdict(int)
    for (budget, item), units in has.items():
        spare = units - kept.get((budget, item), 0)
        lost[budget] += spare - spare * back[item] // 100
    there = [replace(source, left=source.left - lost[source.budget]) for source in sources]
    return cover(needs, there, kept=kept)


def _one(need: Need, source: Source, left: int, open_part: Fraction) -> tuple[int, Fraction, Money]:
    """(units drawn, part of the thing covered, what it pays)"""
    if source.unit == CENTS:
        wanted = need.gross - _of(need.gross, 1 - open_part)
        paid = min(wanted.times(Fraction(source.percent, 100)).cents, left)
        covered = Fraction(paid * 100, source.percent) if source.percent else Fraction(0)
        part = open_part if paid < left or covered >= wanted.cents else covered / need.gross.cents
        return paid, min(part, open_part), Money(paid)
    whole = need.units[source.unit]
    wanted_units = -(-(open_part * whole).numerator // (open_part * whole).denominator)
    units = min(left, wanted_units)
    part = min(open_part, Fraction(units, whole))
    # By what is covered so far, so that the parts of one price add up to it to the cent.
    before, after = _of(need.gross, 1 - open_part), _of(need.gross, 1 - open_part + part)
    return units, part, (after - before).times(Fraction(source.percent, 100))


def _minutes(need: Need, part: Fraction) -> int:
    return round(need.units["minutes"] * part)


def _of(gross: Money, part: Fraction) -> Money:
    return gross.times(part) if part else ZERO
