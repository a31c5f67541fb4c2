"""The periods of a plan and their prices: pure. A part of a period costs and includes its part, by days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from core.money import Money

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """A period from a day (included) until a day (excluded), and how much of a whole one it is."""

    first: date
    until: date
    part: Fraction = Fraction(1)

    def price(self, whole: Money) -> Money:
        return whole.times(self.part)

    def amount(self, whole: int) -> int:
        """What it includes of what a whole period does: whole units, never more than its part."""
        share = self.part * whole
        return share.numerator // share.denominator


def instalments(span: Span, whole: Money, every: str, so_many: int) -> list[tuple[date, Money]]:
    """The days on which a period's price is asked for and the part of it each time: the first day, then the same day of
    the month as the period's end has. Equal parts, the odd cents in the first ones; their sum is the price.

    A first period that is shorter has fewer, or as many in a shorter time.
    """
    each = MONTHS[every] // so_many
    days = {max(span.first, span.until - relativedelta(months=each * n)) for n in range(1, so_many + 1)}
    days.add(span.first)
    return list(zip(sorted(days), span.price(whole).split([1] * len(days)), strict=True))


def first_period(every: str, start: date, *, from_first: bool) -> Span:
    """The period in which somebody starts. From the first of a month: to the next renewal, in proportion."""
    if not from_first or start.day == 1:
        return following(every, start)
    begins = start.replace(day=1)
    until = begins + relativedelta(months=MONTHS[every])
    return Span(start, until, Fraction((until - start).days, (until - begins).days))


def following(every: str, first: date, anchor: int = 0) -> Span:
    """A whole period; it ends on the day of the month on which it began (`anchor` if that was later in a month), or
    on a month's last."""
    until = first + relativedelta(months=MONTHS[every], day=anchor or first.day)
    return Span(first, until)
