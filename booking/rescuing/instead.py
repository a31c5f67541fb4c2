"""What could take the place of a booking that cannot be kept: the same kind at the same time, else a time near it.

Everything is judged for whoever booked, their own time being free to them; what the house asks of them they need not
have asked for in time, nor does it count among their holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from booking.claims import Ask, Placed, everywhere_of, sittings, touching
from booking.finding.availability import Busy, Movable, Seen, starts
from booking.judging.clauses import Given
from booking.judging.gathering import for_each, gather
from booking.judging.judge import padded, place_among, rule_reasons
from booking.models import Booking, Claim, Item
from booking.obstructing.obstacles import Obstacle
from booking.seats import Seated, Sitting
from core.clock import now
from core.periods import Period, hull, without
from spaces.layout import units_of
from spaces.models import Resource

DAY = timedelta(days=1)
REACH = timedelta(days=14)
MOST_KIN = 12
MOST_STARTS = 1500
MOST_JUDGED = 12
ENOUGH = 3
NOT_THEIR_FAULT = {"too-many-holds", "too-soon", "too-soon-days"}


def asks_of(
    items: Sequence[Item], resource: Resource | None = None, by: timedelta = timedelta()
) -> list[Ask]:
    """What the booking has, later by so much; a single item's resource may be another."""
    return [Ask(resource or i.resource, i.period.shifted(by), i.quantity) for i in items]


def said(asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """The asks as a case keeps them."""
    return [
        {
            "resource": str(a.resource.pk),
            "start": a.period.start.isoformat(),
            "end": a.period.end.isoformat(),
            "quantity": a.quantity,
        }
        for a in asks
    ]


def offers_for(booking: Booking, obstacle: Obstacle) -> list[list[Ask]]:
    """Up to three lists of asks that the judge grants, the best first; none for what has begun."""
    return Instead([booking], obstacle).offers(booking)


class Instead:
    """What could take the place of each of some bookings, with what that needs read once for all of them.

    What is noted as held for one of them is taken for the next, and who moves for it sits elsewhere. Seats are looked
    for here alone, never in the claims as they are. With an outage that is not declared yet, `before` says
    that its units' time is to be looked at as taken, and `reseated` who sits elsewhere then, by claim.
    """

    def __init__(
        self,
        bookings: Sequence[Booking],
        obstacle: Obstacle,
        *,
        before: bool = False,
        reseated: Mapping[int, UUID] | None = None,
    ) -> None:
        self.obstacle = obstacle
        coming = [booking for booking in bookings if booking.period.start > now()]
        self.items: dict[UUID, list[Item]] = defaultdict(list)
        rows = Item.objects.filter(booking__in=coming).select_related("resource__venue").order_by("pk")
        for item in rows:
            self.items[item.booking_id].append(item)
        if not coming:
            return
        alone = {items[0].resource for items in self.items.values() if len(items) == 1}
        self.kin = _kin(alone)
        resources = {i.resource for items in self.items.values() for i in items}
        resources |= {other for kin in self.kin.values() for other in kin}
        window = hull(self._window(booking) for booking in coming).padded(DAY, DAY)
        shared = gather(resources, window, None)
        whose = [(booking.person, booking.organisation) for booking in coming]
        self.facts = for_each(shared, whose, window)
        units = units_of(shared.trees)
        pools = {pk: trees for pk, trees in shared.trees.items() if any(take.is_pool for take in trees)}
        self.domains = everywhere_of(units_of(pools)) if pools else {}
        self._read(units, window, {person.pk for person, _ in whose}, reseated or {})
        if before:
            self._take_what_is_out(units, window)

    def _window(self, booking: Booking) -> Period:
        around = hull(item.period for item in self.items[booking.pk])
        return Period(max(now(), around.start - REACH), around.end + REACH)

    def _read(
        self, units: set[UUID], window: Period, people: set[UUID], reseated: Mapping[int, UUID]
    ) -> None:
        found = touching(units | set(self.domains), window, past_the_dead=True)
        self.item_of = {claim.id: claim.item for claim in found}
        # Who reaches beyond what was read stays: nobody knows whom they would meet there.
        movable = sittings(found) if self.domains else []
        choices = {s.claim: s.choices for s in movable if window.start <= s.start and s.end <= window.end}
        self.there = Seated(
            Sitting(c.id, reseated.get(c.id, c.unit), c.start, c.end, choices.get(c.id, ())) for c in found
        )
        rows = Claim.objects.filter(kind="offered", unit__in=units, item__booking__person__in=people)
        self.offered = dict(rows.values_list("pk", "item__booking__person"))

    def _take_what_is_out(self, units: set[UUID], window: Period) -> None:
        """As a declaration would: all of its units' time that nobody has."""
        taken: dict[UUID, list[Period]] = defaultdict(list)
        for one in self.there.near(window):
            taken[one.unit].append(Period(one.start, one.end))
        for unit in self.obstacle.units & units:
            during = [common for p in self.obstacle.periods if (common := p.clip(window)) is not None]
            for gap in without(during, taken[unit]):
                self.there.add(Sitting(0, unit, gap.start, gap.end))

    def _in_the_way(self, booking: Booking, during: Period) -> list[Sitting]:
        """Who sits there then, for this booking: its own time, and what is offered to its person, are free to it."""
        mine = {item.pk for item in self.items[booking.pk]}
        return [
            s
            for s in self.there.near(during)
            if self.item_of.get(s.claim) not in mine and self.offered.get(s.claim) != booking.person_id
        ]

    def _seen(self, booking: Booking) -> Seen:
        """The world as this booking meets it."""
        facts = self.facts[booking.person_id, booking.organisation_id]
        facts = replace(
            facts,
            leaving=frozenset([booking.pk]),
            had=[h for h in facts.had if h.booking != booking.pk],
            own=defaultdict(list),
            last=None,
        )
        for item in self.items[booking.pk] if facts.out else ():
            facts.own[item.resource_id].append(item.period)
        window = self._window(booking)
        there = self._in_the_way(booking, window.padded(DAY, DAY))
        movable = Movable(self.domains)
        for one in there:
            if one.unit in self.domains:
                movable.sitting.setdefault(self.domains[one.unit], []).append(one)
        busy = Busy((s.unit, s.start, s.end) for s in there)
        given = Given(booking.people, frozenset(booking.accepted_terms), dict(booking.answers))
        return Seen(facts, window, busy, movable, given=given)

    def offers(self, booking: Booking) -> list[list[Ask]]:
        """Up to three lists of asks that the judge grants, the best first; none for what has begun."""
        items = self.items[booking.pk]
        if not items:
            return []
        seen = self._seen(booking)
        kin = self.kin.get(items[0].resource_id, []) if len(items) == 1 else []
        found: list[list[Ask]] = []
        for asks in islice(_candidates(seen, items, kin, self.obstacle), MOST_JUDGED):
            against = {reason.code for reason in rule_reasons(seen.facts, asks, seen.given)}
            if against <= NOT_THEIR_FAULT and self._placed(booking, seen, asks) is not None:
                found.append(asks)
            if len(found) == ENOUGH:
                break
        return found

    def _placed(
        self, booking: Booking, seen: Seen, asks: Sequence[Ask]
    ) -> tuple[list[Placed], dict[int, UUID]] | None:
        spots = [padded(seen.facts, ask) for ask in asks]
        wide = hull(around for around, _ in spots)
        # Who could move is looked at in their whole length.
        lengths = [Period(s.start, s.end) for s in self._in_the_way(booking, wide) if s.choices]
        return place_among(seen.facts, asks, self._in_the_way(booking, hull([wide, *lengths])), spots)

    def hold(self, booking: Booking, asks: Sequence[Ask]) -> None:
        """From now on this time is taken, as if it were held for the booking."""
        found = self._placed(booking, self._seen(booking), asks)
        if found is None:
            return
        placed, moves = found
        self.there.reseat(moves)
        for one in placed:
            for unit in one.units:
                self.there.add(Sitting(0, unit, one.padded.start, one.padded.end))


def _kin(of: Collection[Resource]) -> dict[UUID, list[Resource]]:
    """For each what is of the same kind at the same venue: that with all it has first, then by how many it holds; one
    statement."""
    rows = Resource.objects.filter(
        venue__in={r.venue_id for r in of}, kind__in={r.kind for r in of}, is_active=True
    )
    every = list(rows.select_related("venue")) if of else []
    return {one.pk: _nearest(one, every) for one in of}


def _nearest(resource: Resource, every: Sequence[Resource]) -> list[Resource]:
    wanted, least = set(resource.features), resource.capacity or 0
    same = [r for r in every if (r.venue_id, r.kind) == (resource.venue_id, resource.kind) and r != resource]
    return sorted(
        same, key=lambda r: (len(wanted - set(r.features)), (r.capacity or 0) < least, r.position, r.name)
    )[:MOST_KIN]


def _candidates(
    seen: Seen, items: Sequence[Item], kin: Sequence[Resource], obstacle: Obstacle
) -> Iterator[list[Ask]]:
    trees = seen.facts.trees
    for resource in kin:  # the same time elsewhere
        if not obstacle.forbids(asks := asks_of(items, resource), trees):
            yield asks
    for same_or_kin in (None, *kin):  # the nearest times on the same, then on its kin
        yield from islice(_near(seen, items, same_or_kin, obstacle), ENOUGH)


def _near(
    seen: Seen, items: Sequence[Item], resource: Resource | None, obstacle: Obstacle
) -> Iterator[list[Ask]]:
    """The booking at other times, all its items moved together, the nearest first."""
    first = items[0].period.start
    shifts: set[timedelta] | None = None
    for item in items:
        own = {
            start - item.period.start
            for start in islice(
                starts(seen, resource or item.resource, item.period.minutes, item.quantity), MOST_STARTS
            )
        }
        shifts = own if shifts is None else shifts & own
    for by in sorted(shifts or (), key=lambda by: (abs(by), first + by)):
        if by and not obstacle.forbids(asks := asks_of(items, resource, by), seen.facts.trees):
            yield asks
