"""What is offered instead of a time that cannot be had, in the order in which a person would propose it."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.finding.nearby import unlike
from core.ids import encode
from core.periods import Period
from spaces import opening
from tests.api import client, post
from tests.cast import LONG_AGO, ROME, period

pytestmark = pytest.mark.django_db
SUNDAY = ("2026-12-13T10:00:00", "2026-12-13T12:00:00")


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def instead(cast, start, end):
    body = {
        "items": [{"resource_id": encode("res", cast.room.pk)}],
        "period": {"start": start, "end": end},
    }
    answer = post(client(cast.ada), "/bookings", body, start)
    assert answer.status_code in (403, 409), answer.content
    return [(one["why"], one["period"]["start"]) for one in answer.json()["alternatives"]]


@pytest.fixture
def _closed_on_sundays(cast):
    opening.set_hours(cast.room, range(1, 7), time(8), time(22), first_on=LONG_AGO)
    opening.plan(cast.room)


@pytest.mark.usefixtures("_closed_on_sundays")
def test_for_a_closed_day_the_same_hour_of_the_nearest_open_days_is_offered(cast):
    assert instead(cast, *SUNDAY) == [
        ("other_date", "2026-12-12T09:00:00Z"),
        ("other_date", "2026-12-14T09:00:00Z"),
        ("other_date", "2026-12-11T09:00:00Z"),
    ]


def test_a_little_later_on_the_day_comes_before_the_same_hour_of_another(cast):
    body = {
        "items": [{"resource_id": encode("res", cast.room.pk)}],
        "period": {"start": "2026-12-12T08:00:00", "end": "2026-12-12T20:00:00"},
    }
    assert post(client(cast.bruno), "/bookings", body, "day").status_code == 201
    assert instead(cast, "2026-12-12T17:30:00", "2026-12-12T19:30:00")[:2] == [
        ("other_time", "2026-12-12T19:00:00Z"),
        ("other_date", "2026-12-11T16:30:00Z"),
    ]


@pytest.mark.usefixtures("_closed_on_sundays")
def test_what_is_offered_for_a_closed_day_can_be_booked(cast):
    for _, start in instead(cast, *SUNDAY):
        end = f"{start[:11]}11:00:00Z"
        body = {
            "items": [{"resource_id": encode("res", cast.room.pk)}],
            "period": {"start": start, "end": end},
        }
        assert post(client(cast.ada), "/bookings", body, f"take-{start}").status_code == 201


def test_over_the_clock_change_the_same_hour_is_the_wall_clock_s():
    asked = period("2027-03-28 10:00", 120)
    day_before = period("2027-03-27 10:00", 120)
    assert (day_before.start - asked.start) % timedelta(days=1) != timedelta(0)
    assert unlike(day_before, asked, ROME)[0] == 1


@given(st.integers(-14 * 96, 14 * 96))
def test_what_begins_as_asked_is_likest_and_what_is_farther_is_less_like(quarters):
    asked = period("2026-12-09 10:00", 60)
    moved = timedelta(minutes=15) * quarters
    found = Period(asked.start + moved, asked.end + moved)
    rank, apart = unlike(found, asked, ROME)
    assert apart == abs(moved)
    same_day = found.start.astimezone(ROME).date() == date(2026, 12, 9)
    assert rank == (0 if same_day and abs(moved) <= timedelta(hours=3) else 2 if quarters % 96 else 1)
