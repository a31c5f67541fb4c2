"""Which opening hours are in force on a day: a season's win over the ordinary ones, a single day's over a season's.

Hours with the same days of validity belong together. On each day those of the shortest validity that covers it
count, alone; a resource's own come before its venue's, which it has on the days that none of its own covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from core.periods import Period
from spaces import recurrence
from spaces.models import OpeningRule, Resource
from spaces.recurrence import Repeat

WEEK = timedelta(days=7)
ENDLESS = timedelta(days=100_000)


@dataclass(frozen=True, slots=True)
class Week:
    """What a resource may be open by: its own hours and its venue's."""

    own: list[Repeat] = field(default_factory=list)
    general: list[Repeat] = field(default_factory=list)

    def on(self, day: date) -> list[Repeat]:
        """The hours in force on a day."""
        return _in_force(self.own, day) or _in_force(self.general, day)

    def ordinary(self, day: date) -> list[Repeat]:
        """The same without what is of single days only: what an ordinary week looks like."""
        weekly = Week(
            [r for r in self.own if _validity(r) >= WEEK], [r for r in self.general if _validity(r) >= WEEK]
        )
        return weekly.on(day)

    def spans(self, zone: ZoneInfo, first: date, last: date) -> list[Period]:
        """All hours that begin from `first` (included) to `last` (excluded), in order."""
        edges = {first, last}
        for repeat in (*self.own, *self.general):
            edges |= {day for day in (repeat.first_on, repeat.until_on) if day and first < day < last}
        stretches = pairwise(sorted(edges))
        return [span for a, b in stretches for span in recurrence.spans(self.on(a), zone, a, b)]


def _in_force(repeats: Sequence[Repeat], day: date) -> list[Repeat]:
    valid = [r for r in repeats if r.first_on <= day and (r.until_on is None or day < r.until_on)]
    shortest = min(map(_validity, valid), default=ENDLESS)
    return [r for r in valid if _validity(r) == shortest]


def _validity(repeat: Repeat) -> timedelta:
    return ENDLESS if repeat.until_on is None else repeat.until_on - repeat.first_on


def weeks_of(resources: Sequence[Resource]) -> dict[UUID, Week]:
    """For each resource (by key) the hours it may be open by; one statement for any number of them."""
    found = {resource.pk: Week() for resource in resources}
    general: dict[UUID, list[Repeat]] = {resource.venue_id: [] for resource in resources}
    by_resource = OpeningRule.objects.filter(resource__in=found)
    rows = recurrence.with_events(by_resource | OpeningRule.objects.filter(venue__in=general))
    for row in rows:
        repeat = recurrence.read(row.recurrence)
        if row.resource_id is not None:
            found[row.resource_id].own.append(repeat)
        else:
            general[row.venue_id].append(repeat)
    for resource in resources:
        found[resource.pk].general.extend(general[resource.venue_id])
    return found
