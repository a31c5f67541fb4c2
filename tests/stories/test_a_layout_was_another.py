"""Figures of rooms whose layout was another: what was divided, joined or made larger keeps the hours of its past."""

from datetime import date

import pytest
from django.db import connection

from booking.attending import attendance
from booking.holding import blocks
from booking.measuring import tally
from booking.measuring.tally import ATTENDED, BOOKED, MAINTENANCE, OPENED, Days
from booking.models import Booking
from core.ids import encode
from spaces import relayout
from spaces.models import Resource
from tests.booking.confirmed import book
from tests.cast import period
from tests.properties.rows import tally_is_in_step
from tests.stories.test_a_hall_by_hand import behind, figures, hours, rows

pytestmark = pytest.mark.django_db


def test_a_hall_joined_again_leaves_its_halves_their_past(cast, at):
    at("2026-12-01 09:00")
    room = cast.room  # 8 to 22, fourteen hours
    relayout.divide(cast.ivo, room.pk, ["A", "B"])
    booking = book(cast.ada, Resource.objects.get(name="A"), "2026-12-03 10:00", 120)
    at("2026-12-03 10:00")
    attendance.check_in(cast.gina, booking.pk)
    at("2026-12-10 09:00")
    relayout.join(cast.ivo, room.pk)
    then = figures(cast, "resource", "on_from=2026-12-03&on_to=2026-12-04")
    assert rows(then) == {"Sala Po": (28, 2, 2), "A": (14, 2, 2), "B": (14, 0, 0)}
    assert hours(then["total"]) == (28, 2, 2)
    day = "on_from=2026-12-03&on_to=2026-12-04"
    assert {r["name"]: len(behind(cast, r, days=day)) for r in then["rows"]} == {"Sala Po": 1, "A": 1, "B": 0}
    now = figures(cast, "resource", "on_from=2026-12-11&on_to=2026-12-12")
    assert rows(now) == {"Sala Po": (14, 0, 0)}
    assert hours(now["total"]) == (14, 0, 0)
    tally_is_in_step()


def the_act_is_over():
    """What the change of a layout says to the tally ends with its transaction; a test has one for all its acts."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL booking.tally_since = ''")


def came(booking):
    """Who came is written down whenever it is known."""
    the_act_is_over()
    Booking.objects.filter(pk=booking.pk).update(attendance=Booking.Attendance.PRESENT)


def test_who_came_to_a_half_is_written_down_when_there_is_none_any_more(cast, at):
    at("2026-12-01 09:00")
    room = cast.room
    relayout.divide(cast.ivo, room.pk, ["A", "B"])
    booking = book(cast.ada, Resource.objects.get(name="A"), "2026-12-03 10:00", 120)
    at("2026-12-10 09:00")
    relayout.join(cast.ivo, room.pk)
    day = "on_from=2026-12-03&on_to=2026-12-04"
    assert rows(figures(cast, "resource", day)) == {"Sala Po": (28, 2, 0), "A": (14, 2, 0), "B": (14, 0, 0)}
    came(booking)
    told = figures(cast, "resource", day)
    assert rows(told) == {"Sala Po": (28, 2, 2), "A": (14, 2, 2), "B": (14, 0, 0)}
    assert hours(told["total"]) == (28, 2, 2)
    tally_is_in_step()


def test_a_half_leads_to_no_booking_of_the_whole_from_before_it_was_one(cast, at):
    at("2026-12-01 09:00")
    old = book(cast.ada, cast.room, "2026-12-03 10:00", 120)
    at("2026-12-05 09:00")
    relayout.divide(cast.ivo, cast.room.pk, ["A", "B"])
    whole = Resource.objects.get(pk=cast.room.pk)
    new = book(cast.bruno, whole, "2026-12-07 10:00", 120)
    days = "on_from=2026-12-01&on_to=2026-12-11"
    told = figures(cast, "resource", days)
    assert {row["name"]: row["minutes"]["booked"] for row in told["rows"]} == {
        "Sala Po": 360,
        "A": 120,
        "B": 120,
    }
    led = {row["name"]: behind(cast, row, days=days) for row in told["rows"]}
    ids = [encode("bkg", booking.pk) for booking in (old, new)]
    assert led == {"Sala Po": set(ids), "A": {ids[1]}, "B": {ids[1]}}


def test_who_came_to_a_whole_is_written_down_when_it_is_halves(cast, at):
    at("2026-12-01 09:00")
    booking = book(cast.ada, cast.room, "2026-12-03 10:00", 120)
    at("2026-12-05 09:00")
    relayout.divide(cast.ivo, cast.room.pk, ["A", "B"])
    at("2026-12-07 09:00")
    relayout.join(cast.ivo, cast.room.pk)
    came(booking)
    told = figures(cast, "resource", "on_from=2026-12-03&on_to=2026-12-04")
    assert rows(told) == {"Sala Po": (14, 2, 2)}
    assert hours(told["total"]) == (14, 2, 2)


def test_who_came_to_a_place_that_was_taken_out_is_written_down(cast, at):
    at("2026-12-01 09:00")
    desks = cast.pool(3)
    bookings = [book(who, desks, "2026-12-03 10:00", 60) for who in (cast.ada, cast.bruno, cast.carla)]
    at("2026-12-10 09:00")
    relayout.resize(cast.ivo, desks.pk, 1)
    for booking in bookings:
        came(booking)
    days = Days(date(2026, 12, 3), date(2026, 12, 4))
    assert tally.totals([desks.pk], days, "day", (BOOKED, ATTENDED)) == {
        days.first: {BOOKED: 180, ATTENDED: 180}
    }


def test_what_was_blocked_while_a_half_became_the_whole_keeps_its_days(cast, at):
    at("2026-12-01 09:00")
    room = cast.room  # 8 to 22
    relayout.divide(cast.ivo, room.pk, ["A", "B"])
    half = Resource.objects.get(name="A")
    made = blocks.block(cast.gina, half, period("2026-12-09 08:00", 5 * 24 * 60), "maintenance", "soffitto")
    at("2026-12-11 09:00")
    relayout.join(cast.ivo, room.pk)
    days = Days(date(2026, 12, 9), date(2026, 12, 14))

    def lost(pk):
        return {
            on.day: m[MAINTENANCE] / 60 for on, m in tally.totals([pk], days, "day", (MAINTENANCE,)).items()
        }

    assert lost(half.pk) == {9: 14, 10: 14}
    assert lost(room.pk) == dict.fromkeys(range(9, 14), 14)
    assert tally.by_group({half.pk: "", room.pk: ""}, days, (MAINTENANCE,)) == {
        "": {MAINTENANCE: 5 * 14 * 60}
    }
    the_act_is_over()
    blocks.lift(cast.gina, made.pk)
    assert lost(room.pk) == lost(half.pk) == {9: 14, 10: 14}
    tally_is_in_step()


def test_a_division_adds_nothing_to_the_days_before_it(cast, at):
    at("2026-12-01 09:00")
    whole = period("2026-12-09 08:00", 5 * 24 * 60)
    made = blocks.block(cast.gina, cast.room, whole, "maintenance", "soffitto")
    at("2026-12-11 09:00")
    relayout.divide(cast.ivo, cast.room.pk, ["A", "B"])
    days = Days(date(2026, 12, 9), date(2026, 12, 14))
    found = tally.totals([cast.room.pk], days, "day", (MAINTENANCE,))
    assert {on.day: m[MAINTENANCE] / 60 for on, m in found.items()} == {9: 14, 10: 14, 11: 28, 12: 28, 13: 28}
    the_act_is_over()
    blocks.lift(cast.gina, made.pk)
    assert tally.totals([cast.room.pk], days, "day", (MAINTENANCE,)) == {}
    tally_is_in_step()


def test_a_larger_pool_was_smaller_before(cast, at):
    at("2026-12-01 09:00")
    desks = cast.pool(2)
    at("2026-12-10 09:00")
    relayout.resize(cast.ivo, desks.pk, 5)
    days = tally.totals([desks.pk], Days(date(2026, 12, 9), date(2026, 12, 11)), "day", (OPENED,))
    assert [m[OPENED] / 840 for m in days.values()] == [2, 5]
    tally_is_in_step()
