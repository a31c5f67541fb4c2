"""What a resource takes: its tree of parts resolved to units; and the lock domains that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from core.clock import now
from core.errors import Unsatisfiable
from core.events import Event
from core.locks import Again, Order, act, lock_rows, lock_venue
from core.words import Words
from spaces.models import LockDomain, Part, Resource, Unit, Venue

MOST_OF_ONE = 500  # of one resource in one booking

# Inside the division, its venue locked: (the unit, the pieces it has become besides itself).
unit_divided: Event[[Unit, Sequence[Unit]]] = Event()
# Inside an act, its venue locked: (a resource, the day from which it and what shares with it have other parts).
layout_ends: Event[[Resource, date]] = Event()


class Take(NamedTuple):
    """`n` of these units, whichever; `n` equal to their number means all of them."""

    choices: tuple[UUID, ...]
    n: int

    @property
    def is_pool(self) -> bool:
        return self.n < len(self.choices)


# A part "of a resource" stands for that resource's own parts; a quantity given outside wins over one inside.
TREES = """
WITH RECURSIVE tree AS (
    SELECT p.resource_id AS resource, p.id AS root, p.id AS part, p.quantity, p.of_id
    FROM spaces_part p JOIN spaces_resource x ON x.id = p.resource_id JOIN spaces_venue z ON z.id = x.venue_id
    WHERE p.resource_id = ANY(%(ids)s) AND (p.from_on IS NULL OR p.from_on <= (%(now)s AT TIME ZONE z.time_zone)::date)
          AND (p.until_on IS NULL OR p.until_on > (%(now)s AT TIME ZONE z.time_zone)::date)
    UNION ALL
    SELECT t.resource, CASE WHEN t.quantity IS NULL THEN p.id ELSE t.root END, p.id,
           coalesce(t.quantity, p.quantity), p.of_id
    FROM tree t JOIN spaces_part p ON p.resource_id = t.of_id
)
SELECT t.resource, t.quantity, array_agg(DISTINCT u.unit_id ORDER BY u.unit_id)
FROM tree t LEFT JOIN spaces_part_units u ON u.part_id = t.part
WHERE u.unit_id IS NOT NULL OR t.quantity = 0
GROUP BY t.resource, t.root, t.quantity ORDER BY t.resource, t.root
"""


def takes(resources: Iterable[UUID]) -> dict[UUID, list[Take]]:
    """For each resource what one of it takes today, by its venue's clock; one statement for any number of them. An add-on takes no units."""
    ids = list(resources)
    found: dict[UUID, list[Take]] = {resource: [] for resource in ids}
    with connection.cursor() as cursor:
        cursor.execute(TREES, {"ids": ids, "now": now()})
        for resource, quantity, units in cursor.fetchall():
            choices = () if quantity == 0 else tuple(units)
            found[resource].append(Take(choices, len(choices) if quantity is None else quantity))
    return found


def is_add_on(trees: Sequence[Take]) -> bool:
    """Whether it takes no time of anything: coffee, linen; there is always enough of it."""
    return bool(trees) and not any(take.choices for take in trees)


def for_quantity(trees: Sequence[Take], quantity: int) -> list[Take]:
    """What several of a resource take: a pool gives that many, a whole can be had once."""
    return [Take(t.choices, t.n * quantity) if t.is_pool else t for t in trees]


def quantity_of(trees: Sequence[Take]) -> int:
    """How many of a resource can be had at once; of an add-on as many as can be asked for."""
    if is_add_on(trees):
        return MOST_OF_ONE
    pools = [len(t.choices) // t.n for t in trees if t.is_pool]
    return min(pools) if pools else 1


def units_of(trees: Mapping[UUID, Sequence[Take]]) -> set[UUID]:
    """Every unit that these resources may take."""
    return {unit for parts in trees.values() for take in parts for unit in take.choices}


def holds_from(resource: Resource, day: date) -> None:
    """Inside an act, before the resource has other parts: they hold from this day on; the days before keep what they had."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('spaces.layout_from', %s, true)", [day.isoformat()])
    layout_ends.announce(resource, day)


# -- building -------------------------------------------------------------------------------------------


def new_unit(venue: Venue, name: str) -> Unit:
    return Unit.objects.create(venue=venue, name=name, domain=LockDomain.objects.create())


def give_units(resource: Resource, units: Sequence[Unit], any_of: int | None = None) -> None:
    """The resource takes these units: all of them, or any `any_of`."""
    part = Part.objects.create(resource=resource, quantity=any_of)
    part.units.add(*units)
    join_domains(unit.pk for unit in units)


def join_domains(units: Iterable[UUID]) -> None:
    """Units that a resource takes together queue behind one row: the smallest of their domains."""
    domains = sorted(set(Unit.objects.filter(pk__in=list(units)).values_list("domain_id", flat=True)))
    if len(domains) > 1:
        Unit.objects.filter(domain_id__in=domains[1:]).update(domain_id=domains[0])
        LockDomain.objects.filter(pk__in=domains[1:]).delete()


def make_whole(resource: Resource) -> Unit:
    """A room or a machine: one unit of its own."""
    unit = new_unit(resource.venue, resource.name)
    give_units(resource, [unit])
    return unit


def make_add_on(resource: Resource) -> None:
    """Something that goes with a booking and never runs out: it takes no units."""
    Part.objects.create(resource=resource, quantity=0)


def make_pool(resource: Resource, size: int) -> list[Unit]:
    """A pool of `size` equal units, of which one takes any."""
    domain = LockDomain.objects.create()
    units = Unit.objects.bulk_create(
        Unit(venue=resource.venue, name=f"{resource.name} {number}", domain=domain)
        for number in range(1, size + 1)
    )
    give_units(resource, units, any_of=1)
    return units


def make_divisible(hall: Resource, *pieces: Resource) -> None:
    """A hall takes its own unit and every piece's; each piece takes its own unit only."""
    own = [make_whole(piece) for piece in pieces]
    give_units(hall, [new_unit(hall.venue, hall.name), *own])


@act
def divide(unit_id: UUID, names: Sequence[str]) -> list[Unit]:
    """The unit has pieces that can be given one by one; whoever takes it, or has it already, has them all.

    Never refused for what is booked. Raises Unsatisfiable for a seat of a pool, where one is as good as another.
    """
    seen = Unit.objects.get(pk=unit_id)
    lock_venue(seen.venue_id, exclusive=True)
    lock_rows(Order.WHERE, LockDomain, [seen.domain_id])
    if Unit.objects.get(pk=unit_id).domain_id != seen.domain_id:
        raise Again
    return divided(unit_id, names)


def divided(unit_id: UUID, names: Sequence[str]) -> list[Unit]:
    """Inside an act that has the venue alone and the unit's domain: the pieces that it has now."""
    unit = Unit.objects.get(pk=unit_id)
    counted = Part.objects.filter(units=unit, quantity__isnull=False).exists()
    trees = takes(Resource.objects.filter(venue=unit.venue_id).values_list("pk", flat=True))
    if counted or any(t.is_pool and unit.pk in t.choices for parts in trees.values() for t in parts):
        raise Unsatisfiable(
            why=Words("un posto di un gruppo non si divide", "a seat of a pool is not divided")
        )
    pieces = Unit.objects.bulk_create(
        Unit(venue_id=unit.venue_id, name=n, domain_id=unit.domain_id) for n in names
    )
    for part in unit.parts.all():
        part.units.add(*pieces)
    unit_divided.announce(unit, pieces)
    return pieces


def domains_of(units: Iterable[UUID]) -> list[int]:
    """The lock domains of these units, in order."""
    found = Unit.objects.filter(pk__in=list(units)).values_list("domain_id", flat=True)
    return sorted(set(found))
