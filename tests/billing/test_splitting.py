"""Every rule divides to the cent, whatever it is given."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.consortium.splitting import (
    NothingToWeigh,
    by_weight,
    cost_first,
    fixed,
    guaranteed,
    of_days,
    to_owner,
)
from core.money import Money, total

P = [UUID(int=n) for n in range(1, 7)]
SIX = dict(zip(P, map(Decimal, ("41.37", "22.50", "15.00", "10.13", "7.00", "4.00")), strict=True))
amounts = st.integers(-10_000_000, 10_000_000).map(Money)
costs = st.integers(0, 1_000_000).map(Money)
weights = st.dictionaries(st.sampled_from(P), st.integers(0, 10_000), min_size=1).filter(
    lambda w: any(w.values())
)
some = st.dictionaries(st.sampled_from(P), costs)


def cents(parts):
    return [parts[p].cents for p in sorted(parts)]


def test_p01_a_hundred_in_six():
    assert cents(by_weight(Money(10_000), dict.fromkeys(P, 1))) == [1667] * 4 + [1666] * 2


def test_p02_by_the_shares():
    assert cents(by_weight(Money(123_456), SIX)) == [51074, 27778, 18518, 12506, 8642, 4938]


def test_p04_what_is_given_back():
    assert cents(by_weight(Money(-5), dict.fromkeys(P[:3], 1))) == [-2, -2, -1]


def test_all_to_its_owner():
    assert cents(to_owner(Money(77), P[1], P[:3])) == [0, 77, 0]


def test_a_fixed_amount_comes_first_and_the_rest_is_shared_by_the_others():
    assert cents(fixed(Money(10_000), {P[0]: Money(4_000)}, SIX)) == [4000, 2303, 1535, 1037, 716, 409]


def test_a_fixed_amount_is_paid_even_out_of_nothing():
    assert cents(fixed(Money(0), {P[0]: Money(100)}, {P[0]: 1, P[1]: 1})) == [100, -100]


def test_costs_first_then_profit():
    halves = {P[0]: 1, P[1]: 1}
    assert cents(cost_first(Money(1_000), {P[1]: Money(400)}, halves)) == [300, 700]
    assert cents(cost_first(Money(300), {P[0]: Money(300), P[1]: Money(300)}, halves)) == [150, 150]
    assert cents(cost_first(Money(-10), {P[1]: Money(400)}, halves)) == [-5, -5]


def test_a_guaranteed_minimum_is_taken_from_who_has_more():
    shares = {P[0]: 80, P[1]: 15, P[2]: 5}
    assert cents(guaranteed(Money(1_000), {P[2]: Money(100)}, shares)) == [758, 142, 100]
    assert cents(guaranteed(Money(1_000), {P[2]: Money(50)}, shares)) == [800, 150, 50]


def test_minimums_beyond_what_there_is_are_met_in_proportion():
    least = {P[0]: Money(300), P[1]: Money(100)}
    assert cents(guaranteed(Money(200), least, {P[0]: 1, P[1]: 1, P[2]: 1})) == [150, 50, 0]


def test_without_a_weight_nothing_is_divided():
    with pytest.raises(NothingToWeigh):
        by_weight(Money(1), {P[0]: 0})


@given(amounts, weights, some)
def test_every_rule_divides_the_whole(amount, by, others):
    for parts in (by_weight(amount, by), fixed(amount, others, by), cost_first(amount, others, by)):
        assert total(parts.values()) == amount
        assert list(parts) == sorted(parts)
    assert total(guaranteed(amount, others, by).values()) == amount


@given(st.integers(0, 10_000_000).map(Money), weights, some)
def test_a_minimum_is_kept_wherever_there_is_enough(amount, by, least):
    parts = guaranteed(amount, least, by)
    if amount.cents >= sum(m.cents for m in least.values()):
        assert all(parts[p].cents >= m.cents for p, m in least.items())
    assert all(part.cents >= 0 for part in parts.values())


@given(costs, st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_the_stretches_of_a_month_have_the_month_s_amount(amount, stretches):
    before, found = 0, Money(0)
    for days in stretches:
        found += of_days(amount, before, days, sum(stretches))
        before += days
    assert found == amount
