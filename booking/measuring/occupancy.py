"""How a venue's resources were used: hours opened, booked and attended, read from the tally.

Measured on units: opened is Σ over units of their resource's open time; booked is what claims take of it, without
set-up, clean-up and blocks, which are measures of their own; requests and holds count as nothing (foundations §8,
docs/adr/0047). A hall and its halves share units: a booking of either shows on both, as time that nobody else can have;
together they are counted once (docs/adr/0102).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from booking.measuring import tally
from booking.measuring.insight import Scope
from booking.measuring.tally import ATTENDED, BLOCKED, BOOKED, MAINTENANCE, OPENED, PADDING, Days, Minutes
from spaces.models import Resource


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """Unit-minutes of one resource in a window."""

    id: UUID
    name: str
    kind: str
    units: int
    opened: int
    booked: int
    attended: int
    blocked: int
    padding: int


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Everything a manager reads: by resource, by hour of the week, by month; all in minutes."""

    resources: list[ResourceUse]
    whole: tuple[int, int, int] = (0, 0, 0)  # opened, booked, attended: each hour once
    heat: list[tuple[int, int, int, int, int]] = field(
        default_factory=list
    )  # weekday, hour, opened, booked, attended
    months: list[tuple[str, int, int, int]] = field(default_factory=list)


def occupancy(of: Scope, days: Days) -> Occupancy:
    """How the resources of a scope were used on its days; eight statements."""
    ids, units = of.ids, tally.units(of.ids)
    used = tally.totals(ids, days, "resource")
    resources = sorted(of.resources, key=lambda r: (r.name, r.pk))
    told = (OPENED, BOOKED, ATTENDED)
    return Occupancy(
        [_use(r, units.get(r.pk, 0), used.get(r.pk, {})) for r in resources if r.is_active or r.pk in used],
        _three(tally.by_group(of.groups("none"), days, told).get("", {})),
        [(day, hour, *_three(m)) for (day, hour), m in tally.by_hour(ids, days, told).items()],
        [(month, *_three(m)) for month, m in tally.totals(ids, days, "month", told).items()],
    )


def _three(found: Minutes) -> tuple[int, int, int]:
    return found.get(OPENED, 0), found.get(BOOKED, 0), found.get(ATTENDED, 0)


def _use(resource: Resource, units: int, found: Minutes) -> ResourceUse:
    blocked = found.get(BLOCKED, 0) + found.get(MAINTENANCE, 0)
    return ResourceUse(
        resource.pk, resource.name, resource.kind, units, *_three(found), blocked, found.get(PADDING, 0)
    )
