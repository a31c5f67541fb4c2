"""Every rule asked by twenty at once, through the API: exactly what it allows is had, and every no is well formed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from booking import holds, limits
from booking.models import Booking, Claim
from core.ids import encode
from people.models import Group, GroupMember, Membership, Organisation
from spaces.models import Rules
from tests.api import wish
from tests.races.conftest import asking, at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
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


@dataclass(frozen=True)
class Race:
    """Rules (maybe with groups), who asks, and how it must end."""

    name: str
    rules: Callable[[Town], dict[str, Any]]
    asked: Callable[[Town], list[Any]]
    allowed: int
    codes: set[str] = field(default_factory=set)


def limit(**words: Any) -> Callable[[Town], dict[str, Any]]:
    return lambda town: {"limits": [words]}


def plain(**words: Any) -> Callable[[Town], dict[str, Any]]:
    return lambda town: words


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


STAFFED = {"hours": [{"start": "06:00", "end": "07:00"}], "buddy": True}
QUESTION = {"code": "use", "it": "Uso?", "en": "Use?", "required": True}


def half_of_age(town: Town) -> list[Any]:
    for n, person in enumerate(town.crowd[:MANY]):
        person.born_on = date(1990 if n % 2 else 2015, 1, 1)
        person.save()
    return by_each(town)


def half_certified(town: Town) -> list[Any]:
    for person in town.crowd[0:MANY:2]:
        person.certifications.all().delete()
    return town.each(town.cast.laser)


RACES = [
    # How much one person may have.
    Race("holds", plain(), by_person, 3, {"too-many-holds"}),
    Race("day, bookings", limit(span="day", bookings=1), by_person, 2, {"daily-limit-of-bookings"}),
    Race("day, minutes", limit(span="day", minutes=60), by_person, 2, {"daily-limit"}),
    Race("daily_limit", plain(daily_limit=60), by_person, 2, {"daily-limit"}),
    Race("weekly_limit", plain(weekly_limit=120), by_person, 2, {"weekly-limit"}),
    Race("week, bookings", limit(span="week", bookings=2), by_person, 2, {"weekly-limit-of-bookings"}),
    Race("week, minutes", limit(span="week", minutes=60), by_person, 1, {"weekly-limit"}),
    Race("month, bookings", limit(span="month", bookings=2), by_person, 2, {"monthly-limit-of-bookings"}),
    Race("month, minutes", limit(span="month", minutes=120), by_person, 2, {"monthly-limit"}),
    Race("year, bookings", limit(span="year", bookings=1), by_person, 1, {"yearly-limit-of-bookings"}),
    Race("year, minutes", limit(span="year", minutes=60), by_person, 1, {"yearly-limit"}),
    Race("future, bookings", limit(span="future", bookings=2), by_person, 2, {"future-limit-of-bookings"}),
    Race("future, minutes", limit(span="future", minutes=120), by_person, 2, {"future-limit"}),
    Race(
        "at once, bookings",
        limit(span="at_once", bookings=2),
        at_once_in_a_pool,
        2,
        {"at-once-limit-of-bookings"},
    ),
    Race("at once, minutes", limit(span="at_once", minutes=120), at_once_in_a_pool, 2, {"at-once-limit"}),
    Race(
        "some hours",
        limit(span="week", bookings=1, hours={"start": "08:00", "end": "20:00"}),
        by_person,
        1,
        {"weekly-limit-of-bookings"},
    ),
    Race("gap", plain(gap=3 * 24 * 60), by_person, 1, {"too-close"}),
    Race(
        "a plan's",
        lambda town: {"limits": [{"span": "week", "bookings": 1, "groups": [town.group([town.cast.ada])]}]},
        by_person,
        1,
        {"weekly-limit-of-bookings"},
    ),
    # What is shared.
    Race(
        "an organisation's bookings",
        limit(span="week", bookings=4, of="organisation"),
        for_the_choir,
        4,
        {"weekly-limit-of-bookings"},
    ),
    Race(
        "an organisation's minutes",
        limit(span="month", minutes=300, of="organisation"),
        for_the_choir,
        5,
        {"monthly-limit"},
    ),
    Race(
        "a whole group's",
        lambda town: {
            "limits": [
                {
                    "span": "month",
                    "minutes": 300,
                    "of": "group",
                    "on": "venue",
                    "groups": [town.group(town.crowd[:MANY])],
                }
            ]
        },
        by_each,
        5,
        {"monthly-limit"},
    ),
    Race("anybody's", limit(span="day", bookings=2, of="anyone"), by_each, 4, {"daily-limit-of-bookings"}),
    # How much there is.
    Race("one room", plain(), lambda town: town.same(town.cast.room), 1),
    Race("a pool", plain(), lambda town: town.same(town.cast.pool(5)), 5),
    Race("two of a pool", plain(), lambda town: town.same(town.cast.pool(5), 2), 2),
    Race("set-up and clean-up", plain(set_up=60, clean_up=60), lambda town: town.same(town.cast.room), 1),
    # When.
    Race("notice, just enough", plain(notice=24 * 60), lambda town: town.same(town.cast.room), 1),
    Race(
        "notice, a minute short",
        plain(notice=24 * 60 + 1),
        lambda town: town.same(town.cast.room),
        0,
        {"too-soon"},
    ),
    Race("whole days of notice", plain(notice_days=2), by_each, 10, {"too-soon-days"}),
    Race("horizon", plain(horizon_days=1), by_each, 10, {"too-far"}),
    Race("working days", plain(horizon_working_days=1), by_each, 10, {"too-far"}),
    Race("horizon by the minute", plain(horizon_minutes=24 * 60), by_each, 1, {"too-far"}),
    Race("bookable from", plain(bookable_from="2026-12-02"), by_each, 10, {"not-bookable-before"}),
    Race("bookable until", plain(bookable_until="2026-12-02"), by_each, 10, {"not-bookable-after"}),
    Race("least", plain(least=90), by_each, 0, {"too-short"}),
    Race("most", plain(most=30), by_each, 0, {"too-long"}),
    Race("step", plain(step=90, least=90), by_each, 0, {"too-short", "not-on-step", "length-not-on-step"}),
    Race("presets", plain(presets=[{"start": "09:00", "end": "10:00"}]), by_each, 2, {"not-a-preset"}),
    # Who.
    Race("group only", lambda town: {"groups": [town.group(town.odd)]}, by_each, 10, {"not-for-you"}),
    Race(
        "reserved hours",
        lambda town: {
            "reserved": [{"hours": {"start": "08:00", "end": "22:00"}, "groups": [town.group(town.odd)]}]
        },
        by_each,
        10,
        {"reserved-hours"},
    ),
    Race(
        "members first",
        lambda town: {"first_groups": [town.group(town.odd)], "others_horizon_days": 0},
        by_each,
        10,
        {"members-first"},
    ),
    Race("certified", plain(), half_certified, 10, {"not-certified"}),
    Race("of age", plain(least_age=18), half_of_age, 10, {"too-young"}),
    # What is said.
    Race("how many", plain(people_needed=True), half(people=2), 10, {"people-needed"}),
    Race("enough people", plain(least_people=4), half(people=4), 10, {"too-few-people"}),
    Race("too many people", plain(), half(people=9), 10, {"too-many-people"}),
    Race("a buddy", plain(supervision=STAFFED), half(people=2), 10, {"buddy-needed"}),
    Race(
        "staffed",
        plain(supervision={"hours": [{"start": "09:00", "end": "10:00"}]}),
        by_each,
        2,
        {"not-staffed"},
    ),
    Race("terms", plain(terms="v1"), half(accepted_terms=["v1"]), 10, {"terms-to-accept"}),
    Race(
        "questions", plain(questions=[QUESTION]), half(answers={"use": "Prove"}), 10, {"question-unanswered"}
    ),
    # Whether staff decide.
    Race("approval", plain(approval=True), lambda town: town.same(town.cast.room), 1),
    Race(
        "approval at short notice",
        plain(approval_when={"notice_under": 48 * 60}),
        lambda town: town.same(town.cast.room),
        1,
    ),
]


@pytest.mark.parametrize("race", RACES, ids=[race.name for race in RACES])
def test_twenty_at_once_have_what_the_rule_allows(cast, crowd, race):
    town = Town(cast, crowd)
    asked = race.asked(town)
    Rules.objects.create(
        venue=cast.venue, from_on=date(2026, 1, 1), data={"horizon_days": 365} | race.rules(town)
    )
    answers = at_once([asking(person, body, f"k{n}") for n, (person, body) in enumerate(asked)])
    granted = [answer for answer in answers if answer.status_code == 201]
    assert (len(granted), len(answers)) == (race.allowed, MANY), [a.content[:200] for a in answers[:3]]
    for answer in answers:
        if answer.status_code != 201:
            _well_formed(answer, race.codes)
    assert Booking.objects.count() == race.allowed
    assert len({granted_one.json()["code"] for granted_one in granted}) == race.allowed
    if race.name.startswith("approval"):
        assert [answer.json()["needs_approval"] for answer in granted] == [True]


def _well_formed(answer: Any, codes: set[str]) -> None:
    """A no that says why: the rule's reasons, or that the slot has just gone."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["code"]) in {(403, "refused"), (409, "slot-taken")}, body
    told = {reason["code"] for reason in body["reasons"]}
    assert told <= codes | {"slot-taken"}, told
    assert body["detail"]
    if body["code"] == "refused":
        assert told & codes
        assert all(reason["detail"] and reason["fixable_by"] for reason in body["reasons"])


def shared_by_two(cast: Any, crowd: list[Any], monkeypatch: Any) -> int:
    """Two of a group that may have one booking, each asking for another room; both look before either writes."""
    town = Town(cast, crowd)
    words = {"span": "week", "bookings": 1, "of": "group", "on": "venue", "groups": [town.group(crowd[:2])]}
    rooms = [cast.room, cast.other_room]
    Rules.objects.create(venue=cast.venue, from_on=date(2026, 1, 1), data={"limits": [words]})
    both_looked = threading.Barrier(2)

    def slow(facts: Any, window: Any) -> Any:
        found = limits.had(facts, window)
        with suppress(threading.BrokenBarrierError):  # the other waits for our lock
            both_looked.wait(timeout=1)
        return found

    monkeypatch.setattr(holds, "had", slow)
    at_once([asking(crowd[n], wish(rooms[n]), f"k{n}") for n in range(2)])
    return Booking.objects.count()


def test_the_group_s_row_queues_two_who_share_its_limit(cast, crowd, monkeypatch):
    assert shared_by_two(cast, crowd, monkeypatch) == 1


def test_without_the_group_s_row_both_pass_its_limit(cast, crowd, monkeypatch):
    monkeypatch.setattr(holds, "groups_counted", lambda facts, window: set())
    assert shared_by_two(cast, crowd, monkeypatch) == 2
    assert Claim.objects.count() == 2
