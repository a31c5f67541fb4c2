"""What the judge knows of resources and of who asks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from booking.models import Consequence
from booking.obstructing.standing import Out
from core.periods import Period, local_date, local_day
from equipment.certification import Held
from equipment.models import Skill
from people.models import Group, Organisation, Person
from spaces.clauses import Limit
from spaces.holidays import after_working_days
from spaces.layout import Take
from spaces.models import Resource, Venue
from spaces.opening import Opened
from spaces.policy import BookingPolicy, Policies, Version


@dataclass(frozen=True, slots=True)
class Had:
    """Something that counts against a limit: had by the person, by who shares a limit with them, or asked with this."""

    resource: UUID
    kind: str
    venue: UUID
    period: Period
    booking: UUID | None
    mine: bool = True
    ours: bool = False
    groups: frozenset[str] | None = frozenset()  # which of the asker's that share a limit; None: all
    item: UUID | None = None  # had and waited for in other hours, it counts once: for whichever is more

    def counts_for(self, limit: Limit, resource: Resource) -> bool:
        if not self._shares(limit):
            return False
        if limit.on == "resource":
            return self.resource == resource.pk
        return self.venue == resource.venue_id and (limit.on == "venue" or self.kind == resource.kind)

    def _shares(self, limit: Limit) -> bool:
        match limit.of:
            case "person":
                return self.mine
            case "organisation":
                return self.ours
            case "group":
                return self.groups is None or not self.groups.isdisjoint(limit.groups)
        return True


@dataclass(slots=True)
class Facts:
    """What the judge needs to know of resources and of who asks, besides the claims."""

    person: Person | None
    organisation: Organisation | None
    at: datetime
    resources: dict[UUID, Resource]
    trees: dict[UUID, list[Take]]
    rules: dict[UUID, Policies]
    spans: dict[UUID, list[Opened]]
    needed: dict[UUID, list[Skill]]
    held: Held
    groups: set[str]
    had: list[Had] = field(default_factory=list)
    been_to: set[UUID] = field(default_factory=set)
    named: dict[tuple[str, ...], str] = field(default_factory=dict)
    leaving: frozenset[UUID] = frozenset()
    out: dict[UUID, list[Out]] = field(default_factory=dict)
    # What those about to change have of what is out of order: they may keep a part of it.
    own: dict[UUID, list[Period]] = field(default_factory=lambda: defaultdict(list))
    shortened: list[Consequence] = field(default_factory=list)
    by_house: bool = False  # staff enter it: what has begun today may still be written down
    # Worked out once: a plan asks the same of every date many times over.
    versions: dict[tuple[UUID, datetime], Version] = field(default_factory=dict)
    kept: dict[tuple[int, str], Bounds] = field(default_factory=dict)
    last: tuple[Resource, datetime, Version] | None = None

    def version(self, resource: Resource, at: datetime) -> Version:
        """The rules in force for a use that begins at an instant."""
        # Every rule of one date asks in its turn.
        if self.last is not None and self.last[0] is resource and self.last[1] == at:
            return self.last[2]
        key = (resource.pk, at)
        found = self.versions.get(key)
        if found is None:
            found = self.rules[resource.pk].on(local_date(at, resource.venue.zone))
            self.versions[key] = found
        self.last = (resource, at, found)
        return found

    def policy(self, resource: Resource, at: datetime) -> BookingPolicy:
        return self.version(resource, at).policy

    def bounds_of(self, policy: BookingPolicy, venue: Venue) -> Bounds:
        """How soon and how far ahead the policy lets one book (a policy lives as long as its facts)."""
        key = (id(policy), venue.time_zone)
        if key not in self.kept:
            self.kept[key] = bounds(policy, self.at, venue)
        return self.kept[key]


def bounds(policy: BookingPolicy, at: datetime, venue: Venue) -> Bounds:
    """How soon and how far ahead somebody may book now; horizons of days end with a day of the wall clock."""
    zone = venue.zone
    today = local_date(at, zone)
    earliest = at + timedelta(minutes=policy.notice)
    if policy.notice_days:
        earliest = max(earliest, local_day(today + timedelta(days=policy.notice_days), zone).start)
    last = today + timedelta(days=policy.horizon_days)
    if policy.horizon_working_days is not None:
        last = min(last, after_working_days(today, policy.horizon_working_days, venue.holidays_of))
    by_minutes = policy.horizon_minutes
    latest_start = None if by_minutes is None else at + timedelta(minutes=by_minutes)
    series = local_day(today + timedelta(days=policy.series_horizon_days), zone).end
    return Bounds(earliest, local_day(last, zone).end, latest_start, series)


class Bounds(NamedTuple):
    """The earliest start, the latest end, the latest start if the horizon is by the minute, and until when a series
    may last."""

    earliest: datetime
    latest: datetime
    latest_start: datetime | None
    series: datetime

    def too_far(self, period: Period) -> bool:
        return period.end > self.latest or (
            self.latest_start is not None and period.start > self.latest_start
        )


def names_of(facts: Facts, groups: tuple[str, ...]) -> str:
    """The groups' names; read once for all that share these facts' names."""
    if groups not in facts.named:
        rows = Group.objects.filter(pk__in=groups).order_by("name")
        facts.named[groups] = ", ".join(rows.values_list("name", flat=True))
    return facts.named[groups]
