"""Where a booking of a resource may begin, and how long it usually is: what a calendar snaps to.

Courtesy to who draws; the judge alone decides. A client that knows these marks needs no rule and no clock of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.clock import now
from core.periods import Period, days_between, local_date
from core.words import ENGLISH, language
from spaces.clauses import Preset
from spaces.models import Resource
from spaces.opening import Opened
from spaces.policy import BookingPolicy, policies

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Marks:
    """One open stretch: starts are `anchor` plus whole steps, lengths whole steps; or only the presets."""

    period: Period
    anchor: datetime
    step: int
    usual: int
    presets: list[tuple[Preset, Period]]

    def shape(self) -> dict[str, Any]:
        return {
            "period": self.period,
            "anchor": self.anchor,
            "step": self.step,
            "usual": self.usual,
            "presets": [
                {"name": preset.en if language() == ENGLISH else preset.it, "period": period}
                for preset, period in self.presets
            ],
        }


def grids(resources: Sequence[Resource], opened: dict[UUID, list[Opened]]) -> dict[UUID, list[Marks]]:
    """For each resource (with its venue) the marks of its open spans; one statement."""
    rules = policies(resources)
    found: dict[UUID, list[Marks]] = {}
    for resource in resources:
        zone = resource.venue.zone
        found[resource.pk] = []
        for span in opened.get(resource.pk, []):
            policy = rules[resource.pk].on(local_date(span.during.start, zone)).policy
            found[resource.pk].append(
                Marks(
                    span.during, span.anchor, policy.step, usual(policy, zone), _presets(policy, span, zone)
                )
            )
    return found


def _presets(policy: BookingPolicy, span: Opened, zone: ZoneInfo) -> list[tuple[Preset, Period]]:
    first = local_date(span.during.start, zone)
    days = days_between(first, local_date(span.during.end, zone) + DAY) if policy.presets else []
    named = [
        (preset, period)
        for preset in policy.presets
        for day in days
        if (period := preset.hours.on(day, zone)) is not None and span.during.covers(period)
    ]
    return sorted(named, key=lambda found: found[1])


def usual(policy: BookingPolicy, zone: ZoneInfo) -> int:
    """The length, in minutes, when nobody says one: the first preset's, or an hour if the rules allow it, else the shortest."""
    if policy.presets and (named := policy.presets[0].hours.on(local_date(now(), zone), zone)):
        return named.minutes
    least, step = policy.least, policy.step
    return 60 if least <= 60 and 60 % step == 0 else -(-least // step) * step
