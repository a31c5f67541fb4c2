"""The places and people of a race about the rules, and who asks for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from booking.models import Booking, Consequence
from booking.rescuing import outages
from core.ids import encode
from equipment.models import Certification
from people.models import Group, GroupMember, Membership, Organisation
from spaces import layout, opening
from spaces.models import Resource, Rules
from tests.api import wish
from tests.cast import period, rome

MANY = 20
HOURS = [(1 + n // 10, 9 + n % 10) for n in range(MANY)]


@dataclass
class Town:
    """The places and people of one race; what is `odd` is true of every second of the crowd."""

    cast: Any
    crowd: list[Any]

    def group(self, people: Any = ()) -> str:
        made = Group.objects.create(name="Soci", partner=self.cast.lead)
        for person in people:
            GroupMember.objects.create(group=made, person=person, from_on=date(2026, 1, 1))
        return str(made.pk)

    @property
    def odd(self) -> list[Any]:
        return self.crowd[1:MANY:2]

    def hour(self, resource: Any, n: int, **more: Any) -> Any:
        day, hour = HOURS[n]
        start, end = f"2026-12-{day:02}T{hour:02}:00:00", f"2026-12-{day:02}T{hour + 1:02}:00:00"
        return wish(resource, start, end, **more)

    # Who asks for what: twenty (person, body).

    def one_person(self, resource: Any) -> list[Any]:
        return [(self.cast.ada, self.hour(resource, n)) for n in range(MANY)]

    def one_person_at_once(self, resource: Any) -> list[Any]:
        return [(self.cast.ada, self.hour(resource, 0)) for _ in range(MANY)]

    def each(self, resource: Any, odd: dict[str, Any] | None = None, **more: Any) -> list[Any]:
        return [
            (self.crowd[n], self.hour(resource, n, **more, **(odd or {} if n % 2 else {})))
            for n in range(MANY)
        ]

    def each_of(self, resource: Any, *quantities: int) -> list[Any]:
        """Everybody an hour of their own, in turn so many of it."""
        asked = self.each(resource)
        for n, (_, body) in enumerate(asked):
            body["items"][0]["quantity"] = quantities[n % len(quantities)]
        return asked

    def each_with(self, resource: Any, other: Any) -> list[Any]:
        """Everybody an hour of their own, every second of it together with something else."""
        asked = self.each(resource)
        for _, body in asked[1::2]:
            body["items"].append({"resource_id": encode("res", other.pk)})
        return asked

    def at(self, resource: Any, start: str, end: str) -> list[Any]:
        return [(self.crowd[n], wish(resource, start, end)) for n in range(MANY)]

    def same(self, resource: Any, quantity: int = 1) -> list[Any]:
        body = self.hour(resource, 0)
        body["items"][0]["quantity"] = quantity
        return [(self.crowd[n], body) for n in range(MANY)]

    def delegates(self, resource: Any) -> list[Any]:
        body = Organisation.objects.create(name="Coro")
        for person in self.crowd[:MANY]:
            Membership.objects.create(
                person=person, organisation=body, is_delegate=True, from_on=date(2026, 1, 1)
            )
        return self.each(resource, organisation_id=encode("org", body.pk))


def by_person(town: Town) -> list[Any]:
    return town.one_person(town.cast.room)


def at_once_in_a_pool(town: Town) -> list[Any]:
    return town.one_person_at_once(town.cast.pool(MANY))


def for_the_choir(town: Town) -> list[Any]:
    return town.delegates(town.cast.room)


def by_each(town: Town) -> list[Any]:
    return town.each(town.cast.room)


def half(**odd: Any) -> Callable[[Town], list[Any]]:
    return lambda town: town.each(town.cast.room, odd)


def half_of_age(town: Town) -> list[Any]:
    for n, person in enumerate(town.crowd[:MANY]):
        person.born_on = date(1990 if n % 2 else 2015, 1, 1)
        person.save()
    return by_each(town)


def half_certified_for_long(town: Town) -> list[Any]:
    Certification.objects.filter(person__in=town.crowd[0:MANY]).update(until_on=date(2026, 12, 2))
    return town.each(town.cast.laser)


def of_two_rooms(town: Town) -> list[Any]:
    return [*town.one_person(town.cast.room)[::2], *town.one_person(town.cast.other_room)[1::2]]


def of_a_room_and_the_laser(town: Town) -> list[Any]:
    return [*town.one_person(town.cast.room)[::2], *town.one_person(town.cast.laser)[1::2]]


def before_opening(town: Town) -> list[Any]:
    return town.at(town.cast.room, "2026-12-01T07:00:00", "2026-12-01T09:00:00")


def years_ahead(town: Town) -> list[Any]:
    return town.at(town.cast.room, "2030-12-02T10:00:00", "2030-12-02T11:00:00")


def over_noon(town: Town) -> list[Any]:
    return town.at(town.cast.room, "2026-12-01T11:30:00", "2026-12-01T12:30:00")


def not_offered(town: Town) -> dict[str, Any]:
    Resource.objects.filter(pk=town.cast.room.pk).update(published_from=rome("2026-12-24 09:00"))
    return {}


def broken(town: Town) -> dict[str, Any]:
    outages.declare(town.cast.gina, outages.Declared(town.cast.room, rome("2026-11-30 09:00")))
    return {}


def half_missed_before(town: Town) -> dict[str, Any]:
    """Every second of them did not come last week, and for a while books one day ahead."""
    _ = town.cast.room
    for n, person in enumerate(town.odd):
        missed = Booking.objects.create(
            code=f"MISS{n:02}",
            venue=town.cast.venue,
            person=person,
            made_by=person,
            state="confirmed",
            attendance="no_show",
            period=period("2026-11-20 10:00"),
            earliest_start=rome("2026-11-20 10:00"),
        )
        Consequence.objects.create(
            booking=missed,
            person=person,
            kind=Consequence.Kind.SHORTER_HORIZON,
            horizon_days=0,
            no_shows=3,
            until=rome("2026-12-24 09:00"),
        )
    return {}


def only_with_the_other(town: Town) -> dict[str, Any]:
    words = {"only_with": [town.cast.other_room.slug]}
    Rules.objects.create(resource=town.cast.room, from_on=date(2026, 1, 1), data=words)
    return {}


def coffee(town: Town) -> list[Any]:
    thing = town.cast.resource("caffe", "kitchen", "Caffè")
    layout.make_add_on(thing)
    opening.plan(thing)
    return town.same(thing)


def half_certified(town: Town) -> list[Any]:
    for person in town.crowd[0:MANY:2]:
        person.certifications.all().delete()
    return town.each(town.cast.laser)
