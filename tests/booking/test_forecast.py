"""The next four weeks: from last year's same days, never beyond what is open, with how wrong that was before."""

import random
from datetime import date, timedelta

import pytest

from booking.measuring.forecast import AHEAD, LEAST, WINDOWS, YEAR, foretell
from core.ids import encode
from spaces.models import OpenSpan
from tests.api import client
from tests.booking.confirmed import book
from tests.cast import rome

WEEK = [600, 540, 480, 420, 700, 120, 0]
OPEN = 900


def weeks(days, more=0):
    return [WEEK[n % 7] + (more if WEEK[n % 7] else 0) for n in range(days)]


def told(booked, most=OPEN):
    return foretell(booked, [most] * len(booked), [most] * AHEAD)


def test_the_same_rhythm_two_years_long_goes_on_and_was_never_wrong():
    found = told(weeks(YEAR * 2))
    assert found.method == "year"
    assert found.expected == weeks(AHEAD)
    assert found.error is not None
    assert (found.error.windows, found.error.mean, found.error.off) == (WINDOWS, 0, 0)
    assert found.error.booked == sum(weeks(AHEAD)) * WINDOWS


def test_a_summer_that_was_empty_is_empty_again():
    """The four weeks that come were quiet last year, and everything else was as it is now."""
    year = weeks(YEAR)
    year[:AHEAD] = [n // 2 for n in year[:AHEAD]]
    found = told(year + weeks(YEAR)[: YEAR - AHEAD] + weeks(AHEAD))
    assert found.expected == weeks(
        AHEAD
    )  # a year after the quiet weeks came full ones: those are last year's now
    found = told([*weeks(YEAR - AHEAD), *year[:AHEAD], *weeks(YEAR - AHEAD)])
    assert found.expected == year[:AHEAD]


def test_a_house_that_has_an_hour_a_day_more_each_year_goes_on_so():
    found = told([*weeks(YEAR), *weeks(YEAR, more=60)])
    for said, last in zip(found.expected, weeks(AHEAD, more=120), strict=True):
        assert abs(said - last) <= 15
    assert found.error is not None
    assert found.error.mean <= 15


def test_it_is_never_more_than_is_open_nor_less_than_nothing():
    shut = [0 if n % 7 == 0 else 300 for n in range(AHEAD)]
    found = foretell(weeks(YEAR * 2), [OPEN] * YEAR * 2, shut)
    assert all(0 <= said <= most for said, most in zip(found.expected, shut, strict=True))
    assert found.expected[0] == 0
    falling = [max(0, 700 - n) for n in range(YEAR * 2)]
    assert min(told(falling).expected) >= 0


def test_without_a_year_it_is_the_weeks_there_are_and_with_too_few_nothing():
    found = told(weeks(LEAST + AHEAD))
    assert (found.method, found.expected) == ("weeks", weeks(LEAST + 2 * AHEAD)[LEAST + AHEAD :])
    assert found.error is not None
    assert found.error.windows == 1
    found = told(weeks(LEAST))
    assert (found.method, found.error) == ("weeks", None)
    found = told(weeks(LEAST - 1))
    assert (found.method, found.expected, found.error) == ("none", [], None)
    assert told([]).method == "none"


def test_the_error_is_of_weeks_that_it_had_not_seen():
    """Noise nobody could foretell is told as it is: off by about its mean distance, not by nothing."""
    chance = random.Random(7)
    noisy = [max(0, WEEK[n % 7] + chance.randint(-100, 100)) for n in range(YEAR * 2)]
    found = told(noisy)
    assert found.error is not None
    assert 40 <= found.error.mean <= 110
    again = told(noisy)
    assert again == found


# -- through the API -------------------------------------------------------------------------------------------------


@pytest.fixture
def four_weeks(cast, at, db):
    """Sala Po opens every day from 10 to 20 since October, with two hours booked each day from 1 to 29 November."""
    at("2026-10-31 09:00")
    assert cast.dario.pk != cast.elena.pk
    room = cast.room
    OpenSpan.objects.all().delete()
    for n in range(101):
        day = date(2026, 10, 1) + timedelta(days=n)
        span = (rome(f"{day}T10:00"), rome(f"{day}T20:00"))
        OpenSpan.objects.create(resource=room, during=span, anchor=span[0])
    for n in range(29):
        book(cast.ada, room, f"{date(2026, 11, 1) + timedelta(days=n)} 10:00", 120)
    at("2026-11-30 09:00")
    return cast


def test_an_office_reads_the_next_four_weeks_of_what_is_its_own(four_weeks):
    book(four_weeks.ada, four_weeks.room, "2026-12-02 10:00", 300)
    answer = client(four_weeks.dario).get("/api/v1/reports/forecast")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["method"], found["past_days"], len(found["days"])) == ("weeks", 29, AHEAD)
    first, _, third, *_ = found["days"]
    assert first == {
        "on": "2026-11-30",
        "opened_minutes": 600,
        "booked_minutes": 0,
        "expected_minutes": 120,
        "last_year_minutes": 0,
    }
    # What is booked already is the least that it will be.
    assert (third["booked_minutes"], third["expected_minutes"]) == (300, 300)
    assert found["error"] is None  # 29 days are too few to have foretold four weeks from


def test_another_partner_s_hours_are_not_foretold(four_weeks):
    venue = encode("ven", four_weeks.venue.pk)
    found = client(four_weeks.elena).get(f"/api/v1/reports/forecast?venue_id={venue}").json()
    assert found["method"] == "none"
    assert {day["expected_minutes"] for day in found["days"]} == {None}


def test_the_forecast_is_a_table(four_weeks):
    answer = client(four_weeks.dario).get(
        "/api/v1/reports/forecast?output=csv", headers={"Accept-Language": "it"}
    )
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0].startswith("Giorno;Aperte (min);Già prenotate (min);Attese (min)")
    assert text.splitlines()[1].startswith("30/11/2026;600;0;120;0")


def test_it_costs_two_reads_and_is_worked_out_once(four_weeks, monkeypatch):
    worked = []

    def foretold(*said):
        worked.append(said)
        return foretell(*said)

    monkeypatch.setattr("booking.api.forecast.foretell", foretold)
    for _ in range(2):
        assert client(four_weeks.dario).get("/api/v1/reports/forecast").status_code == 200
    assert len(worked) == 1
