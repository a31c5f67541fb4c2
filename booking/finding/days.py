"""Whole days of many resources as two numbers: minutes open, and minutes that can still be had."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from psycopg.types.range import TimestamptzRange

from core.clock import now
from core.periods import Period, hull, local_date
from people.roles import Standing
from spaces.layout import Take, quantity_of, takes
from spaces.models import Resource
from spaces.opening import opened
from spaces.policy import policies

CLAIMS = """
SELECT c.unit_id, extract(epoch FROM lower(c.during))::bigint, extract(epoch FROM upper(c.during))::bigint,
       coalesce(b.person_id = %(person)s::uuid OR b.organisation_id = ANY(%(bodies)s::uuid[]), false)
FROM booking_claim c
LEFT JOIN booking_item i ON i.id = c.item_id LEFT JOIN booking_booking b ON b.id = i.booking_id
WHERE c.unit_id = ANY(%(units)s) AND c.during && %(window)s AND (c.until IS NULL OR c.until > %(now)s)
ORDER BY lower(c.during)
"""
WIDEST_PADDING = timedelta(days=1)
Seconds = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one resource; `mine`: the reader has something there."""

    on: date
    open_minutes: int
    free_minutes: int
    mine: bool

    def shape(self) -> dict[str, Any]:
        return {
            "on": self.on,
            "open_minutes": self.open_minutes,
            "free_minutes": self.free_minutes,
            "mine": self.mine,
        }


class Numbered(NamedTuple):
    """How many there are of a resource, and its days."""

    quantity: int
    days: list[Day]


def free_days(
    resources: Sequence[Resource], days: Sequence[tuple[date, Period]], has: Standing
) -> dict[UUID, Numbered]:
    """For each resource (with its venue) each day; four statements for any number of them.

    Free is what is open, still to come and not claimed, less the resource's own set-up and clean-up around claims;
    pieces shorter than its least duration are none. Of a pool a minute is free while one of it is.
    """
    window = hull(period for _, period in days)
    trees = takes(r.pk for r in resources)
    claimed = _claimed(trees, window, has)
    hours = opened((r.pk for r in resources), window)
    rules = policies(resources)
    at = int(now().timestamp())
    found = {}
    for resource in resources:
        parts = trees[resource.pk]
        policy = rules[resource.pk].on(local_date(window.start, resource.venue.zone)).policy
        before, after = policy.clean_up * 60, policy.set_up * 60
        taken = _joined(
            (start - before, end + after) for take in parts for start, end in _blocked(take, claimed)
        )
        open_ = _joined(_seconds(span.during) for span in hours[resource.pk])
        coming = [(max(start, at), end) for start, end in open_ if end > at] if parts else []
        free = [(s, e) for s, e in _without(coming, taken) if e - s >= policy.least * 60]
        own = [
            (start, end)
            for take in parts
            for unit in take.choices
            for start, end, mine in claimed[unit]
            if mine
        ]
        numbers = [
            Day(
                on,
                _inside(open_, day) // 60,
                _inside(free, day) // 60,
                any(_meets(period, day) for period in own),
            )
            for on, day in ((on, _seconds(period)) for on, period in days)
        ]
        found[resource.pk] = Numbered(quantity_of(parts), numbers)
    return found


def _claimed(
    trees: dict[UUID, list[Take]], window: Period, has: Standing
) -> dict[UUID, list[tuple[int, int, bool]]]:
    wide = window.padded(WIDEST_PADDING, WIDEST_PADDING)
    parameters: dict[str, Any] = {
        "units": list({unit for parts in trees.values() for take in parts for unit in take.choices}),
        "window": TimestamptzRange(wide.start, wide.end, "[)"),
        "now": now(),
        "person": has.person,
        "bodies": list(has.delegate_of),
    }
    found: dict[UUID, list[tuple[int, int, bool]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(CLAIMS, parameters)
        for unit, start, end, mine in cursor.fetchall():
            found[unit].append((start, end, mine))
    return found


def _blocked(take: Take, claimed: dict[UUID, list[tuple[int, int, bool]]]) -> list[Seconds]:
    """When too few of the choices are left."""
    if not take.is_pool:
        return [(start, end) for unit in take.choices for start, end, _ in claimed[unit]]
    steps: dict[int, int] = defaultdict(int)
    for unit in take.choices:
        for start, end, _ in claimed[unit]:
            steps[start] += 1
            steps[end] -= 1
    busy, blocked = 0, []
    for start, end in pairwise(sorted(steps)):
        busy += steps[start]
        if len(take.choices) - busy < take.n:
            blocked.append((start, end))
    return blocked


def _seconds(period: Period) -> Seconds:
    return int(period.start.timestamp()), int(period.end.timestamp())


def _joined(stretches: Iterable[Seconds]) -> list[Seconds]:
    out: list[Seconds] = []
    for start, end in sorted(stretches):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _without(stretches: Iterable[Seconds], taken: list[Seconds]) -> list[Seconds]:
    """What is left of joined stretches when joined others are taken out."""
    left: list[Seconds] = []
    for start, end in stretches:
        at = start
        for gap in taken[bisect_left(taken, start, key=lambda t: t[1]) :]:
            if gap[0] >= end:
                break
            if gap[0] > at:
                left.append((at, gap[0]))
            at = max(at, gap[1])
        if at < end:
            left.append((at, end))
    return left


def _inside(stretches: list[Seconds], day: Seconds) -> int:
    """Seconds of the day that joined stretches cover."""
    covered = 0
    for start, end in stretches[bisect_left(stretches, day[0], key=lambda s: s[1]) :]:
        if start >= day[1]:
            break
        covered += max(0, min(end, day[1]) - max(start, day[0]))
    return covered


def _meets(period: Seconds, day: Seconds) -> bool:
    return period[0] < day[1] and day[0] < period[1]
