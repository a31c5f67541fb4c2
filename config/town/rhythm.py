"""When people book: weekday evenings at the centre, working hours at the desks, an empty August, a closed Christmas."""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core.periods import Period, local_date
from spaces.layout import Take, takes
from spaces.models import OpenSpan, Resource
from spaces.policy import BookingPolicy, policies

# How many bookings a day an ordinary weekday brings, and the hours at which they like to begin.
APPETITE: dict[str, tuple[float, tuple[int, ...], tuple[int, ...]]] = {
    "desk": (34.0, (8, 9, 9, 9, 10, 14), (240, 480, 480, 540)),
    "meeting_room": (2.8, (9, 10, 11, 14, 15, 16, 17), (60, 60, 90, 120)),
    "phone_booth": (7.0, (9, 10, 11, 12, 14, 15, 16), (15, 30, 30, 45)),
    "laser": (3.4, (9, 11, 14, 16, 17, 18, 19), (60, 60, 90, 120)),
    "printer_3d": (3.4, (9, 10, 14, 17, 18), (120, 180, 240)),
    "mill": (1.6, (10, 14, 17, 18), (60, 120, 180)),
    "bench": (2.0, (15, 17, 18, 19), (60, 120)),
    "hall": (0.7, (18, 19, 20), (120, 180)),
    "classroom": (3.2, (9, 14, 17, 18, 19, 20), (120, 120, 180)),
    "kitchen": (1.6, (10, 17, 18), (120, 180)),
    "courtyard": (0.5, (16, 17, 18), (120, 180)),
    "equipment": (0.8, (9, 14, 18), (120, 180)),
    "person": (1.2, (10, 14, 16, 18), (60, 60, 120)),
    "outdoor": (0.4, (8, 9, 10), (120, 240)),
}
AUGUST, WEEKEND, SUMMER = 0.12, 0.35, 0.6


@dataclass(frozen=True, slots=True)
class Wanted:
    """A booking that somebody made: where, when, on which units."""

    resource: Resource
    period: Period
    padded: Period
    units: list[UUID]


class Diary:
    """What is taken on each unit, so that no two bookings ever meet."""

    def __init__(self) -> None:
        self.taken: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)

    def free(self, unit: UUID, period: Period) -> bool:
        rows = self.taken[unit]
        spot = bisect_left(rows, (period.end,)) - 1
        return spot < 0 or rows[spot][1] <= period.start

    def take(self, parts: list[Take], period: Period) -> list[UUID] | None:
        given: list[UUID] = []
        for choices, n in parts:
            found = [unit for unit in choices if self.free(unit, period)][:n]
            if len(found) < n:
                return None
            given += found
        for unit in given:
            insort(self.taken[unit], (period.start, period.end))
        return given


def appetite(resource: Resource, day: date) -> float:
    base = APPETITE[resource.kind][0]
    if day.month == 8:
        return base * AUGUST
    season = SUMMER if day.month == 7 else 1.0
    return base * season * (WEEKEND if day.isoweekday() >= 6 else 1.0)


def bookings(chance: random.Random, first: date, last: date) -> Iterator[Wanted]:
    """The town's bookings from first to last, in the order of their days; each inside its opening hours and grid."""
    resources = list(
        Resource.objects.select_related("venue", "venue__partner", "owner").order_by(
            "venue__position", "position"
        )
    )
    trees, rules, diary = takes(r.pk for r in resources), policies(resources), Diary()
    spans: dict[tuple[UUID, date], list[OpenSpan]] = defaultdict(list)
    for span in OpenSpan.objects.select_related("resource__venue"):
        spans[span.resource_id, local_date(span.during.start, span.resource.venue.zone)].append(span)
    day = first
    while day < last:
        for resource in resources:
            policy = rules[resource.pk].on(day).policy
            mean = appetite(resource, day)
            count = int(mean) + (chance.random() < mean % 1)
            for _ in range(count):
                wish = _one(
                    chance, resource, policy, spans.get((resource.pk, day), []), trees[resource.pk], diary
                )
                if wish is not None:
                    yield wish
        day += timedelta(days=1)


def _one(
    chance: random.Random,
    resource: Resource,
    policy: BookingPolicy,
    open_: list[OpenSpan],
    parts: list[Take],
    diary: Diary,
) -> Wanted | None:
    _, hours, lengths = APPETITE[resource.kind]
    for span in open_:
        wall = span.during.start.astimezone(resource.venue.zone).replace(
            hour=chance.choice(hours), minute=chance.choice((0, 0, 30))
        )
        minutes = max(policy.least, -(-chance.choice(lengths) // policy.step) * policy.step)
        period = Period(wall, wall + timedelta(minutes=minutes))
        if not span.during.covers(period) or (period.start - span.anchor) % timedelta(minutes=policy.step):
            continue
        padded = period.padded(timedelta(minutes=policy.set_up), timedelta(minutes=policy.clean_up))
        units = diary.take(parts, padded)
        if units is not None:
            return Wanted(resource, period, padded, units)
    return None
