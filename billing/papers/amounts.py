"""What a document's lines come to: line totals, one summary a rate, stamp duty, fund, withholding, what is due.

Pure. Rules: DPR 633/72 art. 13 and 21; FatturaPA specifications 1.9.1 (2.2.1.11 line total, 2.2.2 summaries).
Net prices: the tax of a rate is half up of rate × base. Gross prices: the base is taken out of what is asked, the
tax is the difference, so that the total is the advertised price (`vat`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.papers import vat
from billing.papers.vat import RateKey, Summary
from core.money import ZERO, Money, half_up, total

# Stamp duty (tariff art. 13 DPR 642/72): these kinds of sale without VAT, once together above 77.47.
STAMPED = {"N2.1", "N2.2", "N3.5", "N3.6", "N4"}
STAMP_ABOVE, STAMP = Money(7747), Money(200)
STAMP_TEXT = "Imposta di bollo"
ADVANCED = "N1"  # paid in the customer's name and account, no part of the price (art. 15 DPR 633/72)
AS_ADVANCED = RateKey(Decimal(0), ADVANCED, "Escluso art. 15 DPR 633/72")
AS_REVENUE = RateKey(Decimal(0), "N2.2", "Art. 1 c. 54-89 L. 190/2014")
FORFAIT = "RF19"


@dataclass(frozen=True, slots=True)
class Discount:
    """Off the unit price: a percentage of what is left of it, or an amount (a negative one adds)."""

    percent: Decimal | None = None
    amount: Decimal | None = None

    def off(self, price: Fraction) -> Fraction:
        if self.amount is not None:
            return price - Fraction(self.amount)
        return price - price * Fraction(self.percent or 0) / 100


@dataclass(frozen=True, slots=True)
class Line:
    """So many of something at a unit price, in euro with up to 8 decimals; with or without VAT as the paper says."""

    description: str
    unit_price: Decimal
    rate: RateKey
    quantity: Decimal = Decimal(1)
    unit: str = ""
    discounts: tuple[Discount, ...] = ()
    withheld: bool = False
    first_on: date | None = None
    last_on: date | None = None

    @property
    def worth(self) -> Money:
        """Half up of the discounted unit price times the quantity."""
        price = Fraction(self.unit_price)
        for discount in self.discounts:
            price = discount.off(price)
        return Money(half_up(price * Fraction(self.quantity) * 100))


@dataclass(frozen=True, slots=True)
class Fund:
    """A profession's social-security fund (TC01 to TC22): a percentage of the lines, itself subject to VAT."""

    kind: str
    percent: Decimal
    rate: RateKey
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Withholding:
    """What the customer keeps for the tax office (RT01 persons, RT02 companies), with its reason (A, …)."""

    kind: str
    percent: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The figures of a document; `net + vat == gross`, and the nets of the lines with the fund make up the bases."""

    lines: tuple[Line, ...]
    nets: tuple[Money, ...]
    grosses: tuple[Money, ...]
    summaries: tuple[Summary, ...]
    stamp: Money
    stamp_recharged: bool
    fund: Money
    fund_base: Money
    withheld: Money
    split: Money
    due: Money

    @property
    def net(self) -> Money:
        return total(s.net for s in self.summaries)

    @property
    def vat(self) -> Money:
        return total(s.vat for s in self.summaries)

    @property
    def gross(self) -> Money:
        return total(s.gross for s in self.summaries)


def reckon(
    lines: Sequence[Line],
    *,
    with_vat: bool,
    stamp: str = "none",
    regime: str = "RF01",
    fund: Fund | None = None,
    withholding: Withholding | None = None,
    split: bool = False,
) -> Reckoned:
    """The figures of these lines. `with_vat`: unit prices include VAT. `stamp`: none, borne or recharged.

    A fund and a withholding are of professionals, who ask net prices; ValueError with gross ones.
    """
    if with_vat and (fund or withholding):
        raise ValueError("a fund or a withholding is reckoned on net prices")
    # Of what is sold: the fund is no percentage of a tax (the stamp is not yet among the lines) nor of what was
    # advanced in the customer's name, and is itself without VAT or not.
    earned = total(line.worth for line in lines if line.rate.natura != ADVANCED)
    fund_amount = earned.times(fund.percent / 100) if fund else ZERO
    with_fund = fund_amount if fund and fund.rate.natura in STAMPED else ZERO
    duty = STAMP if stamp != "none" and owes_stamp(lines, with_fund) else ZERO
    recharged = bool(duty) and stamp == "recharged"
    if recharged:
        key = _of_revenue(lines) if regime == FORFAIT else AS_ADVANCED
        lines = [*lines, Line(STAMP_TEXT, Decimal(STAMP.cents) / 100, key)]
    nets, grosses, found = _from_gross(lines) if with_vat else _from_net(lines, fund, fund_amount)
    held = _withheld(lines, withholding, fund, fund_amount)
    kept_by_payer = total(s.vat for s in found) if split else ZERO
    return Reckoned(
        tuple(lines),
        tuple(nets),
        tuple(grosses),
        tuple(found),
        duty,
        recharged,
        fund_amount,
        earned if fund else ZERO,
        held,
        kept_by_payer,
        total(s.gross for s in found) - kept_by_payer - held,
    )


def restated(
    came: Reckoned, found: Sequence[Summary], *, with_vat: bool, split: bool, fund: Fund | None = None
) -> Reckoned:
    """The same figures with these summaries in place of theirs: the prices that were asked stay, the rest follows."""
    nets, grosses = list(came.nets), list(came.grosses)
    if with_vat:
        nets = _untaxed(came.lines, grosses, found)
    else:
        grosses = _taxed(came.lines, nets, found, fund, came.fund)
    kept_by_payer = total(s.vat for s in found) if split else ZERO
    return replace(
        came,
        summaries=tuple(found),
        nets=tuple(nets),
        grosses=tuple(grosses),
        split=kept_by_payer,
        due=total(s.gross for s in found) - kept_by_payer - came.withheld,
    )


def of_summaries(
    found: Sequence[Summary], description: str, stamp: str = "none", *, split: bool = False
) -> Reckoned:
    """The figures of a document that gives these summaries back, one line a rate."""
    lines = tuple(Line(description, Decimal(s.gross.cents) / 100, s.key) for s in found)
    duty = STAMP if stamp != "none" and owes_stamp(lines) else ZERO
    nets, grosses = tuple(s.net for s in found), tuple(s.gross for s in found)
    kept_by_payer = total(s.vat for s in found) if split else ZERO
    due = total(grosses) - kept_by_payer
    return Reckoned(lines, nets, grosses, tuple(found), duty, False, ZERO, ZERO, ZERO, kept_by_payer, due)


def _of_revenue(lines: Iterable[Line]) -> RateKey:
    """Who pays a flat rate earns what they recharge, too: under the law that their other lines name."""
    return next((line.rate for line in lines if line.rate.natura == AS_REVENUE.natura), AS_REVENUE)


def owes_stamp(lines: Iterable[Line], besides: Money = ZERO) -> bool:
    """Whether stamp duty is owed for these. Only what has no VAT counts; its price is the same with and without."""
    found = total(line.worth for line in lines if line.rate.natura in STAMPED) + besides
    return found.cents > STAMP_ABOVE.cents


def _from_net(
    lines: Sequence[Line], fund: Fund | None, fund_amount: Money
) -> tuple[list[Money], list[Money], list[Summary]]:
    nets = [line.worth for line in lines]
    bases: dict[RateKey, Money] = defaultdict(lambda: ZERO)
    for line, net in zip(lines, nets, strict=True):
        bases[line.rate] += net
    if fund is not None:
        bases[fund.rate] += fund_amount
    found = []
    for key in sorted(bases, key=vat.order):
        tax = bases[key].times(key.rate / 100)
        found.append(Summary(key, bases[key], tax, bases[key] + tax))
    return nets, _taxed(lines, nets, found, fund, fund_amount), found


def _taxed(
    lines: Sequence[Line],
    nets: Sequence[Money],
    found: Sequence[Summary],
    fund: Fund | None,
    fund_amount: Money,
) -> list[Money]:
    """Each rate's tax shared out, for those who read a line with its VAT: the sums are exact."""
    grosses = list(nets)
    for s in found:
        own = [n for n, line in enumerate(lines) if line.rate == s.key]
        parts = [nets[n] for n in own] + ([fund_amount] if fund and fund.rate == s.key else [])
        shares = vat.spread(Summary(s.key, s.vat, ZERO, s.net), parts) if s.net else []
        for n, (share, _) in zip(own, shares, strict=False):
            grosses[n] = nets[n] + share
    return grosses


def _from_gross(lines: Sequence[Line]) -> tuple[list[Money], list[Money], list[Summary]]:
    grosses = [line.worth for line in lines]
    found = vat.summaries((line.rate, gross) for line, gross in zip(lines, grosses, strict=True))
    return _untaxed(lines, grosses, found), grosses, found


def _untaxed(lines: Sequence[Line], grosses: Sequence[Money], found: Sequence[Summary]) -> list[Money]:
    nets = list(grosses)
    for summary in found:
        own = [n for n, line in enumerate(lines) if line.rate == summary.key]
        for n, (net, _) in zip(own, vat.spread(summary, [grosses[n] for n in own]), strict=True):
            nets[n] = net
    return nets


def _withheld(
    lines: Sequence[Line], withholding: Withholding | None, fund: Fund | None, fund_amount: Money
) -> Money:
    if withholding is None:
        return ZERO
    base = total(line.worth for line in lines if line.withheld)
    if fund is not None and fund.withheld:
        base += fund_amount
    return base.times(withholding.percent / 100)
