from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import Gap, Period, in_words, instant, local_day, merged, strict_instant, without

ROME = ZoneInfo("Europe/Rome")
ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 200).map(lambda n: ORIGIN + timedelta(minutes=n))
periods = st.tuples(moments, moments).filter(lambda p: p[0] != p[1]).map(lambda p: Period(min(p), max(p)))


def covered(spans, moment):
    return any(moment in span for span in spans)


@given(st.lists(periods), st.lists(periods))
def test_what_is_left_is_what_was_given_and_not_taken(given_, taken):
    left = without(given_, taken)
    for n in range(201):
        moment = ORIGIN + timedelta(minutes=n)
        assert covered(left, moment) == (covered(given_, moment) and not covered(taken, moment))
    assert left == sorted(left)


@given(st.lists(periods))
def test_merged_periods_never_touch(spans):
    found = merged(spans)
    assert all(a.end < b.start for a, b in pairwise(found))


@given(periods, periods)
def test_periods_overlap_when_they_have_a_minute_in_common(a, b):
    assert a.overlaps(b) == (a.clip(b) is not None)


def test_a_period_that_touches_the_next_does_not_overlap_it():
    at = [ORIGIN + timedelta(hours=n) for n in range(3)]
    assert not Period(at[0], at[1]).overlaps(Period(at[1], at[2]))


def test_an_empty_period_is_none():
    with pytest.raises(ValueError, match="ends after"):
        Period(ORIGIN, ORIGIN)


@pytest.mark.parametrize(("day", "hours"), [("2027-03-28", 23), ("2026-10-25", 25), ("2026-12-01", 24)])
def test_a_day_has_the_hours_its_clock_gives_it(day, hours):
    assert local_day(date.fromisoformat(day), ROME).minutes == hours * 60


def test_a_time_that_the_clock_skips_is_the_first_that_exists():
    assert instant(date(2027, 3, 28), time(2, 30), ROME) == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_a_time_shown_twice_is_the_first():
    assert instant(date(2026, 10, 25), time(2, 30), ROME) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_person_s_own_time_in_the_gap_is_answered_with_both_instants():
    with pytest.raises(Gap) as caught:
        strict_instant(datetime(2027, 3, 28, 2, 30), ROME)  # noqa: DTZ001
    assert (caught.value.second - caught.value.first) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-12-02T10:00", "2026-12-02T12:00", "02/12/2026 10:00–12:00"),
        ("2026-12-02T22:00", "2026-12-03T00:00", "02/12/2026 22:00–24:00"),
        ("2026-12-02T10:00", "2026-12-04T12:00", "02/12/2026 10:00 – 04/12/2026 12:00"),
        ("2026-12-02T22:00", "2026-12-03T00:30", "02/12/2026 22:00 – 03/12/2026 00:30"),
    ],
)
def test_a_period_names_its_last_day_where_that_is_another(start, end, said):
    period = Period(*(datetime.fromisoformat(wall).replace(tzinfo=ROME) for wall in (start, end)))
    assert in_words(period, ROME) == said
