"""Periods follow one another without a gap, and a part of one costs and includes no more than the whole."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from billing.periods import first_period, following
from core.money import Money

DAYS = st.dates(date(2026, 1, 1), date(2032, 12, 31))
EVERY = st.sampled_from(["month", "quarter", "year"])


@given(EVERY, DAYS, st.booleans(), st.integers(0, 100_000))
def test_the_first_period_is_a_part_of_a_whole(every, start, from_first, cents):
    span = first_period(every, start, from_first=from_first)
    assert span.first == start < span.until
    assert 0 < span.part <= 1
    assert Money(0) <= span.price(Money(cents)) <= Money(cents)
    assert 0 <= span.amount(cents) <= cents
    if from_first:
        assert span.until.day == 1


@given(EVERY, DAYS, st.integers(2, 40))
def test_renewals_keep_to_the_day_on_which_it_began(every, start, count):
    span = following(every, start)
    for _ in range(count):
        after = following(every, span.until, start.day)
        assert after.first == span.until < after.until
        span = after
    assert span.until.day <= start.day
    assert abs(span.until.day - start.day) <= 3


def test_half_a_month_is_half_the_price():
    span = first_period("month", date(2026, 11, 16), from_first=True)
    assert (span.price(Money(10000)), span.amount(5)) == (Money(5000), 2)
