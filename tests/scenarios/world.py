"""The places, rules, people and bookings that a case finds; set up directly, for only what it asks goes by the API."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking import holds, lifecycle
from booking.claims import Ask
from booking.holds import Wish
from booking.models import Booking
from core.ids import encode
from core.locks import act
from equipment.models import Certification, Equipment, Skill
from people.models import Group, GroupMember, Person
from spaces import layout, opening
from spaces.models import Closure, Part, Resource, Rules, Venue
from tests.cast import Cast
from tests.scenarios import when

LONG_AGO = date(2001, 1, 1)


class World:
    """One venue with what the case names; people and resources by the case's own names."""

    def __init__(self, case: dict[str, Any], today: date) -> None:
        data = case.get("world") or {}
        self.today = today
        self.zone = ZoneInfo(data.get("zone", "Europe/Rome"))
        self.cast = Cast()
        self.resources: dict[str, Resource] = {}
        self.people: dict[str, Person] = {"staff": self.cast.dario}
        self.bookings: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.skills: dict[str, Skill] = {}
        self.venue = Venue.objects.create(
            slug="casa", name="Casa", partner=self.cast.lead, street="Via Egeo 16", city="Torino",
            time_zone=self.zone.key, holidays_of=data.get("holidays", ""),
        )  # fmt: skip
        Rules.objects.create(venue=self.venue, from_on=LONG_AGO, data=self._named(data.get("rules") or {}))
        self._hours(self.venue, data.get("open") or [])
        wanted = data.get("resources") or {"unit": None}
        for name, told in wanted.items():
            self._resource(name, told or {})
        for closure in data.get("closed") or []:
            self._close(closure)
        for resource in self.resources.values():
            opening.plan(resource, today - timedelta(days=40))
            resource.refresh_from_db()
        for name, told in (data.get("people") or {}).items():
            self._person(name, told or {})
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

    def skill(self, name: str) -> Skill:
        if name not in self.skills:
            words = {"name_it": name, "name_en": name, "how_it": "Corso.", "how_en": "Course."}
            self.skills[name] = Skill.objects.create(code=name, partner=self.cast.lead, **words)
        return self.skills[name]

    def _named(self, rules: Any) -> Any:
        """Rules with the groups' names put for their ids."""
        if isinstance(rules, list):
            return [self._named(rule) for rule in rules]
        if not isinstance(rules, dict):
            return rules
        return {
            key: [str(self.group(name).pk) for name in value]
            if key.endswith("groups")
            else self._named(value)
            for key, value in rules.items()
        }

    # -- making ------------------------------------------------------------------------------------------

    def _hours(self, scope: Venue | Resource, told: Any) -> None:
        for text in [told] if isinstance(told, str) else told:
            for weekdays, start, end, first, until in when.hours(text, self.today):
                opening.set_hours(scope, weekdays, start, end, first_on=first, until_on=until)

    def _resource(self, name: str, told: dict[str, Any]) -> None:
        made = Resource.objects.create(
            venue=self.venue, slug=name.lower(), name=name, kind=told.get("kind", "meeting_room"),
            capacity=told.get("capacity"), features=told.get("features", []),
            is_active=told.get("offered", True), position=len(self.resources),
        )  # fmt: skip
        self.resources[name] = made
        if "pool" in told:
            layout.make_pool(made, told["pool"])
        elif not told.get("of") or told.get("own"):
            layout.make_whole(made)
        for other in told.get("of", []):
            Part.objects.create(resource=made, of=self.resources[other])
        units = layout.units_of(layout.takes([made.pk]))
        layout.join_domains(units)
        if "rules" in told:
            Rules.objects.create(resource=made, from_on=LONG_AGO, data=self._named(told["rules"]))
        self._hours(made, told.get("open") or [])
        if told.get("needs"):
            kit = Equipment.objects.create(resource=made)
            kit.skills.add(*(self.skill(skill) for skill in told["needs"]))

    def _close(self, told: str | dict[str, Any]) -> None:
        told = {"at": told} if isinstance(told, str) else told
        scope = {"resource": self.resources[told["on"]]} if "on" in told else {"venue": self.venue}
        during = when.period(told["at"], self.today, self.zone)
        Closure.objects.create(during=during, reason_it="Chiuso", reason_en="Closed", **scope)

    def _person(self, name: str, told: dict[str, Any]) -> None:
        person = self.person(name)
        if "born" in told:
            person.born_on = told["born"]
            person.save(update_fields=["born_on"])
        for group in told.get("groups", []):
            GroupMember.objects.create(group=self.group(group), person=person, from_on=LONG_AGO)
        for skill in told.get("can", []):
            Certification.objects.create(person=person, skill=self.skill(skill), from_on=LONG_AGO)

    def _take(self, told: dict[str, Any]) -> None:
        """A booking that is there already, made as staff make them, in the state that is told."""
        resource = self.resources[told.get("on", next(iter(self.resources)))]
        ask = Ask(resource, when.period(told["at"], self.today, self.zone), told.get("quantity", 1))
        staff = self.people["staff"]
        person = self.person(told.get("by", "someone"))
        booking = holds.hold(Wish(person, [ask], staff, override="there already"))
        self.bookings[told.get("called", told["at"])] = encode("bkg", booking.pk)
        state = told.get("state", "confirmed")
        _bring(booking, state, staff)
        if state == "refused":
            lifecycle.refuse(staff, booking.pk, "no")


@act
def _bring(booking: Booking, state: str, staff: Person) -> None:
    row = holds.locked(booking.pk)
    if state in ("confirmed", "cancelled"):
        lifecycle.confirm(row, staff)
    if state == "cancelled":
        lifecycle.cancel_inside(row, staff)
    if state in ("requested", "refused"):
        lifecycle.request(row, staff)
