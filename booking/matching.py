"""Which freed time suits whom: pure rules of the waiting list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.periods import Period, local_date

LEAST_TO_ANSWER, MOST_TO_ANSWER = timedelta(minutes=30), timedelta(hours=12)
SHARE_OF_THE_WAIT = 8  # an eighth of what is left before the start: four days ahead give the longest
MOST_LENGTHS = 8


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody waits for, by the venue's wall clock; weekdays are 1 Monday … 7, none means all."""

    window: Period
    minutes: int
    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset()
    earliest: time | None = None
    latest: time | None = None

    def fits(self, period: Period) -> bool:
        """Whether this period is what they wait for."""
        if not self.window.covers(period) or period.minutes < self.minutes:
            return False
        start, end = period.start.astimezone(self.zone), period.end.astimezone(self.zone)
        if self.weekdays and start.isoweekday() not in self.weekdays:
            return False
        if self.earliest is not None and start.time() < self.earliest:
            return False
        return self.latest is None or (end.date() == start.date() and end.time() <= self.latest)

    def lengths(self, room: int, step: int, most: int | None) -> list[int]:
        """The lengths (minutes) to try in `room` minutes, longest first, never under what they need."""
        longest = min(room, self.window.minutes, most if most is not None else room)
        if self.earliest is not None and self.latest is not None:
            hours = (self.latest.hour - self.earliest.hour) * 60 + self.latest.minute - self.earliest.minute
            longest = min(longest, hours)
        longer = range(longest // step * step, self.minutes, -step)
        return [*longer[: MOST_LENGTHS - 1], self.minutes]


def best_first(periods: Iterable[Period], freed: Sequence[Period]) -> list[Period]:
    """These periods, those that use most of what was freed first, the earlier first among equals."""

    def used(period: Period) -> timedelta:
        common = (period.clip(piece) for piece in freed)
        return sum((piece.elapsed for piece in common if piece), timedelta())

    return sorted(periods, key=lambda p: (-used(p), p))


def answer_by(start: datetime, at: datetime, minutes: int | None, notice: timedelta) -> datetime | None:
    """Until when an offer made at `at` stands: the policy's minutes, else 30 minutes … 12 hours by how soon it
    starts; never into the notice. None if that leaves no time to answer."""
    by_start = max(LEAST_TO_ANSWER, min(MOST_TO_ANSWER, (start - at) / SHARE_OF_THE_WAIT))
    length = timedelta(minutes=minutes) if minutes is not None else by_start
    until = min(at + length, start - notice)
    return until if until > at else None


def days_of(window: Period, zone: ZoneInfo) -> int:
    """How many local days the window touches."""
    return (local_date(window.end, zone) - local_date(window.start, zone)).days + 1
