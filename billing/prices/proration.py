"""What another plan costs in the middle of a period: pure. What is left of the old one is credited, the same days of the
new one are charged, each rounded once; so what stays and what is credited are the price, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from billing.prices.periods import MONTHS
from core.money import ZERO, Money


@dataclass(frozen=True, slots=True)
class Exchange:
    """The credit for what is left, and the charge for the new plan until the period ends."""

    credit: Money
    charge: Money
    part: Fraction  # of a whole period of the new plan

    @property
    def due(self) -> Money:
        return max(ZERO, self.charge - self.credit)

    @property
    def back(self) -> Money:
        return max(ZERO, self.credit - self.charge)


def whole_days(every: str, first: date, until: date, *, from_first: bool) -> int:
    """How many days a whole period is, of which these may be the last."""
    if not from_first:
        return (until - first).days
    return (until - (until - relativedelta(months=MONTHS[every]))).days


def cycle_first(until: date, whole: int) -> date:
    """The first day that a whole period would have, which ends on this one."""
    return until - timedelta(days=whole)


def exchange(
    worth: Money, price: Money, first: date, until: date, on: date, whole: int, unused: Fraction = Fraction(1)
) -> Exchange:
    """From a day on, `price` a whole period instead of what these days were sold at (`worth`).

    The credit is of the days that are left, or of what the plan includes and nobody has used yet (`unused`, a part),
    whichever is less: who has used it all gives nothing back.
    """
    left = Fraction((until - on).days, (until - first).days)
    part = min(Fraction(1), Fraction((until - on).days, whole))
    return Exchange(worth.times(min(left, unused)), price.times(part), part)
