"""How a price was reached, step by step: kept with every quote and order, and enough to work it out again.

The engine adds its steps up with `reckon`, and so does whoever reads them a year later: tariffs may have changed, the
price may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from core.money import ZERO, Money, half_up

BY_TIME = {"minute": 1, "hour": 60}  # minutes that the unit price is for
BY_COUNT = ("stretch", "half_day", "day", "flat", "head", "use", "extra")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a price; `rate`, `tariff` and `version` (the day it was published) say whose word it is.

    `minute` and `hour` charge minutes, the others in BY_COUNT a number. The rest act on what the steps before them
    come to: `least` lifts it to the unit price, `times` multiplies it, `reduction` takes a percentage off, `share` is
    one part of it by weights, `coupon` takes off a percentage or this line's part of an amount. The amount of any
    other code stands as it is.
    """

    code: str
    rate: str = ""
    minutes: int = 0
    unit_price: Money = ZERO
    amount: Money = ZERO
    count: int = 0
    percent: Decimal = Decimal(0)
    weights: tuple[str, ...] = ()
    index: int = 0
    tariff: str = ""
    version: str = ""
    name: str = ""

    def plain(self) -> dict[str, Any]:
        """The step as JSON."""
        return {
            "code": self.code,
            "rate": self.rate,
            "minutes": self.minutes,
            "unit_price": _plain(self.unit_price),
            "amount": _plain(self.amount),
            "count": self.count,
            "percent": str(self.percent),
            "weights": list(self.weights),
            "index": self.index,
            "tariff": self.tariff,
            "version": self.version,
            "name": self.name,
        }


def _plain(money: Money) -> dict[str, Any]:
    return {"cents": money.cents, "currency": money.currency}


def _money(said: Mapping[str, Any]) -> Money:
    return Money(said["cents"], said["currency"])


def step_of(plain: Mapping[str, Any]) -> Step:
    """The step that was kept as JSON."""
    return Step(
        plain["code"],
        plain["rate"],
        plain["minutes"],
        _money(plain["unit_price"]),
        _money(plain["amount"]),
        plain.get("count", 0),
        Decimal(plain.get("percent", "0")),
        tuple(plain.get("weights", ())),
        plain.get("index", 0),
        plain.get("tariff", ""),
        plain.get("version", ""),
        plain.get("name", ""),
    )


def reckon(steps: Iterable[Step]) -> tuple[tuple[Step, ...], Money]:
    """The steps with their amounts, whose sum is the price. Parts of a cent are carried on, so that none is lost."""
    done: list[Step] = []
    exact, so_far = Fraction(0), ZERO
    for step in steps:
        if step.code in BY_TIME:
            exact += Fraction(step.unit_price.cents * step.minutes, BY_TIME[step.code])
        elif step.code in BY_COUNT:
            exact += step.unit_price.cents * step.count
        else:
            exact = Fraction((so_far + _effect(step, so_far)).cents)
        came = Money(half_up(exact))
        done.append(replace(step, amount=came - so_far))
        so_far = came
    return tuple(done), so_far


def _effect(step: Step, so_far: Money) -> Money:
    """What a step that acts on the price so far adds to it."""
    if step.code == "least":
        return max(ZERO, step.unit_price - so_far)
    if step.code == "times":
        return so_far.times(step.count - 1)
    if step.code == "share":
        return so_far.split([Decimal(w) for w in step.weights])[step.index] - so_far
    if step.percent:  # what is left is what is rounded
        return so_far.times((100 - step.percent) / 100) - so_far
    if step.weights:
        return -step.unit_price.split([int(w) for w in step.weights])[step.index]
    return step.amount


def recomputed(kept: Sequence[Mapping[str, Any]]) -> Money:
    """The price that these kept steps come to, from nothing but themselves."""
    return reckon(step_of(step) for step in kept)[1]


def listed(steps: Iterable[Step]) -> Money:
    """What it would have cost without reductions and coupons, and whoever pays for it, of steps that were reckoned."""
    return reckon(step for step in steps if step.code not in ("reduction", "coupon", "draw"))[1]
