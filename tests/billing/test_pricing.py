"""Prices, pure: what each word of a tariff comes to, and what holds of all of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.changes.by_use import counted
from billing.papers.vat import RateKey
from billing.prices.pricing import price
from billing.prices.rate_rules import RateRule, Season
from billing.prices.steps import Step, reckon, recomputed
from core.money import Money, half_up, total
from core.periods import Period

ROME = ZoneInfo("Europe/Rome")
VAT = RateKey(Decimal(22))
PK = UUID(int=1)
EVENING, NIGHT = time(17), time(0)


def rule(per: str, cents: int = 0, **data: Any) -> RateRule:
    name = "-".join([per, str(cents), *(f"{v}" for v in data.values())])
    sold = None if per in ("least", "reduction") else PK
    return RateRule(name, per, Money(cents), VAT, sold, **data)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME)


def cost(start: str, minutes: int, *rules: RateRule, **how: Any) -> int:
    period = Period(at(start), at(start).astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes))
    return price(period, rules, ROME, **how).gross.cents


def week(cents: int) -> list[RateRule]:
    """NUcore's: a tenth less in weekday evenings, a quarter less at weekends."""
    evening = rule("hour", cents * 9 // 10, rank=1, weekdays=frozenset(range(1, 6)), from_time=EVENING)
    return [rule("hour", cents), evening, rule("hour", cents * 3 // 4, rank=1, weekdays=frozenset({6, 7}))]


@pytest.mark.parametrize(
    ("start", "minutes", "cents"),
    [
        pytest.param("2026-12-03 12:00", 60, 6000, id="U1"),
        pytest.param("2026-12-05 12:00", 60, 4500, id="U2"),
        pytest.param("2026-12-03 16:00", 120, 11400, id="U3"),
        pytest.param("2026-12-04 16:00", 600, 52800, id="U4"),
    ],
)
def test_each_piece_of_time_costs_what_its_hour_costs(start, minutes, cents):
    assert cost(start, minutes, *week(6000)) == cents


def test_parts_of_a_cent_are_rounded_once():
    assert cost("2026-12-03 12:00", 13, rule("hour", 3100)) == 672  # U5: 6.7167
    assert cost("2026-12-03 12:00", 90, rule("hour", 1281)) == 1922  # PRI-11: 19.215
    for hourly, minutes, cents in ((700, 60, 700), (1100, 60, 1100), (730, 60, 730), (2500, 120, 5000)):
        assert cost("2026-12-03 12:00", minutes, rule("hour", hourly)) == cents  # 5.4 no. 3


def test_the_price_is_at_least_its_minimum():
    free = [rule("hour", 0), rule("least", 3000)]
    assert cost("2026-12-03 12:00", 60, *free) == cost("2026-12-03 12:00", 1440, *free) == 3000  # U7


def test_begun_units_are_a_tier_without_an_hourly_rate():
    assert cost("2026-12-03 12:00", 60, rule("stretch", 2000, minutes=15)) == 8000  # PRI-02
    assert cost("2026-12-03 12:00", 61, rule("stretch", 1000, minutes=15)) == 5000  # PRI-04
    assert cost("2026-12-03 12:00", 75, rule("hour", 4000)) == 5000  # PRI-03


def test_tiers_are_a_cap_and_not_a_trap():
    fab = [rule("stretch", 2000, minutes=60), rule("stretch", 4500, minutes=180)]
    longest = rule("stretch", 9000, minutes=420)
    assert cost("2026-12-03 09:00", 150, *fab) == 4500  # 5.4 no. 4: never more than three hours
    assert cost("2026-12-03 09:00", 420, *fab, longest) == 9000  # no. 2
    assert cost("2026-12-03 09:00", 720, *fab, longest) == 17500  # no. 1: 420 + 180 + 60 + 60
    six = [rule("hour", 1000), rule("stretch", 6000, minutes=1440)]
    assert cost("2026-12-03 09:00", 540, *six) == 6000  # K18: at most six hours


def test_a_day_lasts_until_the_same_hour_of_the_next():
    daily = rule("day", 19900)
    assert cost("2026-12-03 15:00", 3 * 1440, daily) == 59700  # U15
    assert cost("2026-12-03 00:00", 3 * 1440, daily) == 59700
    assert cost("2026-10-24 10:00", 25 * 60, daily) == 19900  # the day with 25 hours is one
    assert cost("2026-03-28 10:00", 23 * 60 + 1, daily) == 2 * 19900  # and that of 23 is over earlier


def test_a_season_has_its_own_prices_once_or_every_year():
    winter = Season(date(2025, 12, 20), date(2026, 1, 7), yearly=True)
    assert [d in winter for d in (date(2031, 12, 20), date(2030, 1, 6), date(2030, 1, 7))] == [
        True,
        True,
        False,
    ]
    rates = [rule("hour", 1000), rule("hour", 2000, rank=2, season=winter)]
    assert cost("2027-01-06 23:00", 120, *rates) == 3000
    once = [rule("hour", 1000), rule("hour", 2000, rank=2, season=Season(date(2026, 1, 1), date(2026, 2, 1)))]
    assert cost("2027-01-06 23:00", 120, *once) == 2000


def test_heads_bookings_and_units_of_a_meter_are_counted():
    rates = [rule("head", 500), rule("flat", 300), rule("use", 4, meter="grams"), rule("minute", 35)]
    assert cost("2026-12-03 12:00", 10, *rates, people=3, units={"grams": 120}) == 1500 + 300 + 480 + 350


def test_of_several_reductions_the_highest_counts_and_the_list_price_is_kept():
    rates = [
        rule("hour", 1235),
        rule("reduction", percent=Decimal(10)),
        rule("reduction", percent=Decimal(30)),
    ]
    found = price(Period(at("2026-12-03 12:00"), at("2026-12-03 13:00")), rates, ROME, quantity=2)
    assert (found.gross, found.listed) == (Money(1729), Money(2470))
    assert [(s.code, s.amount.cents) for s in found.steps] == [
        ("hour", 1235),
        ("times", 1235),
        ("reduction", -741),
    ]


def test_what_is_charged_is_the_time_reserved_or_used_or_the_longer():
    reserved, used = (
        Period(at("2026-12-03 12:00"), at("2026-12-03 13:00")),
        Period(at("2026-12-03 12:00"), at("2026-12-03 12:20")),
    )
    by = {word: rule("hour", 1200, charge_by=word) for word in ("reservation", "use", "greater")}
    assert cost("2026-12-03 12:00", 60, by["use"], used=used) == 400
    assert cost("2026-12-03 12:00", 60, by["reservation"], used=used) == 1200
    assert cost("2026-12-03 12:00", 60, by["greater"], used=used) == 1200
    assert cost("2026-12-03 12:00", 20, by["greater"], used=reserved) == 1200
    assert cost("2026-12-03 12:00", 60, by["use"]) == 1200  # nobody knows yet
    assert price(reserved, [by["use"]], ROME, used=used).charged == used
    assert price(reserved, [by["greater"]], ROME, used=used).charged is None


def test_nothing_is_sold_without_a_rate():
    assert price(Period(at("2026-12-03 12:00"), at("2026-12-03 13:00")), [], ROME).vat_rate_id is None


# -- what holds of every tariff --------------------------------------------------------------------------

CENTS = st.integers(0, 20_000)
HOURS = st.sampled_from([time(h) for h in (7, 9, 13, 17, 20)])


@st.composite
def tariffs(draw: st.DrawFn) -> list[RateRule]:
    found = []
    if draw(st.booleans()):
        found.append(rule("hour", draw(CENTS)))
        if draw(st.booleans()):
            days = frozenset(draw(st.sets(st.integers(1, 7), max_size=5)))
            found.append(rule("hour", draw(CENTS), rank=1, from_time=draw(HOURS), weekdays=days))
        if draw(st.booleans()):
            found.append(rule("minute", draw(st.integers(0, 300)), rank=2, season=SEASON))
    for minutes in draw(st.sets(st.sampled_from([15, 30, 45, 60, 90, 180, 420]), max_size=3)):
        found.append(rule("stretch", draw(CENTS), minutes=minutes))
    for per in draw(st.sets(st.sampled_from(["half_day", "day"]))):
        found.append(rule(per, draw(CENTS)))
    if not found:
        found.append(rule("hour", draw(CENTS)))
    if draw(st.booleans()):
        found.append(rule("least", draw(CENTS)))
    if draw(st.booleans()):
        found.append(rule("reduction", percent=Decimal(draw(st.integers(1, 100)))))
    return found


SEASON = Season(date(2026, 10, 24), date(2026, 10, 26))
STARTS = st.integers(0, 96 * 5).map(lambda n: at("2026-10-22 00:00") + timedelta(minutes=15 * n))
LENGTHS = st.integers(1, 4 * 1440)


@given(tariffs(), STARTS, LENGTHS, LENGTHS)
def test_the_price_never_falls_with_length(rates, start, one, other):
    shorter, longer = sorted((one, other))
    prices = [
        price(Period(start, start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=n)), rates, ROME).gross
        for n in (shorter, longer)
    ]
    assert prices[0] <= prices[1]


@given(tariffs(), STARTS, LENGTHS, st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_the_price_is_never_above_any_cover_by_tiers(rates, start, minutes, counts):
    """As many of each tier as it takes, and the rest by the hour where there is one."""
    plain = [r for r in rates if r.per not in ("least", "reduction")]
    by_time = [r for r in plain if r.per in ("hour", "minute")]
    utc = start.astimezone(ZoneInfo("UTC"))
    tiers = [r for r in plain if r not in by_time]
    covered, cents = 0, 0
    for tier, count in zip(tiers, counts, strict=False):
        length = tier.minutes or {"half_day": 240, "day": 23 * 60}[tier.per]  # the shortest day there is
        covered, cents = covered + length * count, cents + tier.price.cents * count
    found = price(Period(utc, utc + timedelta(minutes=minutes)), plain, ROME).gross
    if covered < minutes:
        if not by_time:
            return
        rest = Period(utc + timedelta(minutes=covered), utc + timedelta(minutes=minutes))
        cents += price(rest, by_time, ROME).gross.cents
    assert found.cents <= cents + 1  # two parts rounded, against one


@given(tariffs(), STARTS, LENGTHS, st.integers(1, 4), st.integers(0, 9))
def test_the_steps_add_up_to_the_price_and_give_it_again_by_themselves(
    rates, start, minutes, quantity, people
):
    period = Period(start, start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes))
    found = price(period, rates, ROME, quantity=quantity, people=people)
    assert total(step.amount for step in found.steps) == found.gross
    kept = json.loads(json.dumps([step.plain() for step in found.steps]))
    for step in kept:
        step["amount"]["cents"] = 0  # not from the answers: from the words
    assert recomputed(kept) == found.gross
    assert found.listed >= found.gross


@given(tariffs(), STARTS, LENGTHS, st.integers(0, 600), LENGTHS, st.integers(1, 3))
def test_by_the_use_nobody_is_paid_and_the_greater_is_the_dearer_of_the_two(
    rates, start, minutes, later, used_minutes, quantity
):
    begin = start.astimezone(ZoneInfo("UTC"))
    reserved = Period(begin, begin + timedelta(minutes=minutes))
    arrived = begin + timedelta(minutes=later)
    used = Period(arrived, arrived + timedelta(minutes=used_minutes))
    found = {
        by: price(reserved, [replace(r, charge_by=by) for r in rates], ROME, quantity=quantity, used=used)
        for by in ("reservation", "use", "greater")
    }
    assert found["use"].gross >= Money(0)
    assert found["greater"].gross == max(found["reservation"].gross, found["use"].gross)
    assert found["reservation"].gross == price(reserved, rates, ROME, quantity=quantity).gross
    for one in found.values():
        assert recomputed([step.plain() for step in one.steps]) == one.gross


@given(
    st.integers(-90, 180), st.integers(0, 600), st.sampled_from([1, 5, 15, 30, 60]), st.integers(1, 8),
    st.one_of(st.none(), st.integers(0, 240)),
)  # fmt: skip
def test_a_use_is_counted_in_whole_steps_from_the_start_on_and_not_into_the_next_one_s_time(
    early, stay, step, steps, free
):
    start = at("2026-12-03 12:00").astimezone(ZoneInfo("UTC"))
    reserved = Period(start, start + timedelta(minutes=step * steps))
    arrived = start + timedelta(minutes=early, seconds=20)
    latest = reserved.end + timedelta(minutes=reserved.minutes if free is None else free)
    found = counted(reserved, arrived, arrived + timedelta(minutes=stay), step, latest)
    assert start <= found.start
    assert found.minutes >= 1
    assert found.end <= max(latest, reserved.end, found.start + timedelta(minutes=step))
    assert found.minutes % step == 0 or found.end in (latest, reserved.end)
    if early <= 0 and early + stay >= 0:
        assert found.minutes <= max(step, -(-(early + stay + 1) // step) * step)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=6), st.integers(0, 100_000))
def test_the_parts_of_a_price_add_up_to_it(weights, cents):
    whole = reckon([Step("flat", unit_price=Money(cents), count=1)])[1]
    if not sum(weights):
        return
    parts = [
        reckon(
            [
                Step("flat", unit_price=Money(cents), count=1),
                Step("share", weights=tuple(map(str, weights)), index=n),
            ]
        )[1]
        for n in range(len(weights))
    ]
    assert total(parts) == whole


def test_ten_thousand_random_carts_add_up():
    """Each line by its own steps, whatever their order, and no cent lost between the lines and the total."""
    chance = Random(20261125)
    for _ in range(10_000):
        lines, exact = [], Fraction(0)
        for _ in range(chance.randint(1, 5)):
            cents, minutes = chance.randint(0, 9_999), chance.randint(1, 600)
            least, percent = chance.choice([0, 500]), chance.choice([0, 10, 15, 33])
            rates = [rule("hour", cents)]
            rates += [rule("least", least)] if least else []
            rates += [rule("reduction", percent=Decimal(percent))] if percent else []
            start = at("2026-12-03 09:00")
            found = price(Period(start, start + timedelta(minutes=minutes)), rates, ROME)
            by_hand = max(half_up(Fraction(cents * minutes, 60)), least)
            by_hand = half_up(Fraction(by_hand * (100 - percent), 100))
            assert found.gross.cents == by_hand
            lines.append(found)
            exact += by_hand
        assert total(line.gross for line in lines).cents == exact
        assert total(step.amount for line in lines for step in line.steps).cents == exact
