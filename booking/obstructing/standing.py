"""What cannot be had although nobody has booked it, an outage or an outside calendar, takes what is free around others.

Whatever somebody gives back inside it passes to it, in the transaction that frees it and under its locks.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from booking.claims import NewClaim, insert, touching
from booking.events import Freed
from booking.models import Outage, OutsideEvent
from core.clock import now
from core.periods import Period, hull, without
from equipment.models import Fault
from spaces.layout import Take, takes, units_of
from spaces.models import Resource, Unit

AT_LEAST = timedelta(days=400)  # where nothing has been planned yet


@dataclass(frozen=True, slots=True)
class Stands:
    """A period in which some units cannot be had, and the row that says so."""

    during: Period
    units: frozenset[UUID]
    outage: UUID | None = None
    outside: UUID | None = None

    def claim(self, unit: UUID, during: Period) -> NewClaim:
        kind = "outage" if self.outage else "outside"
        return NewClaim(unit, during, kind, outage=self.outage, outside=self.outside)


def units_out(outages: Iterable[Outage]) -> dict[UUID, set[UUID]]:
    """The units that each of these outages is about; one statement."""
    outages = list(outages)
    whole = {o.resource_id for o in outages if not o.units}
    trees = takes(whole) if whole else {}
    return {o.pk: set(o.units) or units_of({o.resource_id: trees[o.resource_id]}) for o in outages}


def closing(
    resources: Iterable[UUID] | None = None, *, at_venues: Iterable[UUID] | None = None
) -> list[Outage]:
    """The outages in force or to come that close something (of these resources, or at these venues)."""
    rows = Outage.objects.filter(ended_at=None, severity=Fault.Severity.UNUSABLE).exclude(until_at__lte=now())
    if resources is not None:
        rows = rows.filter(resource__in=list(resources))
    if at_venues is not None:
        rows = rows.filter(resource__venue__in=list(at_venues))
    return list(rows.select_related("resource").order_by("made_at", "pk"))


def horizon_of(resource: Resource) -> Period:
    """From now to where the resource's openings are planned: nobody can book beyond."""
    at = now()
    end = resource.planned_until
    return Period(at, end if end is not None and end > at else at + AT_LEAST)


def of_outages(outages: Sequence[Outage]) -> list[Stands]:
    """What outages take, each to where its resource can be booked."""
    units = units_out(outages)
    return [
        Stands(o.window(horizon_of(o.resource).end), frozenset(units[o.pk]), outage=o.pk) for o in outages
    ]


def of_events(events: Iterable[OutsideEvent], units: Mapping[UUID, Iterable[UUID]]) -> list[Stands]:
    """Outside events in the order of time, given the units that each source takes."""
    sets = {source: frozenset(own) for source, own in units.items()}
    return [Stands(e.during, sets[e.source_id], outside=e.pk) for e in sorted(events, key=lambda e: e.during)]


def free_around(stands: Sequence[Stands], within: Sequence[Freed] | None = None) -> list[NewClaim]:
    """What of these is free on each unit and still to come, each stretch once; the first named has it.

    Under the locks of the units' domains. `within` looks only at these pieces.
    """
    at = now()
    asked: list[tuple[UUID, Period, Stands]] = []
    for stand in stands:
        if stand.during.end <= at:
            continue
        coming = stand.during if stand.during.start >= at else Period(at, stand.during.end)
        pieces = [Freed(unit, coming) for unit in sorted(stand.units)]
        if within is not None:
            pieces = [
                Freed(f.unit, common)
                for f in within
                if f.unit in stand.units and (common := f.during.clip(coming)) is not None
            ]
        asked += [(piece.unit, piece.during, stand) for piece in pieces]
    if not asked:
        return []
    taken: dict[UUID, list[Period]] = defaultdict(list)
    for claim in touching({unit for unit, _, _ in asked}, hull(during for _, during, _ in asked)):
        insort(taken[claim.unit], Period(claim.start, claim.end))
    found = []
    for unit, during, stand in asked:
        there = taken[unit]
        for gap in without([during], _near(there, during)):
            insort(there, gap)
            found.append(stand.claim(unit, gap))
    return found


def _near(taken: list[Period], asked: Period) -> list[Period]:
    """Of periods in order that never overlap, those that touch this one."""
    first = max(bisect_left(taken, asked) - 1, 0)
    near = []
    for period in taken[first:]:
        if period.start >= asked.end:
            break
        near.append(period)
    return near


def take_back(freed: Sequence[Freed]) -> None:
    """Inside the act that freed this time: what lies in an outage or an outside event is theirs again."""
    units = {piece.unit for piece in freed}
    around = hull(piece.during for piece in freed)
    venues = Unit.objects.filter(pk__in=units).values("venue")
    stands = of_outages(
        [
            o
            for o in closing(at_venues=venues.values_list("venue", flat=True))
            if o.from_at < around.end and (o.until_at is None or o.until_at > around.start)
        ]
    )
    events = list(
        OutsideEvent.objects.filter(
            during__overlap=around, during__endswith__gt=now(), source__resource__venue__in=venues
        )
        .select_related("source")
        .order_by("pk")
    )
    if events:
        resources = {e.source_id: e.source.resource_id for e in events}
        trees = takes(set(resources.values()))
        stands += of_events(events, {source: units_of({pk: trees[pk]}) for source, pk in resources.items()})
    if stands:
        insert(free_around(stands, freed))


@dataclass(frozen=True, slots=True)
class Out:
    """A period in which a resource is out of order; `until` is None where nobody knows."""

    during: Period
    until: datetime | None


def out_of_order(trees: Mapping[UUID, Sequence[Take]], venues: Iterable[UUID]) -> dict[UUID, list[Out]]:
    """For each resource when too few of its units work to have it at all; one statement where nothing is broken."""
    outages = closing(at_venues=venues)
    if not outages:
        return {}
    found: dict[UUID, list[Out]] = defaultdict(list)
    for outage, stand in zip(outages, of_outages(outages), strict=True):
        for resource, parts in trees.items():
            if any(len(set(take.choices) - stand.units) < take.n for take in parts):
                found[resource].append(Out(stand.during, outage.until_at))
    return found
