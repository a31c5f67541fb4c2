"""Any days are a weekly rule with gaps, and a venue's clock is two yearly rules."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Timezone

from booking.inviting.invited_series import days_of
from booking.inviting.weekly import NAMES, weekly
from booking.inviting.zones import vtimezone
from booking.models import Booking
from core.periods import Period, local_date
from tests.cast import ROME, period

TUESDAY = date(2026, 12, 1)
DAYS = st.sets(st.integers(0, 400), min_size=1, max_size=60).map(
    lambda found: [TUESDAY + timedelta(days=n) for n in found]
)


def as_a_calendar_reads(rule):
    found = rrule.rrule(
        rrule.WEEKLY,
        dtstart=datetime.combine(rule.first, datetime.min.time()),
        until=datetime.combine(rule.last, datetime.min.time()),
        interval=rule.interval,
        byweekday=[getattr(rrule, NAMES[n]) for n in rule.weekdays],
        wkst=rrule.MO,
    )
    return [at.date() for at in found]


@given(DAYS)
def test_the_rule_without_what_it_leaves_out_is_the_days(days):
    rule, left_out = weekly(days)
    assert sorted({*as_a_calendar_reads(rule)} - {*left_out}) == sorted(days)
    assert {*left_out} <= {*as_a_calendar_reads(rule)}
    assert rule.first not in left_out


def test_every_second_week_leaves_nothing_out():
    rule, left_out = weekly([TUESDAY + timedelta(days=14 * n) for n in range(10)])
    assert (rule.interval, rule.weekdays, left_out) == (2, (1,), [])


def test_two_days_of_a_week_leave_nothing_out():
    days = [TUESDAY + timedelta(days=7 * n + more) for n in range(10) for more in (0, 2)]
    assert weekly(days)[1] == []


@pytest.mark.parametrize("name", ["Europe/Rome", "America/New_York", "Asia/Kolkata", "Australia/Sydney"])
def test_a_clock_shows_the_same_for_ten_years(name):
    zone = ZoneInfo(name)
    made = vtimezone(zone, 2026)
    # Under a name that nobody knows: it is the rules that are read.
    made["TZID"] = "Nowhere/Known"
    read = Timezone.from_ical(made.to_ical())
    assert isinstance(read, Timezone)
    told = read.to_tz(lookup_tzid=False)
    hour = datetime(2027, 1, 1, 12, tzinfo=UTC)
    for day in (hour + timedelta(days=n) for n in range(3650)):
        wall = day.astimezone(zone).replace(tzinfo=None)
        assert wall.replace(tzinfo=told).utcoffset() == day.astimezone(zone).utcoffset(), wall


def test_of_two_on_one_day_the_later_keeps_it_and_those_before_step_back():
    dates = ["2027-01-13 18:00", "2027-01-14 10:00", "2027-01-14 15:00", "2027-01-21 10:00"]
    bookings = [Booking(period=period(wall)) for wall in dates]
    found = days_of(bookings, ROME)
    assert [day.day for day in found] == [12, 13, 14, 21]
    assert list(found.values()) == bookings


@given(st.sets(st.integers(0, 200), min_size=1, max_size=40))
def test_dates_begin_in_the_order_of_the_days_they_stand_for(hours):
    begin = datetime(2027, 3, 20, tzinfo=UTC)
    starts = [begin + timedelta(hours=n) for n in hours]
    found = days_of([Booking(period=Period(at, at + timedelta(hours=1))) for at in starts], ROME)
    assert list(found) == sorted(found)
    assert [booking.period.start for booking in found.values()] == sorted(starts)
    own = {local_date(at, ROME) for at in starts}
    assert max(found) == max(own)
    assert all(day <= local_date(booking.period.start, ROME) for day, booking in found.items())
    if len(own) == len(starts):
        assert set(found) == own
