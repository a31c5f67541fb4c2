"""VAT once per rate over the document, taken from gross prices by difference, then spread over the lines.

18 % of prices that include 22 % have no base whose rounded tax gives the price back; by difference the total is
always the advertised price, and stays within the SdI's tolerance (control 00421).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import NamedTuple

from core.money import Money, half_up, total


class RateKey(NamedTuple):
    """What a document keeps apart: percentage, natura and legal text."""

    rate: Decimal
    natura: str = ""
    legal_text: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A document's total for one rate; `net + vat == gross`, to the cent."""

    key: RateKey
    net: Money
    vat: Money
    gross: Money


def order(key: RateKey) -> tuple[Decimal, str, str]:
    """The order in which a document tells its rates: the highest first."""
    return -key.rate, key.natura, key.legal_text


def net_of(gross: Money, rate: Decimal) -> Money:
    """The base of a price that includes VAT at `rate` percent, rounded half up."""
    return Money(half_up(Fraction(gross.cents * 100) / (100 + Fraction(rate))), gross.currency)


def summaries(lines: Iterable[tuple[RateKey, Money]]) -> list[Summary]:
    """One summary per rate of these (rate, gross) lines, in a fixed order."""
    by_rate: dict[RateKey, list[Money]] = {}
    for key, gross in lines:
        by_rate.setdefault(key, []).append(gross)
    found = []
    for key in sorted(by_rate, key=order):
        gross = total(by_rate[key])
        net = net_of(gross, key.rate)
        found.append(Summary(key, net, gross - net, gross))
    return found


def credited(key: RateKey, before: Money, gross: Money) -> Summary:
    """The summary of a credit of `gross` at one rate, when `before` was credited already.

    It is the difference of what is credited in all, so credits never take more than the document had, in base or
    in tax, and once all is given back nothing is left of either (acceptance cases F02-F04).
    """
    net = net_of(before + gross, key.rate) - net_of(before, key.rate)
    return Summary(key, net, gross - net, gross)


def spread(summary: Summary, grosses: list[Money]) -> list[tuple[Money, Money]]:
    """(net, VAT) of each line of one rate: their sums are the summary's; odd cents by largest remainder.

    A line may be negative (a discount): its net is then too.
    """
    if not summary.gross:
        return [(gross, gross - gross) for gross in grosses]
    ideal = [Fraction(gross.cents * summary.net.cents, summary.gross.cents) for gross in grosses]
    nets = [floor(net) for net in ideal]
    by_remainder = sorted(range(len(nets)), key=lambda i: (nets[i] - ideal[i], i))
    for i in by_remainder[: summary.net.cents - sum(nets)]:
        nets[i] += 1
    return [
        (Money(net, gross.currency), gross - Money(net, gross.currency))
        for net, gross in zip(nets, grosses, strict=True)
    ]
