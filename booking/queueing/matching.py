"""Which freed time suits whom: pure rules of the waiting list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.periods import END_OF_DAY, Period, days_between, instant, local_date

LEAST_TO_ANSWER, MOST_TO_ANSWER = timedelta(minutes=30), timedelta(hours=12)
SHARE_OF_THE_WAIT = 8  # an eighth of what is left before the start: four days ahead give the longest
MOST_LENGTHS, MOST_LONGER = 8, 3
AROUND = timedelta(
    days=1
)  # so far before and after the freed time an offer may reach, or as far as it is long


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
        start = period.start.astimezone(self.zone)
        if self.weekdays and start.isoweekday() not in self.weekdays:
            return False
        if self.earliest is not None and start.time() < self.earliest:
            return False
        return self.latest is None or period.end <= instant(start.date(), self.latest, self.zone)

    def may_use(self, freed: Period) -> bool:
        """Whether any period that they wait for could have a part of this time: cheap to know, and never wrong by no."""
        room = self.around(freed)
        if room is None or room.minutes < self.minutes:
            return False
        day, last = local_date(room.start, self.zone), local_date(freed.end, self.zone)
        while day <= last:
            if not self.weekdays or day.isoweekday() in self.weekdays:
                opens = datetime.combine(day, self.earliest or time.min, self.zone)
                closes = freed.end if self.latest is None else instant(day, self.latest, self.zone)
                if max(opens, freed.start) < min(closes, freed.end):
                    return True
            day += timedelta(days=1)
        return False

    def around(self, freed: Period) -> Period | None:
        """What of the window an offer may take for which this time was freed: all that begins or ends in it, and more."""
        reach = max(AROUND, timedelta(minutes=self.minutes))
        return self.window.clip(freed.padded(reach, reach))

    @property
    def longest(self) -> int:
        """How long (minutes) what they wait for can be at most."""
        longest = self.window.minutes
        if self.earliest is not None and self.latest is not None:
            longest = min(longest, _minute(self.latest) - _minute(self.earliest))
        return longest

    def days(self, within: Period) -> list[date]:
        """The local days of a period on which what they wait for may begin."""
        last = local_date(within.end - timedelta.resolution, self.zone)
        days = days_between(local_date(within.start, self.zone), last + timedelta(days=1))
        return [day for day in days if not self.weekdays or day.isoweekday() in self.weekdays]


def worth_trying(of_days: Iterable[Collection[int]], room: int) -> list[int]:
    """Of the lengths (minutes) that each day gives, those to try: the longest few that fill no more than `room`, the
    longest first, and each day's shortest of them; then the next longer, which what was free already may make possible."""
    found: set[int] = set()
    for given in of_days:
        fit = sorted((n for n in given if n <= room), reverse=True)
        longer = sorted(n for n in given if n > room)
        found.update(fit[: MOST_LENGTHS - 1], fit[-1:], longer[:MOST_LONGER])
    return sorted(found, key=lambda n: (n > room, n if n > room else -n))


def _minute(at: time) -> int:
    return 24 * 60 if at == END_OF_DAY else at.hour * 60 + at.minute


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
