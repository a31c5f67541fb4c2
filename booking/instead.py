"""What could take the place of a booking that cannot be kept: the same kind at the same time, else a time near it.

Everything is judged for whoever booked, their own time being free to them; what the house asks of them they need not
have asked for in time, nor does it count among their holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from booking.availability import Seen, look, starts
from booking.claims import Ask
from booking.clauses import Given
from booking.judge import judge
from booking.models import Booking, Item
from booking.obstacles import Obstacle
from core.clock import now
from core.periods import Period, hull
from spaces.models import Resource

REACH = timedelta(days=14)
MOST_KIN = 12
MOST_STARTS = 1500
MOST_JUDGED = 12
ENOUGH = 3
NOT_THEIR_FAULT = {"too-many-holds", "too-soon", "too-soon-days"}


def items_of(booking: Booking) -> list[Item]:
    return list(booking.items.select_related("resource__venue").order_by("pk"))


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
    if booking.period.start <= now():
        return []
    items = items_of(booking)
    given = Given(booking.people, frozenset(booking.accepted_terms), dict(booking.answers))
    around = hull(i.period for i in items)
    window = Period(max(now(), around.start - REACH), around.end + REACH)
    kin = _kin(items[0].resource) if len(items) == 1 else []
    resources = [*(i.resource for i in items), *kin]
    seen = look(resources, window, booking.person, booking.organisation, leaving=[booking.pk])
    seen.given = given
    found: list[list[Ask]] = []
    for asks in islice(_candidates(seen, items, kin, obstacle), MOST_JUDGED):
        verdict = judge(seen.facts, asks, given)
        if all(reason.code in NOT_THEIR_FAULT for reason in verdict.reasons):
            found.append(asks)
        if len(found) == ENOUGH:
            break
    return found


def _kin(resource: Resource) -> list[Resource]:
    """What is of the same kind at the same venue: that with all it has first, then by how many it holds."""
    rows = Resource.objects.filter(venue=resource.venue_id, kind=resource.kind, is_active=True)
    wanted = set(resource.features)
    least = resource.capacity or 0
    return sorted(
        rows.exclude(pk=resource.pk).select_related("venue"),
        key=lambda r: (len(wanted - set(r.features)), (r.capacity or 0) < least, r.position, r.name),
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
