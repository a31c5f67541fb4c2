"""Every rule asked by twenty at once, through the API: exactly what it allows is had, and every no is well formed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import pytest

from booking.holding import holds
from booking.judging import limits
from booking.models import Booking, Claim
from spaces.models import Rules
from spaces.policy import BookingPolicy
from tests.api import wish
from tests.races.conftest import asking, at_once
from tests.races.town import (
    MANY,
    Town,
    at_once_in_a_pool,
    before_opening,
    broken,
    by_each,
    by_person,
    coffee,
    for_the_choir,
    half,
    half_certified,
    half_certified_for_long,
    half_missed_before,
    half_of_age,
    not_offered,
    of_a_room_and_the_laser,
    of_two_rooms,
    only_with_the_other,
    over_noon,
    years_ahead,
)

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


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


STAFFED = {"hours": [{"start": "06:00", "end": "07:00"}], "buddy": True}
QUESTION = {"code": "use", "it": "Uso?", "en": "Use?", "required": True}


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
    Race(
        "of a kind",
        limit(span="day", bookings=1, on="kind"),
        of_two_rooms,
        2,
        {"daily-limit-of-bookings"},
    ),
    Race(
        "of the venue",
        limit(span="day", minutes=60, on="venue"),
        of_a_room_and_the_laser,
        2,
        {"daily-limit"},
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
    Race(
        "at least two",
        plain(least_quantity=2),
        lambda town: town.each_of(town.cast.pool(2), 1, 2),
        10,
        {"too-few"},
    ),
    Race(
        "at most one",
        plain(most_quantity=1),
        lambda town: town.each_of(town.cast.pool(2), 1, 2),
        10,
        {"too-many"},
    ),
    Race(
        "only with",
        only_with_the_other,
        lambda town: town.each_with(town.cast.room, town.cast.other_room),
        10,
        {"only-with"},
    ),
    Race("only with others", plain(), coffee, 0, {"only-with-others"}),
    # When.
    Race("closed", plain(), before_opening, 0, {"closed"}),
    Race(
        "not planned", plain(horizon_days=2000, series_horizon_days=2000), years_ahead, 0, {"not-yet-planned"}
    ),
    Race("out of order", broken, by_each, 0, {"out-of-order"}),
    Race("not offered", not_offered, by_each, 0, {"not-offered"}),
    Race(
        "past",
        plain(),
        lambda town: town.at(town.cast.room, "2026-11-29T10:00:00", "2026-11-29T11:00:00"),
        0,
        {"past"},
    ),
    Race(
        "by the stretch of the week",
        plain(
            stretches=[
                {"from_day": 2, "start": "00:00", "to_day": 2, "end": "24:00", "most": 60},
                {"from_day": 3, "start": "00:00", "to_day": 1, "end": "24:00", "most": 30},
            ]
        ),
        by_each,
        10,
        {"too-long"},
    ),
    Race(
        "from one stretch to another",
        plain(
            stretches=[
                {
                    "from_day": 2,
                    "start": "00:00",
                    "to_day": 2,
                    "end": "12:00",
                    "most": 60,
                    "most_crossing": 15,
                },
                {"from_day": 2, "start": "12:00", "to_day": 7, "end": "24:00", "most": 120},
                {"from_day": 1, "start": "00:00", "to_day": 1, "end": "24:00", "most": 30},
            ]
        ),
        over_noon,
        0,
        {"too-long-here"},
    ),
    Race("who missed before", half_missed_before, by_each, 10, {"shorter-horizon"}),
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
    Race("certified to the end", plain(), half_certified_for_long, 10, {"certification-ends"}),
    Race("nobody knows how old", plain(least_age=18), by_each, 0, {"birth-date-needed"}),
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
    Race(
        "approval of what is long",
        plain(approval_when={"longer_than": 30}),
        lambda town: town.same(town.cast.room),
        1,
    ),
    Race(
        "approval by the hour",
        plain(approval_when={"hours": [{"start": "10:30", "end": "12:00"}]}),
        lambda town: town.at(town.cast.room, "2026-12-01T10:00:00", "2026-12-01T11:00:00"),
        1,
    ),
    Race(
        "approval of who comes first",
        plain(approval_when={"first_time": True}),
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
    assert Booking.objects.exclude(code__startswith="MISS").count() == race.allowed
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


# What has races of its own: what is kept and until when (test_rules_of_time.py), the words of coming (test_attendance.py),
# a series' horizon (test_series.py) and the rescue (test_rescues.py). The days to appeal are how long.
OF_OTHER_RACES = {
    "hold", "request_days", "offer", "series_horizon_days", "cancel_notice", "rescue_default", "rescue_hours",
    "needs_check_in", "check_in_from", "grace", "check_in_at_once", "release_no_show", "leaving_frees", "no_show_fee",
    "no_show_after", "appeal_days", "appeal_until_day",
}  # fmt: skip


def test_every_word_of_the_rules_has_its_race(cast, crowd):
    """A word that is added to the policy is raced for too."""
    town = Town(cast, crowd)
    raced = {word for race in RACES for word in race.rules(town)}
    raced |= {word for rules in Rules.objects.filter(resource__isnull=False) for word in rules.data}
    assert {field.name for field in fields(BookingPolicy)} == raced | OF_OTHER_RACES


def shared_by_two(cast: Any, crowd: list[Any], monkeypatch: Any, patience: int = 1) -> int:
    """Two of a group that may have one booking, each asking for another room; both look before either writes."""
    town = Town(cast, crowd)
    words = {"span": "week", "bookings": 1, "of": "group", "on": "venue", "groups": [town.group(crowd[:2])]}
    rooms = [cast.room, cast.other_room]
    Rules.objects.create(venue=cast.venue, from_on=date(2026, 1, 1), data={"limits": [words]})
    both_looked = threading.Barrier(2)

    def slow(facts: Any, window: Any) -> Any:
        found = limits.had(facts, window)
        with suppress(threading.BrokenBarrierError):  # the other waits for our lock
            both_looked.wait(timeout=patience)
        return found

    monkeypatch.setattr(holds, "had", slow)
    at_once([asking(crowd[n], wish(rooms[n]), f"k{n}") for n in range(2)])
    return Booking.objects.count()


def test_the_group_s_row_queues_two_who_share_its_limit(cast, crowd, monkeypatch):
    assert shared_by_two(cast, crowd, monkeypatch) == 1


def test_without_the_group_s_row_both_pass_its_limit(cast, crowd, monkeypatch):
    monkeypatch.setattr(holds, "groups_counted", lambda facts, window: set())
    assert shared_by_two(cast, crowd, monkeypatch, patience=20) == 2
    assert Claim.objects.count() == 2
