"""Any days at all as a weekly rule and the days that it leaves out: what every calendar program can repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import gcd

WEEK = timedelta(days=7)
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every `interval` weeks (from Monday) on these weekdays (0 Monday … 6), from `first` to `last`, both included."""

    first: date
    last: date
    interval: int
    weekdays: tuple[int, ...]

    def days(self) -> Iterator[date]:
        monday = self.first - timedelta(days=self.first.weekday())
        while monday <= self.last:
            for weekday in self.weekdays:
                day = monday + timedelta(days=weekday)
                if self.first <= day <= self.last:
                    yield day
            monday += self.interval * WEEK


def weekly(days: Iterable[date]) -> tuple[Weekly, list[date]]:
    """The narrowest weekly rule that means all of these days (one at least), and which of its days are not among them."""
    wanted = sorted(set(days))
    weeks = [(day - timedelta(days=day.weekday()) - wanted[0]) // WEEK for day in wanted]
    rule = Weekly(
        wanted[0],
        wanted[-1],
        gcd(*(week - weeks[0] for week in weeks)) or 1,
        tuple(sorted({day.weekday() for day in wanted})),
    )
    had = set(wanted)
    return rule, [day for day in rule.days() if day not in had]
