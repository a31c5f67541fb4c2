"""How much somebody may have: minutes or bookings a day, a week, a month, a year, to come, or at once.

Spans are the venue's own (a week begins on Monday). What one has is read as facts; an act reads it again under
its lock on the person and the organisation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from booking.judging.facts import Facts, Had, names_of
from booking.judging.reasons import reason
from booking.models import Booking, Change, Item
from booking.states import LIVE
from core.errors import Reason
from core.periods import Period, local_date, local_days
from core.words import Words
from people.models import GroupMember
from spaces.clauses import Limit, touched
from spaces.models import Resource, Rules
from spaces.policy import BookingPolicy

Members = dict[UUID | None, frozenset[str]]  # of a person's or organisation's groups, those that count
Whose = tuple[UUID | None, UUID | None]  # a person's, and perhaps an organisation's
DAY = timedelta(days=1)
WIDEST = timedelta(days=32)  # a month, whichever day of it is asked for
YEAR = timedelta(days=366)
CODES = {
    "day": "daily-limit",
    "week": "weekly-limit",
    "month": "monthly-limit",
    "year": "yearly-limit",
    "future": "future-limit",
    "at_once": "at-once-limit",
}
WHOSE = {
    "person": Words("", ""),
    "organisation": Words(" per organizzazione", " for each organisation"),
    "group": Words(" per tutto il gruppo {groups}", " for all of the group {groups}"),
    "anyone": Words(" in tutto", " in all"),
}


def had(facts: Facts, window: Period) -> list[Had]:
    """What counts against the limits that apply to who asks, around a window and from now on.

    Two statements (what is there, what waits), none if nothing is limited; one more where a whole group shares a limit.
    Bookings about to change (`facts.leaving`) do not count against themselves.
    """
    limits = _limits_of(facts, window)
    if facts.person is None or not is_limited(facts, window):
        return []
    members = _members(facts, limits)
    whose = Q(booking__person=facts.person)
    if facts.organisation is not None:
        whose |= Q(booking__organisation=facts.organisation)
    if members:
        whose |= Q(booking__person__in=members) | Q(booking__organisation__in=members)
    shared = {r for r, limit in limits if limit.of == "anyone"}
    if shared:
        whose |= Q(resource__in=shared)
    widest = YEAR if any(limit.span == "year" for _, limit in limits) else WIDEST
    since = min(window.start - widest, facts.at)
    rows = (
        Item.objects.filter(
            whose, booking__state__in=LIVE - {Booking.State.OFFERED}, period__endswith__gt=since
        )
        .filter(booking__venue__in={r.venue_id for r in facts.resources.values()})
        .exclude(booking__held_until__lte=facts.at)
        .select_related("resource", "booking")
    )
    there = [
        counted(
            facts,
            members,
            item,
            item.resource,
            item.period,
            (item.booking.person_id, item.booking.organisation_id),
        )
        for item in rows
        if item.booking_id not in facts.leaving
    ]
    return there + _waiting(facts, members, shared)


def counted(
    facts: Facts, members: Members, item: Item, resource: Resource, period: Period, whose: Whose
) -> Had:
    """An item as it counts for who asks: theirs, their organisation's, or had by somebody in a group they share."""
    person, organisation = whose
    return Had(
        resource.pk,
        resource.kind,
        resource.venue_id,
        period,
        item.booking_id,
        facts.person is not None and person == facts.person.pk,
        facts.organisation is not None and organisation == facts.organisation.pk,
        members.get(person, NONE) | members.get(organisation, NONE),
        item.pk,
    )


def _waiting(facts: Facts, members: Members, shared: Collection[UUID]) -> list[Had]:
    """What a change that waits will take: another time of a booking, or a booking for who agreed to take it over.

    Counted while it waits, as a hold is, it needs no judge when its money comes, which would be too late to say no.
    """
    rows = Change.objects.filter(
        Q(kind__in=[Change.Kind.MOVE, Change.Kind.PROPOSAL]) | Q(to_person__isnull=False),
        state=Change.State.PENDING,
        until__gt=facts.at,
        booking__venue__in={r.venue_id for r in facts.resources.values()},
    ).exclude(booking__in=facts.leaving)
    changes = list(rows.select_related("booking").prefetch_related("booking__items__resource"))
    known = {item.resource_id: item.resource for change in changes for item in change.booking.items.all()}
    elsewhere = {part.resource for change in changes for part in change.parts} - set(known)
    if elsewhere:
        known |= Resource.objects.in_bulk(elsewhere)
    found = []
    for change in changes:
        times = {part.item: part for part in change.parts}
        for item in change.booking.items.all():
            resource, period = item.resource, item.period
            whose: Whose = (change.to_person_id, None)
            if item.pk in times:
                resource, period = known[times[item.pk].resource], times[item.pk].period
                whose = (change.booking.person_id, change.booking.organisation_id)
            found.append(counted(facts, members, item, resource, period, whose))
    return [h for h in found if h.mine or h.ours or h.groups or h.resource in shared]


NONE: frozenset[str] = frozenset()


def _policies(facts: Facts, window: Period) -> Iterator[tuple[UUID, BookingPolicy]]:
    for resource in facts.resources.values():
        first, last = (local_date(at, resource.venue.zone) for at in (window.start, window.end))
        for policy in facts.rules[resource.pk].between(first, last):
            yield resource.pk, policy


def _limits_of(facts: Facts, window: Period) -> list[tuple[UUID, Limit]]:
    return [(pk, limit) for pk, policy in _policies(facts, window) for limit in policy.all_limits]


def is_limited(facts: Facts, window: Period) -> bool:
    """Whether any rule of the window says how much somebody may have, or how near to what they have."""
    return any(policy.gap or policy.all_limits for _, policy in _policies(facts, window))


def groups_counted(facts: Facts, window: Period) -> set[str]:
    """The groups of who asks that share a limit: acts lock them, for two of a group are two persons."""
    named = {g for _, limit in _limits_of(facts, window) if limit.of == "group" for g in limit.groups}
    return named & facts.groups


def groups_sharing(
    resources: Collection[UUID], people: Collection[UUID], organisations: Collection[UUID]
) -> set[str]:
    """The groups of these people and organisations that share a limit of one of these resources, whatever the day; one
    statement where no group shares any, else two. For acts that lock before they gather facts."""
    venues = Resource.objects.filter(pk__in=resources).values("venue")
    rules = Rules.objects.filter(
        Q(resource__in=resources) | Q(venue__in=venues), data__limits__contains=[{"of": "group"}]
    )
    limits = [limit for row in rules for limit in BookingPolicy.as_written(row.data).limits]
    named = {g for limit in limits if limit.of == "group" for g in limit.groups}
    if not named:
        return set()
    rows = GroupMember.objects.filter(group__in=map(UUID, named)).filter(
        Q(person__in=people) | Q(organisation__in=organisations)
    )
    return {str(pk) for pk in rows.values_list("group_id", flat=True)}


def _members(facts: Facts, limits: Iterable[tuple[UUID, Limit]]) -> Members:
    """Everybody (person or organisation) in the asker's groups that share a limit, with which of them."""
    named = {g for _, limit in limits if limit.of == "group" for g in limit.groups} & facts.groups
    if not named:
        return {}
    zone = next(iter(facts.resources.values())).venue.zone
    day = local_date(facts.at, zone)
    rows = GroupMember.objects.filter(group__in=map(UUID, named), from_on__lte=day).exclude(until_on__lte=day)
    found: Members = {}
    for row in rows:
        who = row.person_id or row.organisation_id
        found[who] = found.get(who, NONE) | {str(row.group_id)}
    return found


def as_asked(resource: Resource, period: Period, booking: UUID | None = None) -> Had:
    """An ask as it counts for the asks after it: in the same booking (None), or in another of the same series."""
    return Had(resource.pk, resource.kind, resource.venue_id, period, booking, True, True, None)


def limit_reasons(
    facts: Facts, resource: Resource, period: Period, besides: Sequence[Had] = ()
) -> list[Reason]:
    """Why this would be too much for who asks; `besides` are the other asks of the same booking, and of the same series."""
    reasons: list[Reason] = []
    policy = facts.policy(resource, period.start)
    for limit in policy.all_limits:
        if limit.groups and not facts.groups.intersection(limit.groups):
            continue
        if limit.of == "organisation" and facts.organisation is None:
            continue
        inside = [h for h in (*facts.had, *besides) if h.counts_for(limit, resource)]
        broken = _broken(limit, inside, period, facts.at, resource.venue.zone)
        if broken is not None:
            reasons.append(_told(facts, broken))
    if policy.gap:
        reasons += _gap((*facts.had, *besides), resource, period, policy.gap)
    return reasons


def _gap(counted: Iterable[Had], resource: Resource, period: Period, minutes: int) -> list[Reason]:
    """One's own bookings of a resource leave others a way in between; what is of the same booking is no other."""
    around = period.padded(timedelta(minutes=minutes), timedelta(minutes=minutes))
    near = (h for h in counted if h.mine and h.booking is not None and h.resource == resource.pk)
    return [reason("too-close", gap=minutes)] if any(h.period.overlaps(around) for h in near) else []


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that would be passed: by how much is used already, and from when it would not."""

    limit: Limit
    used: int
    again_from: datetime | None

    @property
    def code(self) -> str:
        code = CODES[self.limit.span]
        return code if self.limit.minutes is not None else f"{code}-of-bookings"


def _told(facts: Facts, broken: Broken) -> Reason:
    limit = broken.limit
    whose = WHOSE[limit.of]
    if limit.of == "group":
        groups = names_of(facts, tuple(g for g in limit.groups if g in facts.groups))
        named = groups.replace("{", "{{").replace("}", "}}")  # said inside another sentence
        whose = Words(whose.it.format(groups=named), whose.en.format(groups=named))
    most = limit.minutes if limit.minutes is not None else limit.bookings
    return reason(broken.code, limit=most, used=broken.used, whose=whose, holds_from=broken.again_from)


def _broken(limit: Limit, counted: list[Had], period: Period, at: datetime, zone: ZoneInfo) -> Broken | None:
    for span, again_from in _spans(limit.span, counted, period, at, zone):
        inside = [h for h in counted if h.period.overlaps(span)]
        asked = _minutes(limit, period, span, zone)
        if period.clip(span) is None or (limit.hours is not None and not asked):
            continue
        if limit.minutes is not None:
            counts = _each_once(limit, inside, span, zone)
            used = sum(minutes for _, minutes in counts)
            if used + asked > limit.minutes:
                if limit.span == "future":
                    ends = [(h.period.end, minutes) for h, minutes in counts]
                    again_from = _enough_over(
                        ends, used + asked - limit.minutes, by_minutes=limit.hours is None
                    )
                return Broken(limit, used, again_from)
        elif limit.bookings is not None:
            inside = [h for h in inside if limit.hours is None or _minutes(limit, h.period, span, zone)]
            used = _at_once(inside) if limit.span == "at_once" else len({h.booking for h in inside} - {None})
            if used + 1 > limit.bookings:
                if limit.span == "future":
                    over = {h.booking: h.period.end for h in sorted(inside, key=lambda h: h.period.end)}
                    again_from = _enough_over(
                        [(end, 1) for end in over.values()], used + 1 - limit.bookings, by_minutes=False
                    )
                return Broken(limit, used, again_from)
    return None


def _each_once(limit: Limit, inside: Iterable[Had], span: Period, zone: ZoneInfo) -> list[tuple[Had, int]]:
    """Each with the minutes it counts in the span; of the hours that one has and those they wait for, the more."""
    found: dict[UUID | int, tuple[Had, int]] = {}
    for place, had_ in enumerate(inside):
        minutes = _minutes(limit, had_.period, span, zone)
        key = had_.item or place
        if key not in found or found[key][1] < minutes:
            found[key] = (had_, minutes)
    return list(found.values())


def _enough_over(ends: Iterable[tuple[datetime, int]], excess: int, *, by_minutes: bool) -> datetime | None:
    """When so much of what is to come is over (a running hour minute by minute); None if all of it is too little."""
    for end, amount in sorted(ends):
        excess -= amount
        if excess <= 0:
            return end + timedelta(minutes=excess) if by_minutes else end
    return None


def _minutes(limit: Limit, period: Period, span: Period, zone: ZoneInfo) -> int:
    """The minutes of a period in a span that this limit counts."""
    inside = period.clip(span)
    if inside is None:
        return 0
    if limit.hours is None:
        return inside.minutes
    stretches = touched([limit.hours], inside, zone)
    return sum(both.minutes for stretch in stretches if (both := stretch.clip(inside)) is not None)


def _at_once(inside: list[Had]) -> int:
    """How many bookings overlap at the fullest instant of these."""
    return max(
        (len({h.booking for h in inside if at.period.start in h.period} - {None}) for at in inside), default=0
    )


def _spans(
    span: str, counted: Iterable[Had], period: Period, at: datetime, zone: ZoneInfo
) -> Iterator[tuple[Period, datetime | None]]:
    """The stretches in which the limit counts, each with the instant from which it would not be reached any more."""
    if span == "at_once":
        meeting = [h.period.end for h in counted if h.period.overlaps(period)]
        yield period, min(meeting, default=None)
        return
    if span == "future":
        to_come = [h.period.end for h in counted if h.period.end > at]
        far = max([period.end, *to_come])
        yield Period(min(at, period.start), far), None  # `_broken` knows how many have to be over
        return
    day = local_date(period.start, zone)
    last = local_date(period.end - timedelta(microseconds=1), zone)
    while day <= last:
        first, after = _bounds(span, day)
        stretch = local_days(first, after, zone)
        yield stretch, stretch.end
        day = after


def _bounds(span: str, day: date) -> tuple[date, date]:
    if span == "day":
        return day, day + DAY
    if span == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if span == "year":
        return day.replace(month=1, day=1), date(day.year + 1, 1, 1)
    first = day.replace(day=1)
    return first, (first + WIDEST).replace(day=1)
