"""What the judge needs to know is read: once, in a fixed number of statements, however many the resources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from booking.judging.facts import Facts
from booking.judging.limits import had
from booking.judging.seldom import there_is
from booking.models import Booking, Consequence, Item
from booking.obstructing.standing import out_of_order
from core.clock import now
from core.periods import Period, local_date
from equipment.certification import held_by, skills_held, skills_needed
from people.models import GroupMember, Organisation, Person
from spaces.layout import takes
from spaces.models import Resource
from spaces.opening import opened
from spaces.policy import policies


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
    today = _today(found.values(), moment)
    facts = Facts(
        person,
        organisation,
        moment,
        found,
        takes(found),
        policies(found.values(), moment),
        opened(found, window) if opening else {},
        needed,
        skills_held(person, today) if needed else {},
        _groups(person, organisation, today) if there.groups else set(),
        leaving=frozenset(leaving),
    )
    facts.had = had(facts, window)
    facts.been_to = _been_to(facts, window)
    facts.out = out_of_order(facts.trees, venues) if there.outages else {}
    if facts.out and facts.leaving:
        for item in Item.objects.filter(booking__in=facts.leaving):
            facts.own[item.resource_id].append(item.period)
    facts.shortened = _shortened(facts) if there.consequences else []
    return facts


Whose = tuple[UUID, UUID | None]  # a person's, for an organisation or for nobody


def for_each(
    shared: Facts, whose: Iterable[tuple[Person, Organisation | None]], window: Period
) -> dict[Whose, Facts]:
    """The facts about the same resources for each of these people, as far as a judge asks; three statements for any
    number of them, and two for each of them only where somebody may have no more than so much."""
    pairs = {(person.pk, body.pk if body else None): (person, body) for person, body in whose}
    people, day = {person for person, _ in pairs}, _today(shared.resources.values(), shared.at)
    groups: dict[UUID | None, set[str]] = defaultdict(set)
    rows = GroupMember.objects.filter(
        Q(person__in=people) | Q(organisation__in={body for _, body in pairs} - {None})
    )
    for row in rows.filter(from_on__lte=day).exclude(until_on__lte=day):
        groups[row.person_id or row.organisation_id].add(str(row.group_id))
    held = held_by(people, day) if shared.needed else {}
    missed: dict[UUID, list[Consequence]] = defaultdict(list)
    for one in _shortening(shared, people):
        missed[one.person_id].append(one)
    found = {}
    for (who, body_id), (person, body) in pairs.items():
        facts = replace(
            shared,
            person=person,
            organisation=body,
            held=held.get(who, {}),
            groups=groups[who] | (groups[body_id] if body_id is not None else set()),
            shortened=missed[who],
        )
        facts.had = had(facts, window)
        found[who, body_id] = facts
    return found


def look_again(facts: Facts, window: Period) -> None:
    """Inside an act that has the venue: rules and hours as they are now, for whoever writes them has it alone."""
    facts.rules = policies(facts.resources.values(), facts.at)
    facts.versions, facts.kept, facts.last = {}, {}, None
    facts.spans = opened(facts.resources, window)


def _today(resources: Iterable[Resource], moment: datetime) -> date:
    """The day by the venue's clock, of which one becomes a member or is certified."""
    zone = next((resource.venue.zone for resource in resources), None)
    return moment.date() if zone is None else local_date(moment, zone)


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
    return [] if facts.person is None else _shortening(facts, [facts.person.pk])


def _shortening(facts: Facts, people: Iterable[UUID]) -> list[Consequence]:
    rows = Consequence.objects.filter(
        person__in=list(people), kind=Consequence.Kind.SHORTER_HORIZON, until__gt=facts.at
    ).exclude(state=Consequence.State.UNDONE)
    venues = {r.venue_id for r in facts.resources.values()}
    return list(rows.filter(booking__venue__in=venues).select_related("booking"))


def _been_to(facts: Facts, window: Period) -> set[UUID]:
    """The venues where the person has come before; read only where some policy of the window asks."""
    venues = {
        r.venue_id
        for r in facts.resources.values()
        for policy in facts.rules[r.pk].between(
            *(local_date(at, r.venue.zone) for at in (window.start, window.end))
        )
        if policy.approval_when is not None and policy.approval_when.first_time
    }
    if not venues or facts.person is None:
        return set()
    rows = Booking.objects.filter(person=facts.person, venue__in=venues, state=Booking.State.CONFIRMED)
    came = rows.filter(period__endswith__lte=facts.at).exclude(attendance=Booking.Attendance.NO_SHOW)
    return set(came.values_list("venue_id", flat=True))
