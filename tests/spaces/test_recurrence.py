"""What repeats, held against the calendar standard's own reading (RFC 5545) by two libraries."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event, vRecur

from core.periods import Period, instant
from spaces import recurrence
from spaces.recurrence import WEEKDAYS, Repeat
from tests.cast import ROME

FIRST = date(2026, 1, 1)
days = st.dates(FIRST, date(2027, 12, 31))
hours = st.integers(0, 22).map(time)


@st.composite
def repeats(draw):
    first = draw(days)
    start = draw(hours)
    kind = draw(st.sampled_from(["WEEKLY", "DAILY", "MONTHLY"]))
    weekdays = tuple(sorted(draw(st.sets(st.integers(1, 7), max_size=4)))) if kind == "WEEKLY" else ()
    month_days = (draw(st.integers(1, 31)),) if kind == "MONTHLY" else ()
    end = draw(st.sampled_from([time(start.hour + 1), time(23, 30), None]))
    length = draw(st.sampled_from([None, 40, 200]))
    return Repeat(
        first_on=first,
        start=start,
        end=end,
        frequency=kind,
        weekdays=weekdays,
        interval=draw(st.integers(1, 3)),
        month_days=month_days,
        until_on=first + timedelta(days=length) if length else None,
    )


def by_the_standard(repeat, first, last):
    """The days on which an iCalendar event of this rule begins."""
    rule = {"FREQ": repeat.frequency, "INTERVAL": repeat.interval, "WKST": "MO"}
    if repeat.weekdays:
        rule["BYDAY"] = [WEEKDAYS[day - 1] for day in repeat.weekdays]
    if repeat.month_days:
        rule["BYMONTHDAY"] = list(repeat.month_days)
    if repeat.positions:
        rule["BYSETPOS"] = list(repeat.positions)
    if repeat.until_on:
        rule["UNTIL"] = repeat.until_on - timedelta(days=1)
    event = Event()
    event.add("uid", "one")
    event.add("dtstart", repeat.first_on)
    event.add("rrule", vRecur(rule))
    calendar = Calendar()
    calendar.add_component(event)
    return sorted(
        e.start for e in recurring_ical_events.of(calendar).between(first, last) if first <= e.start < last
    )


def is_of_its_rule(repeat):
    """The standard always counts the first day, even where the rule does not name it: we never write such a rule."""
    return next(repeat.days(repeat.first_on, repeat.first_on + timedelta(days=1)), None) == repeat.first_on


@settings(max_examples=150, deadline=None)
@given(repeats(), days, st.integers(1, 120))
def test_it_repeats_on_the_days_of_the_standard(repeat, first, width):
    assume(is_of_its_rule(repeat))
    last = first + timedelta(days=width)
    assert list(repeat.days(first, last)) == by_the_standard(repeat, first, last)


@settings(max_examples=100, deadline=None)
@given(repeats(), days, st.integers(1, 60), st.integers(1, 60))
def test_two_windows_side_by_side_say_what_the_whole_says(repeat, first, one, two):
    middle, last = first + timedelta(days=one), first + timedelta(days=one + two)
    halves = [*repeat.days(first, middle), *repeat.days(middle, last)]
    assert halves == list(repeat.days(first, last))


@settings(max_examples=100, deadline=None)
@given(repeats())
def test_hours_keep_the_wall_clock_over_every_change(repeat):
    for day in repeat.days(repeat.first_on, repeat.first_on + timedelta(days=400)):
        found = repeat.period_on(day, ROME)
        if found is None:
            continue
        shown = found.start.astimezone(ROME)
        in_the_gap = instant(day, repeat.start, ROME).astimezone(ROME).time() != repeat.start
        assert shown.date() == day
        assert in_the_gap or shown.time() == repeat.start


# The days after which clocks change in Rome, and one that is like any other.
around_changes = st.sampled_from([date(2026, 3, 20), date(2026, 10, 18), date(2027, 3, 21), date(2026, 6, 1)])


@settings(max_examples=100, deadline=None)
@given(around_changes, st.integers(0, 23), st.sampled_from([0, 30]), st.integers(30, 600), st.integers(1, 3))
def test_its_hours_are_those_of_the_standard_over_every_change(first, hour, minute, minutes, interval):
    """An event of a zone's wall clock: in a gap the standard reads the clock before the change (RFC 5545, 3.3.5),
    so its hours begin and end half an hour or more later than ours, which begin when the clock has changed."""
    start = time(hour, minute)
    until = datetime.combine(first, start) + timedelta(minutes=minutes)
    repeat = Repeat(first, start, until.time(), frequency="DAILY", interval=interval)
    event = Event()
    event.add("uid", "one")
    event.add("dtstart", datetime.combine(first, start, tzinfo=ROME))
    event.add("dtend", until.replace(tzinfo=ROME))
    event.add("rrule", vRecur({"FREQ": "DAILY", "INTERVAL": interval}))
    calendar = Calendar()
    calendar.add_component(event)
    last = first + timedelta(days=14)
    theirs = {
        e.start.date(): e.start.astimezone(UTC)
        for e in recurring_ical_events.of(calendar).between(first, last)
        if first <= e.start.date() < last
    }
    ours = {day: repeat.period_on(day, ROME) for day in repeat.days(first, last)}
    assert ours.keys() == theirs.keys()
    for day, period in ours.items():
        if period is None:
            assert start.hour == 2  # the whole of it was in the gap
        elif period.start.astimezone(ROME).time() == start:
            assert period.start == theirs[day]
        else:
            assert period.start.astimezone(ROME).time() == time(3)
            assert timedelta(0) <= theirs[day] - period.start < timedelta(hours=1)


def test_so_many_times_is_counted_from_the_first_whatever_is_asked():
    repeat = Repeat(FIRST, time(18), time(20), "DAILY", count=10)
    whole = list(repeat.days(FIRST, date(2027, 1, 1)))
    assert whole == [FIRST + timedelta(days=n) for n in range(10)]
    assert list(repeat.days(date(2026, 1, 8), date(2026, 2, 1))) == whole[7:]


def test_the_last_friday_is_the_last_friday():
    repeat = Repeat(FIRST, time(18), time(20), "MONTHLY", weekdays=(5,), positions=(-1,))
    assert list(repeat.days(date(2026, 1, 1), date(2026, 4, 1))) == [
        date(2026, 1, 30),
        date(2026, 2, 27),
        date(2026, 3, 27),
    ]


def test_a_month_without_the_day_is_skipped():
    repeat = Repeat(date(2026, 1, 31), time(18), time(20), "MONTHLY", month_days=(31,))
    assert [d.month for d in repeat.days(FIRST, date(2027, 1, 1))] == [1, 3, 5, 7, 8, 10, 12]


@pytest.mark.parametrize(
    ("day", "start", "end", "minutes"),
    [
        (date(2027, 3, 28), time(0), None, 23 * 60),
        (date(2026, 10, 25), time(0), None, 25 * 60),
        (date(2027, 3, 28), time(1), time(4), 2 * 60),
        (date(2026, 10, 25), time(1), time(4), 4 * 60),
    ],
)
def test_a_day_of_a_clock_change_is_as_long_as_it_is(day, start, end, minutes):
    found = Repeat(day, start, end).period_on(day, ROME)
    assert found is not None
    assert found.minutes == minutes


def test_hours_that_the_clock_skips_are_none():
    assert Repeat(date(2027, 3, 28), time(2), time(3)).period_on(date(2027, 3, 28), ROME) is None


@pytest.mark.django_db
@settings(max_examples=25, deadline=None)
@given(repeats())
def test_what_is_written_is_read_again(django_db_blocker, repeat):
    with django_db_blocker.unblock():
        made = recurrence.define(repeat, ROME, "Prova", "prova")
        assert recurrence.read(made) == repeat


def test_zones_do_not_matter_to_the_days():
    repeat = Repeat(date(2026, 6, 1), time(23), time(1))
    for zone in ("Europe/Rome", "America/New_York", "Pacific/Auckland"):
        found = repeat.period_on(date(2026, 6, 1), ZoneInfo(zone))
        assert isinstance(found, Period)
        assert found.start.astimezone(ZoneInfo(zone)) == datetime(2026, 6, 1, 23, tzinfo=ZoneInfo(zone))
