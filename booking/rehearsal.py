"""What a change of the rules would do, before it is saved: the bookings to come that it touches, and a replay.

The replay judges the bookings of the last 90 days as they were asked for, at the instant they were made, as if the
new rules had been in force then. Only what rules decide is judged: hours, claims and certifications are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from booking.claims import Ask
from booking.clauses import Given, given_clauses, time_clauses
from booking.facts import Facts
from booking.judge import time_reasons
from booking.limits import Had, limit_reasons
from booking.models import Booking, Item
from booking.states import LIVE
from core.clock import now
from core.errors import Reason
from core.periods import local_date
from people.models import GroupMember
from spaces.models import Resource, Rules
from spaces.policy import Policies, rows_of

REPLAYED = timedelta(days=90)
EARLIER = timedelta(days=32)  # a limit may look back a month
MOST = 5000
EVER = date.min
NOT_OF_RULES = {"past", "closed", "not-yet-planned"}


@dataclass(frozen=True, slots=True)
class Touched:
    """A booking that the change would refuse, and why."""

    item: Item
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    to_come: int
    touched: list[Touched]
    replayed: int
    refused: list[Touched]


def rehearse(proposed: Rules) -> Rehearsal:
    """What these rules (unsaved) would touch and would have refused. A fixed number of statements."""
    resources = list(_resources(proposed))
    at = now()
    items = list(_items(resources, at))
    judge = Judge(resources, items, proposed)
    to_come = [item for item in items if item.period.start > at and item.booking.state in LIVE]
    past = [item for item in items if at - REPLAYED <= item.period.start <= at]
    by_use = proposed.basis == Rules.Basis.USE
    touched = [found for item in to_come if by_use and (found := judge.newly(item, proposed.from_on))]
    refused = [found for item in past if (found := judge.newly(item, EVER))]
    return Rehearsal(len(to_come), touched, len(past), refused)


def _resources(proposed: Rules) -> Iterable[Resource]:
    rows = Resource.objects.select_related("venue")
    if proposed.resource is not None:
        return rows.filter(pk=proposed.resource.pk)
    return rows.filter(venue=proposed.venue)


def _items(resources: Sequence[Resource], at: datetime) -> Iterable[Item]:
    return (
        Item.objects.filter(resource__in=resources, period__startswith__gt=at - REPLAYED - EARLIER)
        .filter(Q(booking__state=Booking.State.CONFIRMED) | Q(booking__state__in=LIVE))
        .select_related("booking__person", "booking__organisation", "resource__venue")
        .order_by("-period")[:MOST]
    )


class Judge:
    """The rules before and after, over bookings read once."""

    def __init__(self, resources: Sequence[Resource], items: Sequence[Item], proposed: Rules) -> None:
        rows = rows_of(resources)
        later = [row for row in rows if row.from_on > proposed.from_on]
        # Newest first; for the replay the proposal comes before all, as if it had always been there.
        self.versions: dict[date | None, list[Rules]] = {
            None: rows,
            proposed.from_on: [*later, _as(proposed, proposed.from_on), *rows[len(later) :]],
            EVER: [_as(proposed, EVER), *rows],
        }
        self.named: dict[tuple[str, ...], str] = {}
        self.of_person: dict[UUID, list[Item]] = defaultdict(list)
        for item in items:
            self.of_person[item.booking.person_id].append(item)
        self.groups: dict[UUID, list[GroupMember]] = defaultdict(list)
        for member in GroupMember.objects.filter(person__in=self.of_person):
            if member.person_id is not None:
                self.groups[member.person_id].append(member)

    def newly(self, item: Item, since: date) -> Touched | None:
        """The booking, if the proposed rules, in force since a day, refuse it and the present ones do not."""
        after = self._reasons(item, since)
        if not after:
            return None
        known = {reason.code for reason in self._reasons(item, None)}
        new = [reason for reason in after if reason.code not in known]
        return Touched(item, new) if new else None

    def _reasons(self, item: Item, since: date | None) -> list[Reason]:
        booking, resource = item.booking, item.resource
        made_on = local_date(booking.made_at, resource.venue.zone)
        facts = Facts(
            booking.person,
            booking.organisation,
            booking.made_at,
            {resource.pk: resource},
            {resource.pk: []},
            {resource.pk: self._policies(resource, made_on, since)},
            {},
            {},
            set(),
            {str(m.group_id) for m in self.groups[booking.person_id] if _holds(m, made_on)},
            self._had_before(item),
            {resource.venue_id},
            self.named,
        )
        policy = facts.policy(resource, item.period.start)
        given = Given(booking.people, frozenset(booking.accepted_terms), booking.answers)
        found = [
            *given_clauses(policy, given),
            *time_reasons(facts, Ask(resource, item.period, item.quantity)),
            *time_clauses(facts, resource, item.period, given),
            *limit_reasons(facts, resource, item.period),
        ]
        return [reason for reason in found if reason.code not in NOT_OF_RULES]

    def _policies(self, resource: Resource, made_on: date, since: date | None) -> Policies:
        rows = self.versions[since]
        return Policies(
            [row for row in rows if row.venue_id == resource.venue_id],
            [row for row in rows if row.resource_id == resource.pk],
            made_on,
        )

    def _had_before(self, item: Item) -> list[Had]:
        """What the person had when they booked this."""
        return [
            Had(i.resource_id, i.resource.kind, i.resource.venue_id, i.period, i.booking_id)
            for i in self.of_person[item.booking.person_id]
            if i.booking_id != item.booking_id and i.booking.made_at < item.booking.made_at
        ]


def _as(proposed: Rules, since: date) -> Rules:
    """The proposal as a version in force from a day, for whatever is used from then on."""
    return Rules(
        venue=proposed.venue,
        resource=proposed.resource,
        from_on=since,
        basis=Rules.Basis.USE,
        data=proposed.data,
    )


def _holds(member: GroupMember, day: date) -> bool:
    return member.from_on <= day and (member.until_on is None or day < member.until_on)
