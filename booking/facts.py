"""What the judge needs to know of resources and of who asks, read once: a fixed number of statements for any number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from booking.limits import Had, had
from booking.models import Booking, Consequence, Item
from booking.seldom import there_is
from booking.standing import Out, out_of_order
from core.clock import now
from core.periods import Period, local_date, local_day
from equipment.certification import skills_held, skills_needed
from equipment.models import Skill
from people.models import GroupMember, Organisation, Person
from spaces.holidays import after_working_days
from spaces.layout import Take, takes
from spaces.models import Resource, Venue
from spaces.opening import Opened, opened
from spaces.policy import BookingPolicy, Policies, Version, policies


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
    held: set[UUID]
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

    def version(self, resource: Resource, at: datetime) -> Version:
        """The rules in force for a use that begins at an instant."""
        key = (resource.pk, at)
        found = self.versions.get(key)
        if found is None:
            found = self.rules[resource.pk].on(local_date(at, resource.venue.zone))
            self.versions[key] = found
        return found

    def policy(self, resource: Resource, at: datetime) -> BookingPolicy:
        return self.version(resource, at).policy

    def bounds_of(self, policy: BookingPolicy, venue: Venue) -> Bounds:
        """How soon and how far ahead the policy lets one book (a policy lives as long as its facts)."""
        key = (id(policy), venue.time_zone)
        if key not in self.kept:
            self.kept[key] = bounds(policy, self.at, venue)
        return self.kept[key]


def gather(
    resources: Iterable[Resource],
    window: Period,
    person: Person | None,
    organisation: Organisation | None = None,
    *,
    leaving: Collection[UUID] = (),
    opening: bool = True,
) -> Facts:
    """The facts about these resources (with their venues) in a window, for who asks; `opening` False leaves the
    hours to be read by whoever needs them bit by bit.

    `leaving` are bookings about to change: their own time is free to them, and does not count against limits.
    """
    found = {resource.pk: resource for resource in resources}
    moment = now()
    venues = {r.venue_id for r in found.values()}
    there = there_is(found, venues, person, organisation, moment)
    needed = skills_needed(found) if there.skills else {}
    facts = Facts(
        person,
        organisation,
        moment,
        found,
        takes(found),
        policies(found.values(), moment),
        opened(found, window) if opening else {},
        needed,
        skills_held(person, moment.date()) if needed else set(),
        _groups(person, organisation, moment.date()) if there.groups else set(),
        leaving=frozenset(leaving),
    )
    facts.had = had(facts, window)
    facts.been_to = _been_to(facts)
    facts.out = out_of_order(facts.trees, venues) if there.outages else {}
    if facts.out and facts.leaving:
        for item in Item.objects.filter(booking__in=facts.leaving):
            facts.own[item.resource_id].append(item.period)
    facts.shortened = _shortened(facts) if there.consequences else []
    return facts


def look_again(facts: Facts, window: Period) -> None:
    """Inside an act that has the venue: rules and hours as they are now, for whoever writes them has it alone."""
    facts.rules = policies(facts.resources.values(), facts.at)
    facts.versions, facts.kept = {}, {}
    facts.spans = opened(facts.resources, window)


def _groups(person: Person | None, organisation: Organisation | None, day: date) -> set[str]:
    if person is None:
        return set()
    rows = GroupMember.objects.filter(
        Q(person=person) | Q(organisation=organisation, organisation__isnull=False)
    )
    return {
        str(pk)
        for pk in rows.filter(from_on__lte=day).exclude(until_on__lte=day).values_list("group_id", flat=True)
    }


def _shortened(facts: Facts) -> list[Consequence]:
    """What keeps the person from booking far ahead at these venues, since they did not come."""
    if facts.person is None:
        return []
    rows = Consequence.objects.filter(
        person=facts.person, kind=Consequence.Kind.SHORTER_HORIZON, until__gt=facts.at
    ).exclude(state=Consequence.State.UNDONE)
    venues = {r.venue_id for r in facts.resources.values()}
    return list(rows.filter(booking__venue__in=venues).select_related("booking"))


def _been_to(facts: Facts) -> set[UUID]:
    """The venues where the person has come before; read only where a policy asks."""
    venues = {
        r.venue_id
        for r in facts.resources.values()
        if (when := facts.policy(r, facts.at).approval_when) is not None and when.first_time
    }
    if not venues or facts.person is None:
        return set()
    rows = Booking.objects.filter(person=facts.person, venue__in=venues, state=Booking.State.CONFIRMED)
    return set(rows.filter(period__endswith__lte=facts.at).values_list("venue_id", flat=True))


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
    return Bounds(earliest, local_day(last, zone).end, latest_start)


class Bounds(NamedTuple):
    """The earliest start, the latest end, and the latest start if the horizon is by the minute."""

    earliest: datetime
    latest: datetime
    latest_start: datetime | None

    def too_far(self, period: Period) -> bool:
        return period.end > self.latest or (
            self.latest_start is not None and period.start > self.latest_start
        )
