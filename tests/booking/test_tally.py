"""The tally is what a count from scratch would be, whatever was done, and its days are the venue's."""

from datetime import date, time, timedelta

import pytest
from django.db import connection

from booking.attending import attendance
from booking.claims import Ask
from booking.holding import blocks, lapsing
from booking.holding.holds import Wish, hold
from booking.measuring import tally
from booking.measuring.tally import Days
from booking.models import Booking, Claim, ClaimPast, Item
from booking.rescuing import outages
from booking.rescuing.outages import Declared
from core.periods import Period
from spaces import layout, opening
from spaces.models import OpenSpan, Venue
from tests.booking.confirmed import book, cancel_for_good
from tests.cast import period, rome
from tests.properties.rows import tally_is_in_step

pytestmark = pytest.mark.django_db
THURSDAY = Days(date(2026, 12, 3), date(2026, 12, 4))


@pytest.fixture(autouse=True)
def _now(at):
    at("2026-11-30 09:00")


def of(resource, days=THURSDAY):
    return tally.totals([resource.pk], days, "resource")[resource.pk]


def rows_of(resource):
    """How many rows the tally keeps of the Thursday, by measure."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT measure, count(*) FROM booking_tally WHERE resource_id = %s AND day = %s GROUP BY measure",
            [resource.pk, THURSDAY.first],
        )
        return dict(cursor.fetchall())


def test_a_day_of_a_room_is_counted_by_hand(cast, at):
    room = cast.room  # 8 to 22
    at("2026-12-01 09:00")
    first = book(cast.ada, room, "2026-12-03 10:30", 90)
    book(cast.carla, room, "2026-12-03 15:00", 60)
    hold(Wish(cast.bruno, [Ask(room, period("2026-12-03 18:00"))], made_by=cast.bruno))
    blocks.block(cast.gina, room, period("2026-12-03 20:00", 45), "maintenance", "lampada")
    blocks.block(cast.gina, room, period("2026-12-03 21:00", 30), "own_use", "riunione")
    at("2026-12-03 10:30")
    attendance.check_in(cast.gina, first.pk)
    assert of(room) == {"opened": 840, "booked": 150, "attended": 90, "maintenance": 45, "blocked": 30}
    hours = tally.by_hour([room.pk], THURSDAY)
    assert hours[4, 10] == {"opened": 60, "booked": 30, "attended": 30}
    assert hours[4, 11] == {"opened": 60, "booked": 60, "attended": 60}
    assert hours[4, 15] == {"opened": 60, "booked": 60}
    assert hours[4, 18] == {"opened": 60}
    tally_is_in_step()


def test_a_hall_and_its_half_share_what_is_taken(cast):
    book(cast.ada, cast.half, "2026-12-03 10:00", 120)
    # The hall takes its halves, and a unit that stands for the whole: nobody's hours.
    assert of(cast.hall) == {"opened": 2 * 840, "booked": 120}
    assert of(cast.half) == {"opened": 840, "booked": 120}
    tally_is_in_step()


def test_only_what_is_open_counts_as_booked(cast):
    booking = hold(
        Wish(cast.ada, [Ask(cast.room, period("2026-12-03 21:00", 120))], made_by=cast.ivo, override="festa")
    )
    Claim.objects.filter(item__booking=booking).update(kind="booked", reason=None, until=None)
    assert of(cast.room)["booked"] == 60


def test_what_a_no_show_releases_is_booked_no_longer(cast, at):
    booking = book(cast.ada, cast.room, "2026-12-03 10:00", 120)
    Booking.objects.filter(pk=booking.pk).update(attendance_terms={"release": True})
    at("2026-12-03 10:15")
    attendance.mark_no_show(cast.gina, booking.pk)
    assert of(cast.room) == {"opened": 840, "booked": 15}
    tally_is_in_step()


def test_set_up_and_clean_up_are_a_measure_of_their_own(cast):
    booking = book(cast.ada, cast.room, "2026-12-03 10:00", 60)
    padded = period("2026-12-03 09:45", 60 + 15 + 30)
    Claim.objects.filter(item__booking=booking).update(during=padded)
    assert of(cast.room) == {"opened": 840, "booked": 60, "padding": 45}


@pytest.mark.parametrize(
    ("day", "hours", "second"), [("2026-10-25", 25, 120), ("2027-03-28", 23, None), ("2026-10-26", 24, 60)]
)
def test_the_day_of_a_clock_change_has_its_own_length(cast, day, hours, second):
    room = cast.room
    start = date.fromisoformat(day)
    OpenSpan.objects.filter(resource=room).delete()
    whole = Period(rome(f"{start}T00:00"), rome(f"{start + timedelta(days=1)}T00:00"))
    OpenSpan.objects.create(resource=room, during=whole, anchor=whole.start)
    days = Days(start, start + timedelta(days=1))
    assert tally.totals([room.pk], days, "day") == {start: {"opened": hours * 60}}
    assert tally.by_hour([room.pk], days).get((start.isoweekday(), 2), {}).get("opened") == second
    tally_is_in_step()


def test_other_hours_settle_what_was_counted(cast):
    room = cast.room
    book(cast.ada, room, "2026-12-03 10:00", 120)
    opening.set_hours(room, [4], time(11), time(13), first_on=date(2026, 12, 1))
    opening.plan(room)
    assert of(room) == {"opened": 120, "booked": 60}
    tally_is_in_step()


def test_another_layout_settles_what_was_counted(cast):
    desks = cast.pool(3)
    book(cast.ada, desks, "2026-12-03 10:00", 60)
    assert of(desks) == {"opened": 3 * 840, "booked": 60}
    part = desks.parts.get()
    part.units.remove(part.units.exclude(claims__isnull=False).first())
    assert of(desks) == {"opened": 2 * 840, "booked": 60}
    tally_is_in_step()


def test_another_clock_settles_what_was_counted(cast):
    book(cast.ada, cast.room, "2026-12-03 10:00", 60)
    Venue.objects.filter(pk=cast.venue.pk).update(time_zone="Asia/Kolkata")
    # Ten in Turin's winter is half past two in Kolkata.
    assert tally.by_hour([cast.room.pk], THURSDAY)[4, 14] == {"opened": 60, "booked": 30}
    assert tally.by_hour([cast.room.pk], THURSDAY)[4, 15]["booked"] == 30
    tally_is_in_step()


def test_what_becomes_history_is_counted_once(cast, at):
    booking = book(cast.ada, cast.room, "2026-12-03 10:00", 60)
    at("2027-02-01 09:00")
    lapsing.move_to_history()
    assert ClaimPast.objects.filter(item_id__in=Item.objects.filter(booking=booking).values("pk")).exists()
    assert of(cast.room) == {"opened": 840, "booked": 60}
    Booking.objects.filter(pk=booking.pk).update(attendance="present")
    assert of(cast.room) == {"opened": 840, "booked": 60, "attended": 60}
    book(cast.ada, cast.room, "2027-02-04 10:00", 60)
    tally_is_in_step()


def test_folding_changes_no_sum_and_leaves_one_row_a_day(cast):
    room = cast.room
    first = book(cast.ada, room, "2026-12-03 10:00", 60)
    book(cast.ada, room, "2026-12-03 12:00", 60)
    cancel_for_good(cast.ada, first.pk)
    outages.declare(cast.gina, Declared(room, rome("2026-12-03T20:00"), rome("2026-12-03T21:00")))
    before = of(room)
    assert before == {"opened": 840, "booked": 60, "outage": 60}
    assert max(rows_of(room).values()) > 1  # what each act added
    tally.fold()
    assert of(room) == before
    assert rows_of(room) == {"opened": 1, "booked": 1, "outage": 1}
    tally_is_in_step()
    row = tally.by_day({room.pk: "it"}, THURSDAY, ["booked"])
    assert row == {"it": {"booked": [60]}}


def test_a_room_is_added_up_by_week_and_month(cast):
    room = cast.room
    days = Days(date(2026, 11, 30), date(2026, 12, 14))
    book(cast.ada, room, "2026-12-03 10:00", 60)
    book(cast.ada, room, "2026-12-10 10:00", 90)
    assert tally.by_day({room.pk: "it"}, days, ["booked"], width=7) == {"it": {"booked": [60, 90]}}
    months = tally.totals([room.pk], days, "month")
    assert months == {"2026-11": {"opened": 840}, "2026-12": {"opened": 13 * 840 - 840, "booked": 150}}
    assert days.before() == Days(date(2026, 11, 16), date(2026, 11, 30))
    assert days.a_year_before().first.isoweekday() == days.first.isoweekday()


def test_a_new_room_begins_with_nothing(cast):
    room = cast.resource("nuova", "meeting_room", "Nuova")
    layout.make_whole(room)
    assert tally.totals([room.pk], THURSDAY, "resource") == {}
