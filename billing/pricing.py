"""What a period costs: pure. Elapsed minutes at the rate that rules when each piece begins; tiers as a cap.

A longer booking never costs less than a shorter one from the same start, and never more than the cheapest cover by
whole days and half days: each cover's price never falls with length, so neither does the least of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.vat import RateKey
from core.money import ZERO, Money, half_up
from core.periods import Period, instant, local_date

HALF_DAY, DAY = 4 * 60, 12 * 60  # minutes that a tier covers
MOST_TIERS = 31


@dataclass(frozen=True, slots=True)
class RateRule:
    """A rate as the engine needs it; `rank` says how particular it is: the highest that fits rules."""

    id: str
    per: str  # hour · flat · day · half_day · head
    price: Money
    vat: RateKey
    vat_rate_id: UUID | None
    rank: int = 0
    weekdays: frozenset[int] = frozenset()
    from_time: time | None = None
    until_time: time | None = None

    def rules_at(self, at: datetime) -> bool:
        """Whether it applies at this local instant."""
        if self.weekdays and at.isoweekday() not in self.weekdays:
            return False
        if self.from_time is None and self.until_time is None:
            return True
        clock, first, last = at.time(), self.from_time or time(0), self.until_time
        return first <= clock and (last is None or last == time(0) or clock < last)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a price, for people and for whoever recomputes it."""

    code: str
    rate: str
    minutes: int
    unit_price: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Price:
    """A gross price, the steps to it, and the VAT it carries."""

    gross: Money
    vat: RateKey
    vat_rate_id: UUID | None
    steps: tuple[Step, ...]


def _best(rules: Iterable[RateRule], at: datetime) -> RateRule | None:
    fitting = [rule for rule in rules if rule.rules_at(at)]
    return max(fitting, key=lambda rule: (rule.rank, rule.id), default=None)


def _edges(period: Period, rules: Sequence[RateRule], zone: ZoneInfo) -> list[datetime]:
    """Where the ruling rate may change: local midnights and the rates' own hours."""
    clocks = {time(0)} | {t for rule in rules for t in (rule.from_time, rule.until_time) if t is not None}
    edges = {period.start, period.end}
    day = local_date(period.start, zone)
    while day <= local_date(period.end, zone):
        edges |= {at for clock in clocks if period.start < (at := instant(day, clock, zone)) < period.end}
        day += timedelta(days=1)
    return sorted(edges)


def pieces(
    period: Period, hourly: Sequence[RateRule], zone: ZoneInfo
) -> list[tuple[Period, RateRule | None]]:
    """The period cut where the ruling rate changes."""
    edges = _edges(period, hourly, zone)
    cut = [Period(a, b) for a, b in pairwise(edges)]
    return [(piece, _best(hourly, piece.start.astimezone(zone))) for piece in cut]


def _cost_until(cut: Sequence[tuple[Period, RateRule | None]], start: datetime, minutes: int) -> Fraction:
    """Cents of the first `minutes` by the hour."""
    end, cents = start + timedelta(minutes=minutes), Fraction(0)
    for piece, rule in cut:
        if rule is not None and piece.start < end:
            cents += Fraction(
                rule.price.cents * ((min(piece.end, end) - piece.start) // timedelta(minutes=1)), 60
            )
    return cents


def price(
    period: Period, rules: Sequence[RateRule], zone: ZoneInfo, *, quantity: int = 1, people: int = 1
) -> Price:
    """The price of one resource for a period, VAT included, for `quantity` of it and `people` heads."""
    by_unit = {per: [r for r in rules if r.per == per] for per in ("hour", "flat", "day", "half_day", "head")}
    start = period.start.astimezone(zone)
    cut = pieces(period, by_unit["hour"], zone)
    steps = _hours(cut)
    cents = _cost_until(cut, period.start, period.minutes)
    tiers = [
        (r, DAY if r.per == "day" else HALF_DAY)
        for per in ("day", "half_day")
        if (r := _best(by_unit[per], start))
    ]
    cover = _cheapest_cover(period, cut, tiers, cents if by_unit["hour"] else None)
    if cover is not None:
        cents, steps = cover
    for per, times in (("flat", 1), ("head", people)):
        if rule := _best(by_unit[per], start):
            cents += rule.price.cents * times
            steps.append(Step(per, rule.id, 0, rule.price, rule.price.times(times)))
    gross = Money(half_up(cents)).times(quantity)
    ruling = next((rule for _, rule in cut if rule), None) or next(iter(rules), None)
    if ruling is None:
        return Price(ZERO, RateKey(Decimal(0)), None, ())
    return Price(gross, ruling.vat, ruling.vat_rate_id, tuple(steps))


def _hours(cut: Sequence[tuple[Period, RateRule | None]]) -> list[Step]:
    found: list[Step] = []
    for piece, rule in cut:
        if rule is not None:
            amount = Money(half_up(Fraction(rule.price.cents * piece.minutes, 60)))
            found.append(Step("hour", rule.id, piece.minutes, rule.price, amount))
    return found


def _cheapest_cover(
    period: Period,
    cut: Sequence[tuple[Period, RateRule | None]],
    tiers: Sequence[tuple[RateRule, int]],
    by_hour: Fraction | None,
) -> tuple[Fraction, list[Step]] | None:
    """The least price by so many of each tier and the rest by the hour; None if the hours alone are the least."""
    if not tiers:
        return None
    best: tuple[Fraction, list[Step]] | None = None
    least = by_hour
    counts: list[tuple[int, ...]] = [()]
    for _, covered in tiers:
        counts = [(*c, n) for c in counts for n in range(min(MOST_TIERS, -(-period.minutes // covered)) + 1)]
    for chosen in counts:
        covered = sum(n * minutes for n, (_, minutes) in zip(chosen, tiers, strict=True))
        if not any(chosen) or (by_hour is None and covered < period.minutes):
            continue
        rest = _cost_until(cut, period.start, period.minutes) - _cost_until(
            cut, period.start, min(covered, period.minutes)
        )
        cents = rest + sum(n * rule.price.cents for n, (rule, _) in zip(chosen, tiers, strict=True))
        if least is None or cents < least:
            least = cents
            steps = [
                Step(rule.per, rule.id, minutes * n, rule.price, rule.price.times(n))
                for n, (rule, minutes) in zip(chosen, tiers, strict=True)
                if n
            ]
            if rest:
                steps.append(Step("hour", "", max(0, period.minutes - covered), ZERO, Money(half_up(rest))))
            best = (Fraction(cents), steps)
    return best
