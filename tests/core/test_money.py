from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money, half_up

cents = st.integers(-(10**9), 10**9)
weights = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any)


def test_a_hundred_in_three_gives_the_odd_cent_to_the_first():
    assert [part.cents for part in Money(10_000).split([1, 1, 1])] == [3334, 3333, 3333]


@given(cents, weights)
def test_a_split_adds_up_and_no_part_is_a_cent_off(amount, parts):
    split = Money(amount).split(parts)
    assert sum(part.cents for part in split) == amount
    for part, weight in zip(split, parts, strict=True):
        assert abs(part.cents - Fraction(amount * weight, sum(parts))) < 1


def test_a_part_without_weight_gets_nothing():
    assert Money(100).split([0, 1, 0])[0] == Money(0)


def test_a_split_needs_a_weight():
    with pytest.raises(ValueError, match="weights"):
        Money(100).split([0, 0])


@pytest.mark.parametrize(
    ("amount", "cents"), [("1.5", 2), ("2.5", 3), ("-2.5", -3), ("2.4999", 2), ("0.5", 1)]
)
def test_halves_go_up(amount, cents):
    assert half_up(Decimal(amount)) == cents
    assert half_up(Fraction(amount)) == cents


def test_money_of_two_currencies_does_not_add_up():
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "EUR") + Money(1, "CHF")


def test_money_is_never_made_of_floats():
    with pytest.raises(TypeError):
        Money(1.5)  # type: ignore[arg-type]
