"""A rate as the engine needs it: what it charges by, and when it rules. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from billing.papers.vat import RateKey
from billing.prices.steps import Step
from core.money import Money

RESERVATION, BY_USE = "reservation", "use"  # the third is the greater of both


@dataclass(frozen=True, slots=True)
class Season:
    """From a day (included) until a day (excluded), once or every year."""

    from_on: date
    until_on: date
    yearly: bool = False

    def __contains__(self, day: date) -> bool:
        if not self.yearly:
            return self.from_on <= day < self.until_on
        first, last, at = [(d.month, d.day) for d in (self.from_on, self.until_on, day)]
        return first <= at < last if first < last else at >= first or at < last


@dataclass(frozen=True, slots=True)
class RateRule:
    """A rate as the engine needs it; `rank` says how particular it is: the highest that fits rules."""

    id: str
    per: str  # minute · hour · stretch · half_day · day · flat · head · use · least · reduction · deposit
    price: Money
    vat: RateKey
    vat_rate_id: UUID | None
    rank: int = 0
    weekdays: frozenset[int] = frozenset()
    from_time: time | None = None
    until_time: time | None = None
    season: Season | None = None
    minutes: int = 0  # what a stretch covers; after which a deposit is released
    percent: Decimal = Decimal(0)  # of a reduction
    meter: str = ""  # what a use counts
    charge_by: str = RESERVATION
    tariff: str = ""
    version: str = ""
    name: str = ""

    def rules_at(self, at: datetime) -> bool:
        """Whether it applies at this local instant."""
        if self.weekdays and at.isoweekday() not in self.weekdays:
            return False
        if self.season is not None and at.date() not in self.season:
            return False
        if self.from_time is None and self.until_time is None:
            return True
        clock, first, last = at.time(), self.from_time or time(0), self.until_time
        return first <= clock and (last is None or last == time(0) or clock < last)

    def step(self, *, minutes: int = 0, count: int = 0) -> Step:
        return Step(
            self.per,
            self.id,
            minutes,
            self.price,
            count=count,
            percent=self.percent,
            tariff=self.tariff,
            version=self.version,
            name=self.name or self.meter,
        )
