"""What counted against limits when some bookings were made: by whom, with whom, and of what, read once for many."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from booking.judging.facts import Facts, Had
from booking.judging.limits import NONE, WIDEST, YEAR, Members, as_asked, counted
from booking.models import Booking, Item
from booking.states import LIVE
from people.models import GroupMember
from spaces.models import Rules
from spaces.policy import BookingPolicy

LONGEST = timedelta(days=31)  # of a booking
EVER = timedelta(days=10_000)


class Memberships:
    """Who was in which groups on which day: of some people and organisations, and of some whole groups."""

    def __init__(self, people: Iterable[UUID], organisations: Iterable[UUID], groups: Iterable[str]) -> None:
        rows = GroupMember.objects.filter(
            Q(person__in=set(people)) | Q(organisation__in=set(organisations)) | Q(group__in=set(groups))
        )
        self._of_group: dict[str, list[GroupMember]] = defaultdict(list)
        self._of_who: dict[UUID, list[GroupMember]] = defaultdict(list)
        for row in rows:
            self._of_group[str(row.group_id)].append(row)
            if (who := row.person_id or row.organisation_id) is not None:
                self._of_who[who].append(row)
        self._known: dict[tuple[frozenset[str], date], Members] = {}

    def of(self, booking: Booking, day: date) -> set[str]:
        """The groups that count for whoever made the booking: their own, and those of the organisation it is for."""
        who = (booking.person_id, booking.organisation_id)
        rows = (row for one in who if one is not None for row in self._of_who.get(one, ()))
        return {str(row.group_id) for row in rows if _holds(row, day)}

    def ever_of(self, item: Item) -> set[str]:
        """The groups that its person or its organisation was in on some day."""
        who = (item.booking.person_id, item.booking.organisation_id)
        return {str(row.group_id) for one in who if one is not None for row in self._of_who.get(one, ())}

    def everybody(self, groups: Iterable[str]) -> set[UUID]:
        """Whoever was in one of these groups on some day."""
        rows = (row for group in groups for row in self._of_group.get(group, ()))
        return {who for row in rows if (who := row.person_id or row.organisation_id) is not None}

    def members(self, groups: frozenset[str], day: date) -> Members:
        """Everybody in these groups on a day, with which of them."""
        key = (groups, day)
        if key not in self._known:
            found: Members = {}
            for group in groups:
                for row in self._of_group.get(group, ()):
                    if _holds(row, day):
                        who = row.person_id or row.organisation_id
                        found[who] = found.get(who, NONE) | {group}
            self._known[key] = found
        return self._known[key]


def _holds(member: GroupMember, day: date) -> bool:
    return member.from_on <= day and (member.until_on is None or day < member.until_on)


class History:
    """What is had at one venue by whoever shares a limit with those who made some bookings; one statement besides
    memberships, none where nothing is limited."""

    def __init__(self, items: Sequence[Item], rules: Iterable[Rules]) -> None:
        policies = [BookingPolicy.as_written(row.data) for row in rules]
        limits = [limit for policy in policies for limit in policy.all_limits]
        spans = {limit.span for limit in limits}
        self.shared = frozenset(g for limit in limits if limit.of == "group" for g in limit.groups)
        self._reach = YEAR if "year" in spans else WIDEST
        self._to_come = "future" in spans
        people = {item.booking.person_id for item in items}
        organisations = {o for item in items if (o := item.booking.organisation_id) is not None}
        self.memberships = Memberships(people, organisations, self.shared)
        self._of: dict[Hashable, list[Item]] = defaultdict(list)
        if not items or not (limits or any(policy.gap for policy in policies)):
            return
        whose = people | organisations | self.memberships.everybody(self.shared)
        rows = Q(booking__person__in=whose) | Q(booking__organisation__in=whose)
        if any(limit.of == "anyone" for limit in limits):
            rows |= Q(resource__in={item.resource_id for item in items})
        since = min(min(i.period.start - self._reach, i.booking.made_at) for i in items)
        found = (
            Item.objects.filter(rows, period__endswith__gt=since)
            .filter(booking__venue__in={item.booking.venue_id for item in items})
            .filter(booking__state__in=LIVE - {Booking.State.OFFERED})
            .select_related("resource", "booking")
            .order_by("period", "pk")
        )
        for item in found:
            keys = {item.booking.person_id, item.booking.organisation_id, item.resource_id}
            for key in keys | (self.memberships.ever_of(item) & self.shared):
                self._of[key].append(item)

    def before(self, item: Item, facts: Facts, day: date) -> list[Had]:
        """What counted for whoever booked this when they did: bookings made before, of one moment those that begin
        before it, and what stands before it in the same booking."""
        mine = frozenset(self.shared & facts.groups)
        members = self.memberships.members(mine, day)
        near = {
            one.pk: one
            for key in (item.booking.person_id, item.booking.organisation_id, item.resource_id, *mine)
            if key is not None
            for one in self._near(self._of.get(key, []), item)
        }
        found = []
        for one in near.values():
            if one.booking_id == item.booking_id:
                if one.pk < item.pk:
                    found.append(as_asked(one.resource, one.period))
            elif _order(one) < _order(item):
                whose = (one.booking.person_id, one.booking.organisation_id)
                found.append(counted(facts, members, one, one.resource, one.period, whose))
        return found

    def _near(self, rows: Sequence[Item], item: Item) -> Sequence[Item]:
        """Those, in order, that some limit may count with this."""
        since, until = item.period.start - self._reach - LONGEST, item.period.end + self._reach
        if self._to_come:
            since, until = min(since, item.booking.made_at - LONGEST), item.period.end + EVER
        return rows[bisect_left(rows, since, key=_begins) : bisect_left(rows, until, key=_begins)]


def _begins(item: Item) -> datetime:
    return item.period.start


def _order(item: Item) -> tuple[datetime, datetime, UUID]:
    return item.booking.made_at, item.period.start, item.pk
