"""Periods follow one another without a gap, and a part of one costs and includes no more than the whole."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from billing.prices.periods import MONTHS, first_period, following, instalments
from core.money import Money, total

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


@given(EVERY, DAYS, st.booleans(), st.integers(0, 100_000), st.data())
def test_instalments_come_in_order_and_make_up_the_price(every, start, from_first, cents, data):
    so_many = data.draw(st.sampled_from([n for n in range(1, 13) if MONTHS[every] % n == 0]))
    span = first_period(every, start, from_first=from_first)
    parts = instalments(span, Money(cents), every, so_many)
    days, amounts = [day for day, _ in parts], [amount.cents for _, amount in parts]
    assert total(amount for _, amount in parts) == span.price(Money(cents))
    assert days == sorted(set(days))
    assert span.first == days[0] <= days[-1] < span.until
    assert max(amounts) - min(amounts) <= 1
    assert len(parts) == so_many if span.part == 1 else len(parts) <= so_many
