"""Ten thousand random carts through the pure engine: what the lines say is the total, what is charged and what a document
says, to the cent; whatever budgets pay, whoever shares the sale, and whatever comes back in which order."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from billing.papers.vat import RateKey, credited, spread, summaries
from billing.prices.drawing import Need, Source, cover
from billing.prices.pricing import Price, price
from billing.prices.rate_rules import RateRule
from billing.prices.steps import Step, recomputed
from core.money import ZERO, Money, total
from core.periods import Period

CARTS, SLICES = 10_000, 10
ROME = ZoneInfo("Europe/Rome")
PK = UUID(int=1)
START = datetime(2026, 12, 3, 8, tzinfo=UTC)
VATS = [RateKey(Decimal(22)), RateKey(Decimal(10)), RateKey(Decimal("25.5")), RateKey(Decimal(0), "N4")]


def tariff(chance: Random, vat: RateKey) -> list[RateRule]:
    """Some rates as an office might write them."""
    found: list[RateRule] = []

    def add(per: str, cents: int = 0, **more: Any) -> None:
        sold = per not in ("least", "reduction")
        found.append(RateRule(f"{per}{len(found)}", per, Money(cents), vat, PK if sold else None, **more))

    by = chance.choice(["reservation", "use", "greater"])
    add(chance.choice(["hour", "minute"]), chance.randint(0, 5_000), charge_by=by)
    if chance.random() < 0.4:
        add("stretch", chance.randint(0, 9_999), minutes=chance.choice([15, 90, 180]), charge_by=by)
    for per, likely in (("half_day", 0.2), ("day", 0.2), ("flat", 0.3), ("head", 0.3), ("least", 0.3)):
        if chance.random() < likely:
            add(per, chance.randint(0, 9_999), **({"charge_by": by} if per.endswith("day") else {}))
    if chance.random() < 0.3:
        add("reduction", percent=Decimal(chance.randint(1, 1000)) / 10)
    return found


def priced(chance: Random, minutes: int, quantity: int, vat: RateKey) -> Price:
    """A thing as it is asked, or, for one in three, as it was used."""
    reserved = Period(START, START + timedelta(minutes=minutes))
    used = Period(START, START + timedelta(minutes=chance.randint(1, 600))) if chance.random() < 0.3 else None
    rules = tariff(chance, vat)
    return price(reserved, rules, ROME, quantity=quantity, people=chance.randint(1, 9), used=used)


def cart(chance: Random) -> list[Price]:
    """Its lines: each thing's price, less what budgets pay, shared among partners, less a coupon."""
    things = [
        (chance.randint(1, 600), chance.choice([1, 1, 2, 5]), chance.choice(VATS))
        for _ in range(chance.randint(1, 4))
    ]
    prices = [priced(chance, minutes, quantity, vat) for minutes, quantity, vat in things]
    needs = [
        Need(UUID(int=n), PK, "", PK, START, {"minutes": minutes * quantity, "entries": quantity}, one.gross)
        for n, ((minutes, quantity, _), one) in enumerate(zip(things, prices, strict=True))
    ]
    sources = [
        Source(UUID(int=n), "pass", "x", chance.choice(["minutes", "entries", "cents"]), chance.randint(0, 400),
               lambda need: True, chance.choice([100, 100, 50, 33]))
        for n in range(chance.randint(0, 2))
    ]  # fmt: skip
    drawn = cover(needs, sources)
    percent = Decimal(chance.choice([0, 0, 10, 15, 100])) if chance.random() < 0.5 else Decimal(0)
    lines = []
    for need, one in zip(needs, prices, strict=True):
        parts = drawn.get(need.item, [])
        assert total(part.worth for part in parts) <= one.gross
        left = one.then(*(Step("draw", amount=-part.worth) for part in parts))
        lines += [_less(line, percent) for line in _shared(chance, left)]
    return lines


def _shared(chance: Random, one: Price) -> list[Price]:
    shares = [chance.randint(0, 60) for _ in range(chance.randint(1, 3))]
    if not one.gross or not sum(shares):
        return [one]
    weights = tuple(str(part.cents) for part in one.gross.split(shares))
    parts = [one.then(Step("share", weights=weights, index=n)) for n in range(len(weights))]
    assert total(part.gross for part in parts) == one.gross
    return parts


def _less(line: Price, percent: Decimal) -> Price:
    return line.then(Step("coupon", percent=percent)) if percent else line


@pytest.mark.parametrize("slice_", range(SLICES))
def test_the_lines_are_the_total_is_what_is_documented(slice_: int) -> None:
    chance = Random(20261126 + slice_)
    for _ in range(CARTS // SLICES):
        lines = cart(chance)
        charged = total(line.gross for line in lines)
        assert all(line.gross >= ZERO for line in lines)
        assert [recomputed([s.plain() for s in line.steps]) for line in lines] == [x.gross for x in lines]
        assert total(step.amount for line in lines for step in line.steps) == charged
        told = summaries((line.vat, line.gross) for line in lines)
        assert total(rate.gross for rate in told) == charged
        assert total(rate.net + rate.vat for rate in told) == charged
        for rate in told:
            grosses = [line.gross for line in lines if line.vat == rate.key]
            entered = spread(rate, grosses)
            assert total(net for net, _ in entered) == rate.net
            assert total(vat for _, vat in entered) == rate.vat


def test_refunds_in_any_order_undo_a_document_exactly() -> None:
    """However it is cut up: never more than there was, of base or of tax, and nothing is left at the end."""
    chance = Random(1126)
    for _ in range(CARTS):
        for rate in summaries((line.vat, line.gross) for line in cart(chance)):
            left: dict[str, Money] = defaultdict(lambda: ZERO)
            so_far = ZERO
            while so_far < rate.gross:
                part = min(Money(chance.randint(1, max(1, rate.gross.cents))), rate.gross - so_far)
                note = credited(rate.key, so_far, part)
                so_far += part
                left["net"], left["vat"] = left["net"] + note.net, left["vat"] + note.vat
                assert note.net >= ZERO
                assert note.vat >= ZERO
                assert left["net"] <= rate.net
                assert left["vat"] <= rate.vat
            assert (left["net"], left["vat"]) == (rate.net, rate.vat) or not rate.gross
