"""The people and bookings that a case finds; set up directly, for only what it asks goes by the API."""

from __future__ import annotations

from datetime import date
from typing import Any

from booking.attending import attendance
from booking.claims import Ask
from booking.holding import holds, lifecycle
from booking.holding.holds import Wish
from booking.models import Booking
from core.ids import encode
from core.locks import act
from equipment.models import Certification
from people.models import Group, GroupMember, Membership, Organisation, Person, Role
from tests.cast import ADDRESS, Cast
from tests.scenarios import when
from tests.scenarios.places import LONG_AGO, Places


class World(Places):
    """Venues with what the case names; people and resources by the case's own names."""

    def __init__(self, case: dict[str, Any], today: date) -> None:
        data = case.get("world") or {}
        self.cast = Cast()
        self.people: dict[str, Person] = {"staff": self.cast.dario}
        self.organisations: dict[str, Organisation] = {}
        self.bookings: dict[str, str] = {}
        self.plans: dict[str, Any] = {}
        self.series: dict[str, Any] = {}
        self.addresses: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        super().__init__(data, today)
        for name, told in (data.get("people") or {}).items():
            self._person(name, told or {})
        for name, told in (data.get("organisations") or {}).items():
            self._organisation(name, told or {})
        for taken in data.get("taken") or []:
            self._take({"at": taken} if isinstance(taken, str) else taken)

    # -- by name -----------------------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = self.cast.person(name)
        return self.people[name]

    def group(self, name: str) -> Group:
        if name not in self.groups:
            self.groups[name] = Group.objects.create(name=name, partner=self.cast.lead)
        return self.groups[name]

    def id_of(self, name: str) -> str:
        """The public id of whatever the case calls so."""
        if name in self.bookings or name in self.ids:
            return self.bookings.get(name) or self.ids[name]
        if name in self.series or name in self.plans:
            return str((self.series.get(name) or self.plans[name])["id"])
        found: Any = self.resources.get(name) or self.venues.get(name) or self.organisations.get(name)
        if found is None and name in self.groups:
            return str(self.groups[name].pk)
        found = found or self.person(name)
        return encode(found.prefix, found.pk)

    # -- making ------------------------------------------------------------------------------------------

    def _person(self, name: str, told: dict[str, Any]) -> None:
        person = self.person(name)
        person.born_on = told.get("born", person.born_on)
        person.language = told.get("language", person.language)
        person.save(update_fields=["born_on", "language"])
        for group in told.get("groups", []):
            self._member(group, person=person)
        can = told.get("can", [])
        for skill in can:
            until = can[skill] if isinstance(can, dict) else None
            Certification.objects.create(
                person=person,
                skill=self.skill(skill),
                from_on=LONG_AGO,
                until_on=until and when.day(str(until), self.today),
            )
        if "role" in told:
            partner = None if told["role"] == "administrator" else self.cast.lead
            Role.objects.create(person=person, kind=told["role"], partner=partner)

    def _member(self, told: str | dict[str, Any], **who: Any) -> None:
        """A group's name, or `{name: until}` for who is in it until a day (excluded)."""
        name, until = next(iter(told.items())) if isinstance(told, dict) else (told, None)
        until_on = until and when.day(str(until), self.today)
        GroupMember.objects.create(group=self.group(name), from_on=LONG_AGO, until_on=until_on, **who)

    def _organisation(self, name: str, told: dict[str, Any]) -> None:
        body = Organisation.objects.create(name=name, tax_code="97654320015", **ADDRESS)
        self.organisations[name] = body
        for delegate in told.get("delegates", []):
            Membership.objects.create(
                person=self.person(delegate), organisation=body, is_delegate=True, from_on=LONG_AGO
            )
        for group in told.get("groups", []):
            self._member(group, organisation=body)

    def _take(self, told: dict[str, Any]) -> None:
        """A booking that is there already, made as staff make them, in the state that is told."""
        on = told.get("on", next(iter(self.resources)))
        during = when.period(told["at"], self.today, self.zone)
        names = on if isinstance(on, list) else [on]
        asks = [Ask(self.resources[name], during, told.get("quantity", 1)) for name in names]
        staff = self.people["staff"]
        booking = holds.hold(
            Wish(
                self.person(told.get("by", "someone")),
                asks,
                staff,
                self.organisations[told["organisation"]] if "organisation" in told else None,
                people=told.get("people"),
                override="there already",
            )
        )
        self.bookings[told.get("called", told["at"])] = encode("bkg", booking.pk)
        state = told.get("state", "confirmed")
        _bring(booking, state, staff)
        if state == "refused":
            lifecycle.refuse(staff, booking.pk, "no")
        if "attendance" in told:
            Booking.objects.filter(pk=booking.pk).update(
                attendance=attendance.A(told["attendance"]), arrived_at=during.start
            )


@act
def _bring(booking: Booking, state: str, staff: Person) -> None:
    row = holds.locked(booking.pk)
    if state in ("confirmed", "cancelled"):
        lifecycle.confirm(row, staff)
    if state == "cancelled":
        lifecycle.cancel_inside(row, staff)
    if state in ("requested", "refused"):
        lifecycle.request(row, staff)
