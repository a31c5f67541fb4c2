"""From when a refused request would be granted; and what staff may still write down."""

from datetime import timedelta

import pytest

from booking.judging.limits import _enough_over
from spaces.models import Rules
from tests.api import client, post, wish
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, rome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def ruled(room, **data):
    Rules.objects.create(resource=room, from_on=LONG_AGO, data=data)


def ask(person, room, start, end, **more):
    return post(client(person), "/bookings", wish(room, start, end, **more), f"k{start}")


def test_no_instant_is_told_at_which_the_request_would_be_past(cast):
    ruled(cast.room, daily_limit=60)
    book(cast.ada, cast.room, "2026-12-01 10:00")
    refused = ask(cast.ada, cast.room, "2026-12-01T12:00", "2026-12-01T13:00").json()
    assert refused["reasons"][0]["holds_from"] == "2026-12-01T23:00:00Z"
    assert refused["data"]["bookable_from"] is None


def test_of_several_to_come_as_many_have_to_be_over_as_are_too_many(cast):
    book(cast.ada, cast.room, "2026-12-01 10:00")
    book(cast.ada, cast.room, "2026-12-02 10:00")
    ruled(cast.room, limits=[{"span": "future", "bookings": 1}])
    refused = ask(cast.ada, cast.room, "2026-12-04T12:00", "2026-12-04T13:00").json()
    assert refused["data"]["bookable_from"] == "2026-12-02T10:00:00Z"


def test_what_runs_counts_by_what_is_left_of_it():
    ten, twelve = rome("2026-12-01 10:00"), rome("2026-12-01 12:00")
    assert _enough_over([(twelve, 60), (ten, 60)], 60, by_minutes=True) == ten
    assert _enough_over([(twelve, 60), (ten, 60)], 90, by_minutes=True) == twelve - timedelta(minutes=30)
    assert _enough_over([(ten, 60)], 61, by_minutes=True) is None
    assert _enough_over([(twelve, 1), (ten, 1)], 2, by_minutes=False) == twelve


def test_until_midnight_is_of_the_day_that_ends(cast):
    from people.models import Group

    members = Group.objects.create(name="Soci", partner=cast.lead)
    ruled(cast.room, first_groups=[str(members.pk)], others_horizon_days=0)
    assert ask(cast.ada, cast.room, "2026-11-30T21:00", "2026-11-30T22:00").status_code == 201


def test_staff_write_down_what_began_today_and_nobody_else(cast, at):
    at("2026-11-30 12:00")
    begun = ("2026-11-30T11:00", "2026-11-30T13:00")
    assert ask(cast.ada, cast.room, *begun).json()["reasons"][0]["code"] == "past"
    assert ask(cast.dario, cast.room, *begun).status_code == 201
    assert ask(cast.elena, cast.other_room, *begun).json()["reasons"][0]["code"] == "past"


def test_yesterday_only_in_the_first_hour_of_today(cast, at):
    yesterday = ("2026-11-30T20:00", "2026-11-30T21:00")
    at("2026-12-01 01:00")
    assert ask(cast.dario, cast.room, *yesterday).json()["reasons"][0]["code"] == "past"
    at("2026-12-01 00:59")
    assert ask(cast.dario, cast.room, *yesterday).status_code == 403  # the stored answer to the same key
    again = post(client(cast.dario), "/bookings", wish(cast.room, *yesterday), "later")
    assert again.status_code == 201
