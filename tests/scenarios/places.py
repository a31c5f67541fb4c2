"""The places of a case: venues, what can be booked in them, their hours, rules and closures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.holding import blocks
from equipment.models import Equipment, Skill
from people.models import Group
from spaces import layout, opening
from spaces.models import Closure, Part, Resource, Rules, Venue
from spaces.possible import checked
from tests.cast import Cast
from tests.scenarios import prices, when

LONG_AGO = date(2001, 1, 1)
PUBLISHED = ("published_from", "published_until")
PLANNED_BEFORE = timedelta(days=40)


class Places:
    """What stands there. A venue is `casa` if the case names none; a resource's venue is the first."""

    cast: Cast
    ids: dict[str, str]

    def __init__(self, data: dict[str, Any], today: date) -> None:
        self.today = today
        self.zone = ZoneInfo(data.get("zone", "Europe/Rome"))
        self.venues: dict[str, Venue] = {}
        self.resources: dict[str, Resource] = {}
        self.skills: dict[str, Skill] = {}
        general = {
            word: data[word] for word in ("zone", "holidays", "open", "rules", "versions") if word in data
        }
        for name, told in (data.get("venues") or {"casa": {}}).items():
            self._venue(name, general | (told or {}))
        self.venue = next(iter(self.venues.values()))
        for name, told in (data.get("resources") or {"unit": None}).items():
            times = (told or {}).get("times", 0)
            for made in [f"{name}{n}" for n in range(1, times + 1)] or [name]:
                self._resource(made, told or {})
        prices.plant(self, data)
        for closure in data.get("closed") or []:
            self._close(closure)
        for resource in self.resources.values():
            opening.plan(resource, today - PLANNED_BEFORE)
            resource.refresh_from_db()
        for told in data.get("blocked") or []:
            self._block({"at": told} if isinstance(told, str) else told)

    def group(self, name: str) -> Group:
        raise NotImplementedError

    def skill(self, name: str) -> Skill:
        if name not in self.skills:
            words = {"name_it": name, "name_en": name, "how_it": "Corso.", "how_en": "Course."}
            self.skills[name] = Skill.objects.create(code=name, partner=self.cast.lead, **words)
        return self.skills[name]

    def named(self, rules: Any) -> Any:
        """Rules with the groups' names put for their ids."""
        if isinstance(rules, list):
            return [self.named(rule) for rule in rules]
        if not isinstance(rules, dict):
            return rules
        return {
            key: [str(self.group(name).pk) for name in value] if key.endswith("groups") else self.named(value)
            for key, value in rules.items()
        }

    # -- making ------------------------------------------------------------------------------------------

    def _venue(self, name: str, told: dict[str, Any]) -> None:
        made = Venue.objects.create(
            slug=name.lower(), name=name.title(), partner=self.cast.lead, street="Via Egeo 16", city="Torino",
            time_zone=told.get("zone", self.zone.key), holidays_of=told.get("holidays", ""),
        )  # fmt: skip
        self.venues[name] = made
        self._rules(told, venue=made)
        self._hours(made, told.get("open") or [])

    def _rules(self, told: dict[str, Any], **scope: Any) -> None:
        """The rules since ever, and `versions` from days on: `[{from, basis, rules}]`."""
        if "rules" in told or "venue" in scope:
            self._version(LONG_AGO, told.get("rules") or {}, **scope)
        for version in told.get("versions") or []:
            from_on = when.day(str(version["from"]), self.today)
            self._version(from_on, version["rules"], basis=version.get("basis", "use"), **scope)

    def _version(self, from_on: date, rules: dict[str, Any], **more: Any) -> None:
        data = self.named(rules)
        if "venue" in more:
            checked(data)  # a word that is no rule fails the case here, not a step somewhere
        Rules.objects.create(from_on=from_on, data=data, **more)

    def _hours(self, scope: Venue | Resource, told: Any) -> None:
        for text in [told] if isinstance(told, str) else told:
            for weekdays, start, end, first, until in when.hours(text, self.today):
                opening.set_hours(scope, weekdays, start, end, first_on=first, until_on=until)

    def _resource(self, name: str, told: dict[str, Any]) -> None:
        venue = self.venues[told["venue"]] if "venue" in told else self.venue
        made = Resource.objects.create(
            venue=venue, slug=name.lower(), name=told.get("name", name), kind=told.get("kind", "meeting_room"),
            capacity=told.get("capacity"), features=told.get("features", []),
            is_active=told.get("offered", True), position=len(self.resources),
            **{word: when.moment(told[word], self.today, venue.zone) for word in PUBLISHED if word in told},
        )  # fmt: skip
        self.resources[name] = made
        if "pool" in told:
            layout.make_pool(made, told["pool"])
        elif told.get("add_on"):
            layout.make_add_on(made)
        elif not told.get("of") or told.get("own"):
            layout.make_whole(made)
        for other in told.get("of", []):
            of, quantity = next(iter(other.items())) if isinstance(other, dict) else (other, None)
            Part.objects.create(resource=made, of=self.resources[of], quantity=quantity)
        layout.join_domains(layout.units_of(layout.takes([made.pk])))
        self._rules(told, resource=made)
        self._hours(made, told.get("open") or [])
        for closure in told.get("closed") or []:
            self._close({"at": closure, "on": name})
        if told.get("needs"):
            kit = Equipment.objects.create(resource=made)
            kit.skills.add(*(self.skill(skill) for skill in told["needs"]))

    def _close(self, told: str | dict[str, Any]) -> None:
        told = {"at": told} if isinstance(told, str) else told
        scope: dict[str, Any] = {"venue": self.venues.get(told.get("venue", ""), self.venue)}
        if "on" in told:
            scope = {"resource": self.resources[told["on"]]}
        during = when.period(told["at"], self.today, self.zone)
        Closure.objects.create(during=during, reason_it="Chiuso", reason_en="Closed", **scope)

    def _block(self, told: dict[str, Any]) -> None:
        """Staff's own time, as many `times` as said, each `every` so many minutes after the one before."""
        resource = self.resources[told.get("on", next(iter(self.resources)))]
        first = when.period(told["at"], self.today, self.zone)
        for n in range(told.get("times", 1)):
            during = first.shifted(timedelta(minutes=n * told.get("every", 0)))
            blocks.block(self.cast.dario, resource, during, told.get("kind", "maintenance"), "lavori")
