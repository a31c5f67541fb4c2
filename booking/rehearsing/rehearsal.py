"""What a change of the rules would do, before it is saved: the bookings to come that it touches, and a replay.

The replay judges the bookings of the last 90 days as they were asked for, at the instant they were made, as if the
new rules had been in force then. Only what rules decide is judged: hours, claims and certifications are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet, prefetch_related_objects

from booking.claims import Ask
from booking.judging.clauses import Given, given_clauses, time_clauses
from booking.judging.facts import Facts
from booking.judging.history import History
from booking.judging.judge import quantity_reasons, time_reasons
from booking.judging.limits import limit_reasons
from booking.models import Item
from booking.states import LIVE
from core.clock import now
from core.errors import Reason
from core.periods import local_date
from spaces.layout import takes
from spaces.models import Resource, Rules
from spaces.policy import Policies, rows_of

REPLAYED = timedelta(days=90)
MOST = 5000  # of what is to come, the nearest; of what was, the latest
EVER = date.min
NOT_OF_RULES = {"past", "closed", "not-yet-planned"}


@dataclass(frozen=True, slots=True)
class Touched:
    """A booking that the change would refuse, and why."""

    item: Item
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Part:
    """What was judged of a stretch, out of how many there are, and what the change would refuse of it."""

    there: int
    judged: int
    refused: list[Touched]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    to_come: Part
    replayed: Part


@dataclass(frozen=True, slots=True)
class Booked:
    """Some bookings, in order, and how many there are of their sort."""

    there: int
    items: list[Item]


def rehearse(proposed: Rules) -> Rehearsal:
    """What these rules (unsaved) would touch and would have refused. A fixed number of statements."""
    resources = list(_resources(proposed))
    to_come, past = booked(resources)
    judge = Judge(resources, [*to_come.items, *past.items], proposed)
    by_use = proposed.basis == Rules.Basis.USE
    touched = [found for i in to_come.items if by_use and (found := judge.newly(i, proposed.from_on))]
    refused = [found for i in past.items if (found := judge.newly(i, EVER))]
    return Rehearsal(
        Part(to_come.there, len(to_come.items), touched), Part(past.there, len(past.items), refused)
    )


def booked(resources: Sequence[Resource]) -> tuple[Booked, Booked]:
    """What stands of these resources and is still to begin, the nearest first; and what has begun in the last 90 days,
    the latest first. A busy future leaves the past its own."""
    at = now()
    rows = (
        Item.objects.filter(resource__in=resources, booking__state__in=LIVE)
        .exclude(booking__held_until__lte=at)
        .select_related("booking__person", "booking__organisation", "resource__venue")
    )
    to_come = rows.filter(period__startswith__gt=at).order_by("period", "pk")
    past = rows.filter(period__startswith__gte=at - REPLAYED, period__startswith__lte=at)
    return _first(to_come), _first(past.order_by("-period", "pk"))


def _first(rows: QuerySet[Item]) -> Booked:
    items = list(rows[: MOST + 1])
    return Booked(rows.count() if len(items) > MOST else len(items), items[:MOST])


def _resources(proposed: Rules) -> Iterable[Resource]:
    rows = Resource.objects.select_related("venue")
    if proposed.resource is not None:
        return rows.filter(pk=proposed.resource.pk)
    return rows.filter(venue=proposed.venue)


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
        prefetch_related_objects(items, "booking__items__resource")
        self.history = History(items, [proposed, *rows])
        self.trees = takes({i.resource_id for item in items for i in item.booking.items.all()})

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
            self.trees,
            {resource.pk: self._policies(resource, made_on, since)},
            {},
            {},
            {},
            self.history.memberships.of(booking, made_on),
            been_to={resource.venue_id},
            named=self.named,
        )
        facts.had = self.history.before(item, facts, made_on)
        policy = facts.policy(resource, item.period.start)
        given = Given(booking.people, frozenset(booking.accepted_terms), booking.answers)
        asks = {i.pk: Ask.of(i) for i in booking.items.all()}
        asks[item.pk] = ask = Ask(resource, item.period, item.quantity)
        found = [
            *given_clauses(policy, given),
            *time_reasons(facts, ask),
            *time_clauses(facts, resource, item.period, given),
            *limit_reasons(facts, resource, item.period),
            *quantity_reasons(facts, ask, list(asks.values())),
        ]
        return [reason for reason in found if reason.code not in NOT_OF_RULES]

    def _policies(self, resource: Resource, made_on: date, since: date | None) -> Policies:
        rows = self.versions[since]
        return Policies(
            [row for row in rows if row.venue_id == resource.venue_id],
            [row for row in rows if row.resource_id == resource.pk],
            made_on,
        )


def _as(proposed: Rules, since: date) -> Rules:
    """The proposal as a version in force from a day, for whatever is used from then on."""
    return Rules(
        venue=proposed.venue,
        resource=proposed.resource,
        from_on=since,
        basis=Rules.Basis.USE,
        data=proposed.data,
    )
