"""What stands in the way of bookings that were there before it, and which bookings those are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from booking.claims import Ask
from booking.models import Booking, CalendarSource, Item, Outage, OutsideEvent, Rescue
from booking.obstructing import standing
from core.clock import now
from core.periods import Period
from equipment.models import Fault
from spaces.layout import Take, takes, units_of
from spaces.models import Closure, Resource

STANDS = [Booking.State.CONFIRMED, Booking.State.REQUESTED]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Some units, and the periods in which they cannot be had."""

    units: frozenset[UUID]
    periods: tuple[Period, ...]

    def meets(self, period: Period) -> bool:
        return any(p.overlaps(period) for p in self.periods)

    def forbids(self, asks: Sequence[Ask], trees: Mapping[UUID, Sequence[Take]]) -> bool:
        """Whether these asks cannot be had because of it: it meets one, and leaves too few of its units."""
        return any(
            self.meets(ask.period)
            and any(len(set(take.choices) - self.units) < take.n for take in trees[ask.resource.pk])
            for ask in asks
        )

    def items(self) -> QuerySet[Item]:
        """What stands of bookings in it and is not over."""
        if not self.periods:
            return Item.objects.none()
        meeting = Q()
        for period in self.periods:
            meeting |= Q(period__overlap=period)
        return Item.objects.filter(
            meeting,
            claims__unit__in=self.units,
            claims__kind__in=["booked", "requested"],
            period__endswith__gt=now(),
            booking__state__in=STANDS,
        )

    def bookings(self) -> QuerySet[Booking]:
        rows = Booking.objects.filter(items__in=self.items())
        return rows.select_related("venue", "person", "organisation").distinct().order_by("period", "pk")


NOTHING = Obstacle(frozenset(), ())


def of_outage(outage: Outage) -> Obstacle:
    """What an outage takes; nothing once it has ended, or where care is enough."""
    if outage.ended_at is not None or outage.severity != Fault.Severity.UNUSABLE:
        return NOTHING
    (stand,) = standing.of_outages([outage])
    return Obstacle(stand.units, (stand.during,))


def of_closure(closure: Closure) -> Obstacle:
    """A closure closes what it is about; it takes no claims, for closed time is not offered."""
    if closure.resource_id is not None:
        resources = [closure.resource_id]
    else:
        resources = list(Resource.objects.filter(venue=closure.venue_id).values_list("pk", flat=True))
    return Obstacle(frozenset(units_of(takes(resources))), (closure.during,))


def of_source(source: CalendarSource) -> Obstacle:
    """What the events to come of an outside calendar take."""
    coming = OutsideEvent.objects.filter(source=source, during__endswith__gt=now()).order_by("during")
    return Obstacle(frozenset(units_of(takes([source.resource_id]))), tuple(e.during for e in coming[:MOST]))


MOST = 400


def of_rescue(rescue: Rescue) -> Obstacle:
    """What the rescue is about; nothing where its cause is gone."""
    if rescue.outage is not None:
        return of_outage(rescue.outage)
    if rescue.closure is not None:
        return of_closure(rescue.closure)
    return of_source(rescue.source) if rescue.source is not None else NOTHING
