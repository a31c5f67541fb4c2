"""What a period costs: pure. Elapsed minutes at the rate that rules when each piece begins; tiers as a cap.

A longer booking never costs less than a shorter one from the same start, and never more than the cheapest cover by
whole tiers and time (`covers.py`). Then what a booking, a head and a used unit cost; at least the minimum charge; so
many times the quantity; less the highest reduction that applies. The same function prices a quote, an order, the
difference a change makes and a draft tariff's effect on the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.papers.vat import RateKey
from billing.prices.covers import Tier, cover
from billing.prices.rate_rules import BY_USE, RESERVATION, RateRule
from billing.prices.steps import BY_TIME, Step, listed, reckon
from core.money import ZERO, Money
from core.periods import Period, instant, local_date

HALF_DAY = 4 * 60
TIERS = ("stretch", "half_day", "day")


@dataclass(frozen=True, slots=True)
class Price:
    """A gross price, the steps to it, and the VAT it carries."""

    gross: Money
    vat: RateKey
    vat_rate_id: UUID | None
    steps: tuple[Step, ...]
    charge_by: str = RESERVATION
    charged: Period | None = None  # the time used, where that is what is charged

    @property
    def listed(self) -> Money:
        """The list price: without reductions and coupons."""
        return listed(self.steps)

    def then(self, *steps: Step) -> Price:
        """The same price with further steps."""
        done, gross = reckon([*self.steps, *steps])
        return replace(self, steps=done, gross=gross)


def _best(rules: Iterable[RateRule], at: datetime) -> RateRule | None:
    fitting = [rule for rule in rules if rule.rules_at(at)]
    return max(fitting, key=lambda rule: (rule.rank, rule.id), default=None)


def _edges(period: Period, rules: Sequence[RateRule], zone: ZoneInfo) -> list[datetime]:
    """Where the ruling rate may change: local midnights and the rates' own hours."""
    edges = {period.start, period.end}
    day = local_date(period.start, zone)
    while day <= local_date(period.end, zone):
        edges |= {at for c in _clocks(rules) if period.start < (at := instant(day, c, zone)) < period.end}
        day += timedelta(days=1)
    return sorted(edges)


def _clocks(rules: Sequence[RateRule]) -> set[time]:
    return {time(0)} | {t for rule in rules for t in (rule.from_time, rule.until_time) if t is not None}


def pieces(
    period: Period, by_time: Sequence[RateRule], zone: ZoneInfo
) -> list[tuple[Period, RateRule | None]]:
    """The period cut where the ruling rate changes."""
    cut = [Period(a, b) for a, b in pairwise(_edges(period, by_time, zone))]
    return [(piece, _best(by_time, piece.start.astimezone(zone))) for piece in cut]


def price(
    reserved: Period,
    rules: Sequence[RateRule],
    zone: ZoneInfo,
    *,
    quantity: int = 1,
    people: int = 1,
    used: Period | None = None,
    units: Mapping[str, int] | None = None,
) -> Price:
    """The price of one resource for a period, VAT included, for `quantity` of it and `people` heads; once it is known,
    by the time in which it was `used` and the `units` of its meters.

    The rate that leads says what is charged: the time reserved, the time used, or whichever of the two costs more.
    Until the use is known it is what was reserved.
    """
    start = reserved.start.astimezone(zone)
    by_time = [rule for rule in rules if rule.per in BY_TIME]
    tiers = _tiers(rules, start)
    leading = _best(by_time, start) or next((tier.rule for tier in tiers), None)
    by = leading.charge_by if leading else RESERVATION

    def of(period: Period) -> Price:
        return _price_of(period, start, rules, by_time, tiers, leading, zone, quantity, people, units)

    if used is None or by == RESERVATION:
        return replace(of(reserved), charge_by=by)
    by_use = replace(of(used), charge_by=by, charged=used)
    if by == BY_USE:
        return by_use
    by_reservation = replace(of(reserved), charge_by=by)
    return by_use if by_use.gross > by_reservation.gross else by_reservation


def _price_of(
    period: Period,
    start: datetime,
    rules: Sequence[RateRule],
    by_time: Sequence[RateRule],
    tiers: Sequence[Tier],
    leading: RateRule | None,
    zone: ZoneInfo,
    quantity: int,
    people: int,
    units: Mapping[str, int] | None,
) -> Price:
    """The price of this time of a booking that begins at `start`."""
    cut = pieces(period, by_time, zone)
    steps = _for_time(period, cut, tiers, by_time, zone)
    for per, times in (("flat", 1), ("head", people)):
        if rule := _best((r for r in rules if r.per == per), start):
            steps.append(rule.step(count=times))
    for meter, so_many in sorted((units or {}).items()):
        if rule := _best((r for r in rules if r.per == "use" and r.meter == meter), start):
            steps.append(rule.step(count=so_many))
    if rule := _best((r for r in rules if r.per == "least"), start):
        steps.append(rule.step())
    if quantity != 1:
        steps.append(Step("times", count=quantity))
    if rule := _highest_reduction(rules, start):
        steps.append(rule.step())
    selling = [rule for rule in rules if rule.vat_rate_id is not None and rule.per != "deposit"]
    ruling = next((rule for _, rule in cut if rule), None) or leading or next(iter(selling), None)
    if ruling is None:
        return Price(ZERO, RateKey(Decimal(0)), None, ())
    done, gross = reckon(steps)
    return Price(gross, ruling.vat, ruling.vat_rate_id, done)


def deposit_of(rules: Iterable[RateRule], start: datetime) -> RateRule | None:
    """The deposit that is asked of what begins at this local instant: the most particular that applies."""
    return _best((rule for rule in rules if rule.per == "deposit"), start)


def _highest_reduction(rules: Iterable[RateRule], start: datetime) -> RateRule | None:
    """Reductions do not add up: of those that apply the highest counts (docs/adr/0031)."""
    fitting = [rule for rule in rules if rule.per == "reduction" and rule.rules_at(start)]
    return max(fitting, key=lambda rule: (rule.percent, rule.rank, rule.id), default=None)


def _tiers(rules: Sequence[RateRule], start: datetime) -> list[Tier]:
    """Of each length the tier that rules when the booking begins."""
    lengths = sorted({(TIERS.index(rule.per), rule.minutes) for rule in rules if rule.per in TIERS})
    found = []
    for which, minutes in lengths:
        rule = _best((r for r in rules if r.per == TIERS[which] and r.minutes == minutes), start)
        if rule is not None:
            covers = None if rule.per == "day" else HALF_DAY if rule.per == "half_day" else minutes
            found.append(Tier(rule, rule.price.cents, covers))
    return found


def _for_time(
    period: Period,
    cut: Sequence[tuple[Period, RateRule | None]],
    tiers: Sequence[Tier],
    by_time: Sequence[RateRule],
    zone: ZoneInfo,
) -> list[Step]:
    """The steps for the time itself: by the minute and hour, by tiers, or both, whatever costs least."""
    found = cover(period, cut, tiers, zone, clocks=_clocks(by_time) if by_time else None)
    steps = [tier.rule.step(minutes=(tier.minutes or 24 * 60) * n, count=n) for tier, n in found.tiers]
    return steps + [rule.step(minutes=minutes) for rule, minutes in found.by_time]
