"""Whatever budgets there are: what they pay and what is left to pay is the price, and none gives more than it has."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from billing.prices.drawing import Bound, Need, Source, cover, cover_anew
from core.money import Money, total

UNITS = ("minutes", "days", "entries", "cents")
AT = datetime(2026, 12, 1, tzinfo=UTC)


@st.composite
def needs(draw):
    return [
        Need(
            UUID(int=n),
            UUID(int=100),
            draw(st.sampled_from(["laser", "desk"])),
            UUID(int=200),
            AT,
            {
                "minutes": draw(st.integers(1, 3000)),
                "days": draw(st.integers(1, 4)),
                "entries": draw(st.integers(1, 5)),
            },
            Money(draw(st.integers(0, 100_000))),
        )
        for n in range(draw(st.integers(1, 4)))
    ]


def fits(only, need):
    return only in (None, need.kind)


@st.composite
def sources(draw):
    return [
        Source(
            UUID(int=1000 + n),
            "pass",
            "",
            draw(st.sampled_from(UNITS)),
            draw(st.integers(0, 5000)),
            partial(fits, draw(st.sampled_from(["laser", "desk", None]))),
            draw(st.sampled_from([100, 100, 80, 50, 1])),
        )
        for n in range(draw(st.integers(0, 4)))
    ]


@given(needs(), sources())
def test_draws_and_what_is_left_to_pay_are_the_price(booked, budgets):
    found = cover(booked, budgets)
    spent: dict[UUID, int] = defaultdict(int)
    for need in booked:
        parts = found[need.item]
        paid = total(part.worth for part in parts)
        assert Money(0) <= paid <= need.gross
        assert all(part.units > 0 and part.worth >= Money(0) for part in parts)
        for part in parts:
            spent[part.budget] += part.units
            assert part.worth <= part.listed
        # What they cover is never more than the thing, nor longer than it lasts.
        assert total(part.listed for part in parts) <= need.gross
        assert sum(part.minutes for part in parts) <= need.units["minutes"]
        for unit in ("minutes", "days", "entries"):
            # A part of a unit is drawn whole: one more for each budget at most.
            drawn = [part.units for part in parts if part.unit == unit]
            assert sum(drawn) <= need.units[unit] + max(0, len(parts) - 1)
    for budget in budgets:
        assert spent[budget.budget] <= budget.left


@given(needs(), st.sampled_from(UNITS), st.integers(0, 5000))
def test_enough_of_one_budget_pays_all_and_the_hours_are_those_booked(booked, unit, more):
    plenty = sum(n.gross.cents if unit == "cents" else n.units[unit] for n in booked) + more
    found = cover(booked, [Source(UUID(int=1), "pass", "", unit, plenty, lambda need: True)])
    for need in booked:
        assert total(part.worth for part in found[need.item]) == need.gross
        wanted = need.gross.cents if unit == "cents" else need.units[unit] if need.gross else 0
        assert sum(part.units for part in found[need.item]) == wanted


@given(needs(), sources(), st.data())
def test_no_budget_pays_more_of_a_thing_than_it_may(booked, budgets, data):
    places = [(budget.budget, need.item) for budget in budgets for need in booked]
    named = st.dictionaries(st.sampled_from(places), st.integers(0, 300)) if places else st.just({})
    at_most = data.draw(named)
    found = cover(booked, budgets, {place: Bound(units) for place, units in at_most.items()})
    for item, parts in found.items():
        assert total(part.worth for part in parts) <= next(n.gross for n in booked if n.item == item)
        assert all(part.units <= at_most.get((part.budget, item), 0) for part in parts)


@given(needs(), sources(), st.data())
def test_what_things_give_up_and_take_of_a_budget_is_there(booked, budgets, data):
    has = {
        (budget.budget, need.item): data.draw(st.integers(1, 2000))
        for budget in budgets
        for need in booked
        if data.draw(st.booleans())
    }
    back = {need.item: data.draw(st.sampled_from([0, 33, 50, 100])) for need in booked}
    free = {b.budget: b.left for b in budgets}
    held = {b: sum(units for (budget, _), units in has.items() if budget == b) for b in free}
    there = [replace(b, left=b.left + held[b.budget]) for b in budgets]
    found = cover_anew(booked, there, has, back)
    then = {(part.budget, item): part.units for item, parts in found.items() for part in parts}
    for key in {*has, *then}:
        more = then.get(key, 0) - has.get(key, 0)
        free[key[0]] -= more if more > 0 else -(-more * back[key[1]] // 100)
    assert all(left >= 0 for left in free.values())
    # Where one budget pays all of a price, each thing keeps what it has and still needs of it.
    if len(budgets) == 1 and budgets[0].percent == 100 and budgets[0].unit != "cents":
        for need in booked:
            if need.gross and budgets[0].fits(need):
                key = (budgets[0].budget, need.item)
                assert then.get(key, 0) >= min(has.get(key, 0), need.units[budgets[0].unit])


@given(st.integers(1, 100_000), st.integers(1, 600), st.integers(1, 600), st.integers(0, 100))
def test_the_sponsor_pays_its_percent_of_what_it_covers(cents, minutes, left, percent):
    need = Need(UUID(int=1), UUID(int=2), "desk", UUID(int=3), AT, {"minutes": minutes}, Money(cents))
    found = cover([need], [Source(UUID(int=1), "programme", "", "minutes", left, lambda n: True, percent)])
    (part,) = found[need.item]
    assert part.units == min(left, minutes)
    covered = Money(cents).times(part.units).cents / minutes
    assert abs(part.worth.cents - covered * percent / 100) <= 1


def test_half_a_cent_is_not_paid_by_two():
    """Of three cents, one of two minutes is two: what euro pay of the rest is one."""
    need = Need(UUID(int=1), UUID(int=2), "desk", UUID(int=3), AT, {"minutes": 2}, Money(3))
    hours = Source(UUID(int=1), "pass", "", "minutes", 1, lambda n: True)
    euro = Source(UUID(int=2), "programme", "", "cents", 100, lambda n: True)
    parts = cover([need], [hours, euro])[need.item]
    assert [(part.worth.cents, part.listed.cents, part.minutes) for part in parts] == [(2, 2, 1), (1, 1, 1)]
