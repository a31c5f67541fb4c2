"""Which freed time suits whom, as pure rules."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.finding.availability import lengths
from booking.queueing.matching import (
    LEAST_TO_ANSWER,
    MOST_TO_ANSWER,
    Sought,
    answer_by,
    best_first,
    worth_trying,
)
from core.periods import Period
from spaces.clauses import Preset
from spaces.policy import BookingPolicy

ROME = ZoneInfo("Europe/Rome")
THURSDAY = datetime(2026, 12, 3, tzinfo=ROME)
WEEK = Period(THURSDAY - timedelta(days=3), THURSDAY + timedelta(days=4))
EVENING = Sought(WEEK, 120, ROME, frozenset({4}), time(18), time(22))


def hours(start, end, day=0):
    midnight = THURSDAY + timedelta(days=day)
    return Period(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


def test_a_wish_is_for_its_days_hours_and_length():
    assert EVENING.fits(hours(18, 20))
    assert EVENING.fits(hours(18, 22))
    assert not EVENING.fits(hours(18, 19))
    assert not EVENING.fits(hours(17, 20))
    assert not EVENING.fits(hours(20, 23))
    assert not EVENING.fits(hours(18, 20, day=1))


def test_a_night_past_midnight_is_not_the_evening():
    assert not EVENING.fits(hours(21, 25))


def test_the_period_that_uses_most_of_the_freed_time_is_first():
    freed = [hours(18, 20)]
    assert best_first([hours(17, 19), hours(19, 21), hours(18, 20)], freed)[0] == hours(18, 20)


@given(st.integers(1, 900), st.lists(st.sets(st.integers(1, 720)), max_size=3))
def test_what_fits_is_tried_longest_first_then_what_is_a_little_longer(room, of_days):
    lengths = worth_trying(of_days, room)
    fit, longer = [n for n in lengths if n <= room], [n for n in lengths if n > room]
    assert lengths == [*sorted(fit, reverse=True), *sorted(longer)]
    for given_then in filter(None, of_days):
        fits = [n for n in given_then if n <= room]
        assert not fits or {max(fits), min(fits)} <= set(fit)
        assert len(fits) == len(given_then) or min(given_then - set(fits)) in longer


def test_a_wish_for_hours_is_never_longer_than_they_are():
    assert EVENING.longest == 240
    assert [day.isoformat() for day in EVENING.days(WEEK)] == ["2026-12-03"]


HALF_DAYS = tuple(Preset(time(start), time(end)) for start, end in ((9, 13), (14, 18), (18, 23)))


@pytest.mark.parametrize(
    ("rules", "least", "most", "given_then"),
    [
        ({"step": 30, "least": 60, "most": 120}, 30, 600, [60, 90, 120]),
        ({"step": 45, "least": 45, "most": None}, 60, 200, [90, 135, 180]),
        ({"step": 60, "least": 90}, 60, 130, [120]),
        ({"step": 30, "most": 60}, 90, 600, []),
        ({"presets": HALF_DAYS}, 60, 600, [240, 300]),
        ({"presets": HALF_DAYS}, 60, 240, [240]),
    ],
)
def test_the_rules_of_a_day_give_these_lengths(rules, least, most, given_then):
    assert sorted(lengths(BookingPolicy(**rules), THURSDAY.date(), ROME, least, most)) == given_then


@given(st.integers(0, 60 * 24 * 60), st.none() | st.integers(1, 5000), st.integers(0, 3000))
def test_an_offer_never_stands_into_the_notice(minutes, policy, notice):
    at = datetime(2026, 12, 1, tzinfo=UTC)
    start, before = at + timedelta(minutes=minutes), timedelta(minutes=notice)
    until = answer_by(start, at, policy, before)
    if until is None:
        assert start - before <= at
    else:
        assert at < until <= start - before


def test_the_sooner_it_starts_the_shorter_it_stands():
    at = datetime(2026, 12, 1, tzinfo=UTC)
    zero = timedelta()
    assert answer_by(at + timedelta(hours=2), at, None, zero) == at + LEAST_TO_ANSWER
    assert answer_by(at + timedelta(hours=16), at, None, zero) == at + timedelta(hours=2)
    assert answer_by(at + timedelta(days=30), at, None, zero) == at + MOST_TO_ANSWER


DAYS = st.sets(st.integers(1, 7), max_size=3).map(frozenset)
WALL = st.integers(0, 23).map(time)
QUARTERS = st.integers(0, 7 * 96)


@given(DAYS, st.none() | WALL, st.none() | WALL, QUARTERS, st.integers(1, 200), QUARTERS, st.integers(1, 100))
def test_whoever_could_have_a_part_of_the_freed_time_is_never_passed_over(
    days, earliest, latest, begins, length, freed_from, freed_length
):
    def quarters(start, count):
        first = WEEK.start + start * timedelta(minutes=15)
        return Period(first, first + count * timedelta(minutes=15))

    freed, period = quarters(freed_from, freed_length), quarters(begins, length)
    want = Sought(WEEK, period.minutes, ROME, days, earliest, latest)
    if want.fits(period) and period.overlaps(freed):
        assert want.may_use(freed)
        room = want.around(freed)
        assert room is not None
        assert room.covers(period)


def test_who_waits_for_thursday_evening_is_not_asked_about_a_morning():
    assert EVENING.may_use(hours(17, 19))
    assert not EVENING.may_use(hours(9, 18))
    assert not EVENING.may_use(hours(18, 22, day=1))
