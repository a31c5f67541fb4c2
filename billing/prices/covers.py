"""The cheapest way to cover a period by whole tiers and by time: pure.

A tier covers its length from wherever it begins; the last may reach beyond the end. Where tiers may begin depends on
the start and the tariff alone, never on the end: what covers a longer period covers a shorter one too, so the price
never falls with length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from math import gcd
from zoneinfo import ZoneInfo

from billing.prices.rate_rules import RateRule
from core.periods import MINUTE, Period, instant, merged

DAY = 24 * 60
Cut = Sequence[tuple[Period, RateRule | None]]


@dataclass(frozen=True, slots=True)
class Tier:
    """So many cents for so many minutes; a day (no minutes) lasts until the same hour of the next one."""

    rule: RateRule
    cents: int
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Cover:
    """How often each tier, and how many minutes by each rate."""

    tiers: list[tuple[Tier, int]]
    by_time: list[tuple[RateRule, int]]


def cover(
    period: Period, cut: Cut, tiers: Sequence[Tier], zone: ZoneInfo, *, clocks: set[time] | None
) -> Cover:
    """The cheapest; by time alone where that is no dearer. `clocks` are the hours at which rates by time change; None:
    there is no rate by time, so tiers have to cover it all."""
    alone = Cover([], _by_time(cut, [period]))
    if not tiers:
        return alone
    if clocks is not None:
        by_time = sum(_sixtieths(rule) * piece.minutes for piece, rule in cut)
        if by_time <= 60 * min(tier.cents for tier in tiers):
            return alone
    return _search(period, cut, tiers, zone, clocks)


def _sixtieths(rule: RateRule | None) -> int:
    """Sixtieths of a cent for one minute."""
    if rule is None:
        return 0
    return rule.price.cents if rule.per == "hour" else 60 * rule.price.cents


def _grain(period: Period, tiers: Sequence[Tier], zone: ZoneInfo, clocks: set[time] | None) -> int:
    """Minutes between the places where a tier may begin."""
    start = period.start.astimezone(zone)
    at = start.hour * 60 + start.minute
    lengths = [DAY if tier.minutes is None else tier.minutes for tier in tiers]
    if any(tier.minutes is None for tier in tiers):
        lengths.append(60)  # a day of the clock change has an hour more or less
    return gcd(*lengths, *((clock.hour * 60 + clock.minute - at) % DAY for clock in clocks or ()))


def _search(
    period: Period, cut: Cut, tiers: Sequence[Tier], zone: ZoneInfo, clocks: set[time] | None
) -> Cover:
    """From each place on: the next by time, or a tier; the least cost of reaching every place."""
    grain, length = _grain(period, tiers, zone, clocks), period.minutes
    places = [*range(0, length, grain), length]
    last = len(places) - 1
    by_time = _costs(period, cut, places)
    never = 1 << 62
    least, came = [0] + [never] * last, [(0, -1)] * len(places)
    for i, place in enumerate(places[:-1]):
        if least[i] == never:
            continue
        if clocks is not None:
            cost = least[i] + by_time[i + 1] - by_time[i]
            if cost < least[i + 1]:
                least[i + 1], came[i + 1] = cost, (i, -1)
        for which, tier in enumerate(tiers):
            reach = place + (tier.minutes or _a_day_from(period, place, zone))
            j = last if reach >= length else reach // grain
            if least[i] + 60 * tier.cents < least[j]:
                least[j], came[j] = least[i] + 60 * tier.cents, (i, which)
    return _traced(period, cut, tiers, places, came)


def _costs(period: Period, cut: Cut, places: Sequence[int]) -> list[int]:
    """Sixtieths of a cent by time from the start up to each place."""
    found, so_far, before, n = [], 0, 0, 0
    ends = [(piece.end - period.start) // MINUTE for piece, _ in cut]
    for place in places:
        while n < len(cut) and ends[n] <= place:
            so_far += _sixtieths(cut[n][1]) * (ends[n] - before)
            before, n = ends[n], n + 1
        rest = _sixtieths(cut[n][1]) * (place - before) if n < len(cut) else 0
        found.append(so_far + rest)
    return found


def _a_day_from(period: Period, place: int, zone: ZoneInfo) -> int:
    """Minutes until the same hour of the next day."""
    start = period.start + timedelta(minutes=place)
    local = start.astimezone(zone)
    end = instant(local.date() + timedelta(days=1), local.time(), zone)
    return (end - start) // MINUTE


def _traced(
    period: Period,
    cut: Cut,
    tiers: Sequence[Tier],
    places: Sequence[int],
    came: Sequence[tuple[int, int]],
) -> Cover:
    counts, timed = [0] * len(tiers), []
    at = len(places) - 1
    while at:
        before, which = came[at]
        if which < 0:
            start = period.start + timedelta(minutes=places[before])
            timed.append(Period(start, period.start + timedelta(minutes=places[at])))
        else:
            counts[which] += 1
        at = before
    return Cover([(t, n) for t, n in zip(tiers, counts, strict=True) if n], _by_time(cut, timed))


def _by_time(cut: Cut, timed: Sequence[Period]) -> list[tuple[RateRule, int]]:
    """Minutes by each rate within these periods, in the order in which the rates come; free time is not mentioned."""
    minutes: dict[str, int] = {}
    rules: dict[str, RateRule] = {}
    stretches = merged(timed)
    for piece, rule in cut:
        for part in stretches:
            if rule is not None and (common := piece.clip(part)) is not None:
                rules[rule.id] = rule
                minutes[rule.id] = minutes.get(rule.id, 0) + common.minutes
    return [(rule, minutes[pk]) for pk, rule in rules.items()]
