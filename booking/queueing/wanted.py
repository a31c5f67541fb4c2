"""What a place on the list is for: its things, which resources would do for each of them, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import F, Q

from booking.finding.availability import Frame
from booking.finding.bundles import Choice
from booking.finding.search import Wanted, frames
from booking.models import WaitedFor, Waiting, WaitingItem
from booking.queueing.matching import Sought
from core.periods import Period
from spaces.catalogue import fits
from spaces.models import Resource

WORDS = ("resource", "kind", "capacity_from", "features", "quantity")  # of each thing


def sought(waiting: Waiting) -> Sought:
    return Sought(
        waiting.window,
        waiting.minutes,
        waiting.venue.zone,
        frozenset(waiting.weekdays),
        waiting.earliest,
        waiting.latest,
    )


def frames_of(want: Sought, within: Period) -> list[Frame]:
    """Where what they wait for may lie, of this time: the days and hours that they said, or all of it."""
    said = Wanted(weekdays=want.weekdays, earliest=want.earliest, latest=want.latest)
    return frames(said, within, want.zone)


def things(waiting: Waiting) -> list[WaitedFor]:
    """All that they wait for, to be had at once; each by name or by what would do."""
    return [waiting, *sorted(waiting.besides.all(), key=lambda one: one.pk)]


def is_met_by(thing: WaitedFor, resource: Resource) -> bool:
    """Whether this resource, of the same venue, would do for a thing."""
    if thing.resource_id is not None:
        return thing.resource_id == resource.pk
    return fits(resource, thing.kind, thing.capacity_from, thing.features)


def suits(waiting: Waiting, resource: Resource) -> bool:
    """Whether this resource would do for something that they wait for."""
    here = waiting.venue_id == resource.venue_id
    return here and any(is_met_by(thing, resource) for thing in things(waiting))


def are_all_in(wanted: Sequence[WaitedFor], had: Mapping[Resource, int]) -> bool:
    """Whether each of these has a resource of its own among what is had, as many of it as it asks for."""
    if not wanted:
        return True
    thing, *rest = sorted(wanted, key=lambda one: one.resource_id is None)
    return any(
        had[resource] >= thing.quantity
        and is_met_by(thing, resource)
        and are_all_in(rest, {other: n for other, n in had.items() if other != resource})
        for resource in had
    )


def within_reach(places: Collection[Waiting]) -> list[Resource]:
    """Every resource that would do for something in these places; the smallest first, for they leave the larger ones to
    who needs them. One statement."""
    return would_do({place.venue_id for place in places}, [one for place in places for one in things(place)])


def would_do(venues: Collection[UUID], wanted: Iterable[WaitedFor]) -> list[Resource]:
    """The same of things wanted at these venues; perhaps some more of their kinds, which `choices` leaves out."""
    wanted = list(wanted)
    named = {one.resource_id for one in wanted if one.resource_id is not None}
    kinds = {one.kind for one in wanted if one.resource_id is None}
    rows = Resource.objects.filter(Q(pk__in=named) | Q(kind__in=kinds), venue__in=venues, is_active=True)
    smallest = F("capacity").asc(nulls_first=True)
    return list(rows.select_related("venue").order_by(smallest, "position", "name", "pk"))


def choices(
    wanted: Sequence[WaitedFor], among: Sequence[Resource], freed: Resource | None = None
) -> list[Choice]:
    """For each thing what would do for it, of these resources of its venue; where only one thing is wanted and this was
    `freed`, that alone, for no more is locked."""
    if freed is not None and len(wanted) == 1:
        return [Choice([freed], wanted[0].quantity)]
    return [Choice([r for r in among if is_met_by(thing, r)], thing.quantity) for thing in wanted]


def rivals_of(thing: WaitedFor) -> Q:
    """Who waits for something that would do for this thing too; of places, or of what is waited for besides."""
    if thing.resource is not None:
        it = thing.resource
        holds = Q(capacity_from=None) | Q(capacity_from__lte=it.capacity or 0)
        return Q(resource=it) | (holds & Q(kind=it.kind, features__contained_by=it.features))
    named = Q(resource__kind=thing.kind, resource__features__contains=thing.features)
    if thing.capacity_from is not None:
        named &= Q(resource__capacity__gte=thing.capacity_from)
    return Q(kind=thing.kind) | named


def rivals(waiting: Waiting) -> Q:
    """Who else waits for time that this place waits for."""
    it = Q()
    for thing in things(waiting):
        it |= rivals_of(thing)
    also = WaitingItem.objects.filter(it).values("waiting")
    return Q(venue=waiting.venue_id, window__overlap=waiting.window) & (it | Q(pk__in=also))
