"""What a resource is made of, changed while it is booked: divided, joined again, or a pool made larger or smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.utils.text import slugify

from core import terms
from core.audit import record
from core.clock import now
from core.errors import OrphansClaims, Unsatisfiable
from core.events import Event
from core.locks import Order, act, lock_rows, lock_venue
from core.periods import local_date
from core.words import Words
from people.models import Person
from spaces import layout, opening
from spaces.hours import have_more
from spaces.layout import Take, takes
from spaces.models import LockDomain, Part, Resource, Unit, Venue

# Inside the joining, its venue and domain locked: (the unit, the pieces that are one with it again). A receiver raises
# OrphansClaims where what is had of the pieces would meet.
units_joined: Event[[Unit, Sequence[Unit]]] = Event()


def free_units(units: Iterable[UUID]) -> set[UUID]:
    """The units of which nothing is had from now on, as the app above knows."""
    ask: Callable[[set[UUID]], set[UUID]] = terms.performer("spaces.free-units", set)
    return ask(set(units))


def _locked(resource_id: UUID) -> tuple[Resource, list[Take]]:
    """The resource and what it takes, its venue had alone and its domains locked; what is changed holds from today on."""
    venue = Resource.objects.values_list("venue", flat=True).get(pk=resource_id)
    lock_venue(venue, exclusive=True)
    trees = takes([resource_id])[resource_id]
    lock_rows(Order.WHERE, LockDomain, layout.domains_of(u for take in trees for u in take.choices))
    resource = Resource.objects.select_related("venue").get(pk=resource_id)
    layout.holds_from(resource, local_date(now(), resource.venue.zone))
    return resource, trees


@act
def divide(by: Person, resource_id: UUID, names: Sequence[str]) -> Resource:
    """The resource has parts, each a resource that can be booked alone; whoever has it, has them all.

    Never refused for what is booked. Raises Unsatisfiable for a pool, or what is made of several already.
    """
    resource, trees = _locked(resource_id)
    if len(trees) != 1 or len(trees[0].choices) != 1:
        raise Unsatisfiable(why=Words("si divide solo ciò che è intero", "only what is whole can be divided"))
    pieces = layout.divided(trees[0].choices[0], names)
    made = [_piece(resource, piece) for piece in pieces]
    opening.plan_all(resource.venue, made)
    record(by, "divide", resource, pieces=[str(piece.pk) for piece in made])
    return resource


def _piece(whole: Resource, unit: Unit) -> Resource:
    made = Resource.objects.create(
        venue=whole.venue,
        slug=new_slug(whole.venue, unit.name),
        kind=whole.kind,
        name=unit.name,
        features=whole.features,
        owner=whole.owner,
        issuing=whole.issuing,
        position=whole.position,
        open_on_holidays=whole.open_on_holidays,
    )
    Part.objects.create(resource=made).units.add(unit)
    return made


def new_slug(venue: Venue, name: str) -> str:
    """A slug that the venue does not have yet."""
    base = slugify(name)[:40] or "part"
    taken = set(Resource.objects.filter(venue=venue).values_list("slug", flat=True))
    return next(s for n in range(len(taken) + 1) if (s := base if n == 0 else f"{base}-{n + 1}") not in taken)


@act
def join(by: Person, resource_id: UUID) -> Resource:
    """The resource is whole again and its parts are no more offered; who had a part has the whole for that time.

    Raises OrphansClaims where two parts are had at once, Unsatisfiable for what is not divided or shared besides.
    """
    resource, trees = _locked(resource_id)
    if len(trees) != 1 or trees[0].is_pool or len(trees[0].choices) < 2:
        raise Unsatisfiable(why=Words("non è divisa in parti", "it is not divided into parts"))
    units = set(trees[0].choices)
    sharing = _sharing(resource, units)
    pieces = {unit for others in sharing.values() for unit in others}
    own = sorted(units - pieces)
    if not own or not pieces:
        raise Unsatisfiable(why=Words("non è divisa in parti", "it is not divided into parts"))
    for other, others in sharing.items():
        if not others <= pieces or Part.objects.filter(of=other).exclude(resource=resource).exists():
            raise Unsatisfiable(
                why=Words("una parte serve anche ad altro", "a part is needed for something else")
            )
    gone = list(Unit.objects.filter(pk__in=pieces).order_by("pk"))
    units_joined.announce(Unit.objects.get(pk=own[0]), gone)
    for part in Part.objects.filter(units__in=gone).distinct():
        part.units.remove(*gone)
    Part.objects.filter(resource=resource, of__in=sharing).delete()
    Part.objects.filter(resource__in=sharing).delete()
    Resource.objects.filter(pk__in=sharing).update(is_active=False)
    opening.plan_all(resource.venue, list(Resource.objects.filter(pk__in=sharing)))
    record(by, "join", resource, pieces=[str(pk) for pk in sharing])
    return resource


def _sharing(resource: Resource, units: set[UUID]) -> dict[UUID, set[UUID]]:
    """The other resources that take some of these units, with all that they take."""
    others = (
        Resource.objects.filter(venue=resource.venue_id).exclude(pk=resource.pk).values_list("pk", flat=True)
    )
    found = {pk: {u for take in trees for u in take.choices} for pk, trees in takes(others).items()}
    return {pk: taken for pk, taken in found.items() if taken & units}


@act
def resize(by: Person, resource_id: UUID, size: int) -> Resource:
    """The pool has so many places; new ones go first to who waits. Raises OrphansClaims when more are had than would be
    left, Unsatisfiable."""
    resource, trees = _locked(resource_id)
    part = resource.parts.filter(quantity=1, of=None).first()
    if len(trees) != 1 or trees[0].n != 1 or part is None:
        raise Unsatisfiable(why=Words("non è un gruppo di posti uguali", "it is not a pool of equal places"))
    units = list(part.units.order_by("pk"))
    if size > len(units):
        new = _more(resource, units, size)
        part.units.add(*new)
        have_more(resource, [unit.pk for unit in new])
    elif size < len(units):
        free = free_units(unit.pk for unit in units)
        leaving = [unit for unit in reversed(units) if unit.pk in free][: len(units) - size]
        if len(leaving) < len(units) - size:
            raise OrphansClaims(data={"needed": len(units) - len(free), "left": size})
        for shared in Part.objects.filter(units__in=leaving).distinct():
            shared.units.remove(*leaving)
    record(by, "resize", resource, size=size)
    return resource


def _more(resource: Resource, units: Sequence[Unit], size: int) -> list[Unit]:
    known = {unit.name for unit in units}
    fresh = (name for n in range(1, size + len(units) + 1) if (name := f"{resource.name} {n}") not in known)
    return Unit.objects.bulk_create(
        Unit(venue=resource.venue, name=next(fresh), domain_id=units[0].domain_id)
        for _ in range(size - len(units))
    )
