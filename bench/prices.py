"""How many prices a second the engine gives on one core, by how much the tariff says. Pure: no database.

No quote is worked out twice here; a search gives the same hours of another week for nothing (`tariffs.PriceList`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.papers.vat import RateKey
from billing.prices.pricing import price
from billing.prices.rate_rules import RateRule, Season
from core.money import Money
from core.periods import Period

ROME, VAT, PK = ZoneInfo("Europe/Rome"), RateKey(Decimal(22)), UUID(int=1)
FOR = 0.5  # seconds


def _rule(per: str, cents: int = 0, **data: Any) -> RateRule:
    return RateRule(f"{per}{cents}", per, Money(cents), VAT, None if per == "reduction" else PK, **data)


PLAIN = [_rule("hour", 1830)]
FULL = [
    *PLAIN,
    _rule("hour", 2400, rank=1, from_time=time(18)),
    _rule("hour", 2800, rank=2, season=Season(date(2026, 12, 8), date(2027, 1, 7), yearly=True)),
    _rule("stretch", 5000, minutes=180),
    _rule("day", 11000),
    _rule("reduction", percent=Decimal(20)),
]
ASKED = [
    ("an hour at one rate", PLAIN, 60),
    ("an hour, full tariff", FULL, 60),
    ("three days, full tariff", FULL, 4320),
]


def a_second(rules: list[RateRule], minutes: int) -> float:
    """Prices a second of a period of this length, each from another quarter of an hour."""
    first, n, began = datetime(2026, 12, 1, 8, tzinfo=UTC), 0, perf_counter()
    while perf_counter() - began < FOR:
        start = first + timedelta(minutes=15 * (n % 3000))
        price(Period(start, start + timedelta(minutes=minutes)), rules, ROME)
        n += 1
    return n / (perf_counter() - began)


def told() -> str:
    """The figures, a line each."""
    lines = [f"{name:<44}{a_second(rules, minutes):>14,.0f}" for name, rules, minutes in ASKED]
    return "\n".join(["\nprices a second, on one core", *lines])


if __name__ == "__main__":
    print(told())
