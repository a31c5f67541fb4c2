"""Changing plan in the middle of a period: what stays, what is credited and what is charged add up to the cent."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from billing.prices.periods import first_period
from billing.prices.proration import exchange, whole_days
from core.money import ZERO, Money

DAYS = st.dates(date(2026, 1, 1), date(2032, 12, 31))
EVERY = st.sampled_from(["month", "quarter", "year"])
CENTS = st.integers(0, 1_000_000)


@st.composite
def changes(draw):
    """A first period, its price, a day inside it, and how many days a whole one has."""
    every, from_first = draw(EVERY), draw(st.booleans())
    span = first_period(every, draw(DAYS), from_first=from_first)
    price = Money(draw(CENTS))
    days = (span.until - span.first).days
    on = span.first + timedelta(days=draw(st.integers(0, max(0, days - 1))))
    return span, price, on, whole_days(every, span.first, span.until, from_first=from_first)


@given(changes())
def test_the_same_plan_again_costs_nothing(made):
    span, price, on, whole = made
    found = exchange(span.price(price), price, span.first, span.until, on, whole)
    assert abs((found.charge - found.credit).cents) <= 1
    if on == span.first:
        assert found.charge == found.credit == span.price(price)


@given(changes(), CENTS)
def test_credit_and_what_was_used_are_what_was_paid_and_one_side_moves(made, other):
    span, price, on, whole = made
    paid = span.price(price)
    found = exchange(paid, Money(other), span.first, span.until, on, whole)
    assert ZERO <= found.credit <= paid
    assert ZERO <= found.charge <= Money(other)
    assert found.due - found.back == found.charge - found.credit
    assert ZERO in (found.due, found.back)
    used = Fraction((on - span.first).days, (span.until - span.first).days)
    assert abs((paid - found.credit).cents - paid.cents * used) <= Fraction(1, 2)


@given(changes(), st.lists(CENTS, min_size=1, max_size=6), st.data())
def test_however_often_one_changes_never_more_comes_back_than_was_paid(made, prices, data):
    span, price, on, whole = made
    worth = kept = span.price(price)
    first = span.first
    for other in prices:
        on = first + timedelta(days=data.draw(st.integers(0, max(0, (span.until - first).days - 1))))
        found = exchange(worth, Money(other), first, span.until, on, whole)
        kept = kept + found.due - found.back
        worth, first = found.charge, on
        assert kept >= worth >= ZERO  # what is left to credit has been paid


@given(changes(), st.fractions(0, 1))
def test_who_has_used_what_it_includes_gets_less(made, unused):
    span, price, on, whole = made
    paid = span.price(price)
    whole_credit = exchange(paid, price, span.first, span.until, on, whole).credit
    credit = exchange(paid, price, span.first, span.until, on, whole, unused).credit
    assert credit <= whole_credit
    assert credit <= paid.times(unused)
