"""Which freed time suits whom, as pure rules."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from booking.matching import LEAST_TO_ANSWER, MOST_TO_ANSWER, Sought, answer_by, best_first
from core.periods import Period

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


@given(st.integers(1, 600), st.integers(5, 60), st.none() | st.integers(120, 600))
def test_no_length_is_under_what_is_needed(room, step, most):
    lengths = EVENING.lengths(room, step, most)
    assert lengths[-1] == min(lengths) == 120
    assert lengths == sorted(lengths, reverse=True)


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
