"""Series by the year, and series whose dates last more than a day."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from booking.judging.rule_words import spell
from booking.models import Booking
from booking.repeating.plans import Rule
from core.periods import Period
from spaces import opening, recurrence
from spaces.models import Rules
from tests.api import client, post
from tests.cast import LONG_AGO, rome
from tests.stories.test_an_association_books_a_series import booked, plan

ROME = ZoneInfo("Europe/Rome")


def yearly(first, last, **more):
    return Rule("yearly", time(10), time(12), first, last, **more)


def test_a_year_after_a_year_and_leap_days_only_in_leap_years():
    assert yearly(date(2026, 12, 8), date(2029, 12, 8)).days() == [date(y, 12, 8) for y in range(2026, 2030)]
    assert yearly(date(2024, 2, 29), date(2033, 1, 1)).days() == [
        date(2024, 2, 29),
        date(2028, 2, 29),
        date(2032, 2, 29),
    ]
    found = yearly(date(2026, 3, 31), date(2032, 3, 30), every=2).as_repeat()
    assert list(found.days(date(2027, 1, 1), date(2031, 1, 1))) == [date(2028, 3, 31), date(2030, 3, 31)]


def test_nights_are_counted_by_the_wall_clock():
    rule = Rule(
        "dates",
        time(18),
        time(12),
        date(2027, 3, 26),
        date(2027, 3, 26),
        dates=(date(2027, 3, 26),),
        nights=2,
    )
    period = rule.period_on(date(2027, 3, 26), ROME)
    assert period == Period(rome("2027-03-26 18:00"), rome("2027-03-28 12:00"))
    assert (rule.minutes(), period.minutes) == (42 * 60, 41 * 60)  # an hour shorter by the clock change
    midnight = Rule("daily", time(18), None, date(2027, 1, 1), date(2027, 1, 2), nights=1)
    assert midnight.period_on(date(2027, 1, 1), ROME) == Period(
        rome("2027-01-01 18:00"), rome("2027-01-03 00:00")
    )
    assert midnight.minutes() == 30 * 60


@pytest.mark.django_db
def test_what_is_defined_is_read_back():
    for rule in (
        yearly(date(2026, 12, 8), date(2029, 12, 8), every=2),
        Rule("weekly", time(18), time(12), date(2027, 1, 1), date(2027, 3, 1), weekdays=(5,), nights=2),
    ):
        repeat = rule.as_repeat()
        assert recurrence.read(recurrence.define(repeat, ROME, "Prove", "prove")) == repeat


@pytest.mark.django_db(transaction=True)
def test_weekends_are_booked_from_friday_to_sunday(cast, at):
    at("2026-11-30 09:00")
    opening.set_hours(cast.room, range(1, 8), time(0), None, first_on=LONG_AGO)
    opening.plan(cast.room, date(2026, 9, 1))
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"most": None, "step": 60})
    api = client(cast.ada)
    rule = {
        "repeat": "weekly",
        "weekdays": ["fri"],
        "hours": {"start": "18:00", "end": "12:00", "nights": 2},
        "first_on": "2026-12-04",
        "last_on": "2026-12-20",
    }
    planned = plan(api, cast.room, rule)
    assert [d["verdict"] for d in planned["dates"]] == ["free"] * 3
    series = booked(api, planned).json()
    assert series["rule"]["hours"] == {"start": "18:00", "end": "12:00", "nights": 2}
    assert [b.period.minutes for b in Booking.objects.order_by("period")] == [42 * 60] * 3
    longer = rule | {"hours": {"start": "18:00", "end": "12:00", "nights": 3}}
    body = {"series_id": series["id"], "scope": "all", "rule": longer}
    edit = api.post("/api/v1/series/plans", body).json()
    assert {(d["change"], d["verdict"]) for d in edit["dates"]} == {("moves", "free")}
    done = post(api, f"/series/{series['id']}/change", {"plan_id": edit["id"]}, "more")
    assert done.status_code == 200, done.content
    assert {b.period.minutes for b in Booking.objects.all()} == {66 * 60}


@pytest.mark.parametrize(
    ("more", "it", "en"),
    [
        (
            {"repeat": "yearly"},
            "8 dicembre di ogni anno, 18:00–20:00, dal 08/12/2026 al 08/12/2028",
            "8 December of every year, 18:00–20:00, from 8 Dec 2026 to 8 Dec 2028",
        ),
        (
            {"repeat": "yearly", "every": 2, "nights": 1},
            "8 dicembre, ogni 2 anni, 18:00–20:00 del giorno dopo, dal 08/12/2026 al 08/12/2028",
            "8 December, every 2 years, 18:00–20:00 the day after, from 8 Dec 2026 to 8 Dec 2028",
        ),
        (
            {"repeat": "daily", "nights": 3},
            "Ogni giorno, 18:00–20:00 dopo 3 giorni, dal 08/12/2026 al 08/12/2028",
            "Every day, 18:00–20:00 3 days later, from 8 Dec 2026 to 8 Dec 2028",
        ),
    ],
)
def test_the_rule_in_words(more, it, en):
    rule = {
        "every": 1,
        "weekdays": [],
        "position": None,
        "dates": [],
        "start": "18:00",
        "end": "20:00",
        "first_on": "2026-12-08",
        "last_on": "2028-12-08",
        "skip": [],
    } | more
    assert (spell({"rule": rule}, "it"), spell({"rule": rule}, "en")) == (it, en)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("rules", "end", "refused"),
    [
        # An hour less by the wall clock is too short, on a day with a change of the clock and on one without.
        ({"least": 42 * 60, "step": 60}, "11:00", [["too-short"], ["too-short"]]),
        # An hour more is off the step, but for the date that the change of the clock makes as long as it allows.
        ({"least": 60, "step": 120}, "13:00", [["length-not-on-step"], []]),
    ],
)
def test_a_date_that_the_clock_change_makes_shorter_is_long_enough(cast, at, rules, end, refused):
    at("2026-11-30 09:00")
    cast.room.open_on_holidays = True  # it is Easter
    cast.room.save()
    opening.set_hours(cast.room, range(1, 8), time(0), None, first_on=LONG_AGO)
    opening.plan(cast.room, date(2026, 9, 1))
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"most": None} | rules)
    hours = {"start": "18:00", "end": "12:00", "nights": 2}
    weekends = {
        "repeat": "weekly",
        "weekdays": ["fri"],
        "hours": hours,
        "first_on": "2027-03-19",
        "last_on": "2027-03-26",
    }
    api = client(cast.ada)
    other = plan(api, cast.room, weekends | {"hours": hours | {"end": end}})
    assert [[reason["code"] for reason in d["reasons"]] for d in other["dates"]] == refused
    planned = plan(api, cast.room, weekends)
    shown = [(d["on"], d["verdict"], d["shorter_by_clock_change"]) for d in planned["dates"]]
    assert shown == [("2027-03-19", "free", False), ("2027-03-26", "free", True)]
    assert booked(api, planned).status_code == 201
