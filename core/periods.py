"""Time as the house speaks it: half-open periods of instants, and the wall clock of a venue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, order=True, slots=True, init=False)
class Period:
    """From an instant (included) to an instant (excluded); aware, kept in UTC, never empty."""

    start: datetime
    end: datetime

    def __init__(self, start: datetime, end: datetime) -> None:
        if start.tzinfo is not UTC or end.tzinfo is not UTC:
            if start.tzinfo is None or end.tzinfo is None:
                raise ValueError("a period needs aware instants")
            start, end = start.astimezone(UTC), end.astimezone(UTC)
        if start >= end:
            raise ValueError("a period ends after it starts")
        _set_start(self, start)
        _set_end(self, end)

    @property
    def elapsed(self) -> timedelta:
        return self.end - self.start

    @property
    def minutes(self) -> int:
        """Whole minutes elapsed."""
        return self.elapsed // MINUTE

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def overlaps(self, other: Period) -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, other: Period) -> bool:
        return self.start <= other.start and other.end <= self.end

    def clip(self, other: Period) -> Period | None:
        """What the two have in common, or nothing."""
        if other.covers(self):
            return self
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def padded(self, before: timedelta, after: timedelta) -> Period:
        return Period(self.start - before, self.end + after)

    def shifted(self, by: timedelta) -> Period:
        return Period(self.start + by, self.end + by)


# A search makes them by the thousand: the slots are filled past the lock of a frozen class, at half its cost.
_set_start, _set_end = (Period.__dict__[name].__set__ for name in ("start", "end"))


def hull(periods: Iterable[Period]) -> Period:
    """The shortest period that covers all of these (at least one)."""
    periods = list(periods)
    return Period(min(p.start for p in periods), max(p.end for p in periods))


def _start(period: Period) -> datetime:
    return period.start


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same time in the fewest periods, in order; what touches becomes one."""
    out: list[Period] = []
    for period in sorted(periods, key=_start):
        if out and period.start <= out[-1].end:
            out[-1] = Period(out[-1].start, max(out[-1].end, period.end))
        else:
            out.append(period)
    return out


def without(periods: Iterable[Period], taken: Iterable[Period]) -> list[Period]:
    """What is left of some periods when others are taken out, in order."""
    left: list[Period] = []
    gaps = merged(taken)
    first = 0  # the periods are in order, so a gap that ended before one of them is behind all the next
    for period in merged(periods):
        at, end = period.start, period.end
        while first < len(gaps) and gaps[first].end <= at:
            first += 1
        for gap in islice(gaps, first, None):
            if gap.start >= end:
                break
            if gap.start > at:
                left.append(Period(at, gap.start))
            at = max(at, gap.end)
        if at < end:
            left.append(Period(at, end))
    return left


END_OF_DAY = time.max  # 24:00, where a time is asked for or stored


def on_the_clock(at: time) -> str:
    """As people write it: `20:30`, and the end of the day `24:00`."""
    return "24:00" if at == END_OF_DAY else at.strftime("%H:%M")


class Gap(ValueError):
    """The wall clock skips this time, or shows it twice; both instants are given."""

    def __init__(self, first: datetime, second: datetime) -> None:
        super().__init__(f"{first.isoformat()} or {second.isoformat()}")
        self.first, self.second = first, second


def instant(day: date, at: time | None, zone: ZoneInfo) -> datetime:
    """The instant at which a venue's clock shows this; None, or `END_OF_DAY`, is 24:00, the next midnight.

    A time that the clock skips moves forward to the first that exists; one shown twice is the first.
    """
    if at is None or at == END_OF_DAY:
        day, at = day + timedelta(days=1), time(0)
    there = datetime.combine(day, at, tzinfo=zone)
    found = there.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == there.replace(tzinfo=None):
        return found
    # In a gap, fold=0 reads the clock as it was before the change, which lands past the gap by the same
    # stretch; the first time that exists is the instant of the change itself.
    return _change_near(there, zone)


def _change_near(there: datetime, zone: ZoneInfo) -> datetime:
    low = there.replace(fold=1).astimezone(UTC)
    high = there.replace(fold=0).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def strict_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a person's own wall-clock time; Gap if the clock skips it or shows it twice."""
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        first, second = sorted((early.astimezone(UTC), late.astimezone(UTC)))
        raise Gap(first, second)
    return early.astimezone(UTC)


def local_day(day: date, zone: ZoneInfo) -> Period:
    """A venue's day, from its midnight to the next: 23, 24 or 25 hours."""
    return Period(instant(day, time(0), zone), instant(day, None, zone))


def local_days(first: date, until: date, zone: ZoneInfo) -> Period:
    """A venue's days from the first to another (excluded, and later), midnight to midnight."""
    return Period(instant(first, time(0), zone), instant(until, time(0), zone))


def next_month(day: date) -> date:
    """The first day of the month after this day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def a_year_after(day: date) -> date:
    """The same day of the next year, of a 29 February the 28th: the last day of a year's term (c.c. art. 2963)."""
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The day that a venue's calendar shows at this instant."""
    return at.astimezone(zone).date()


def in_words(period: Period, zone: ZoneInfo) -> str:
    """As a sentence says it by the venue's clock: "02/12/2026 10:00–24:00"; with the last day where that is another."""
    start, end = period.start.astimezone(zone), period.end.astimezone(zone)
    if local_date(period.end - MINUTE, zone) != start.date():
        return f"{start:%d/%m/%Y %H:%M} – {end:%d/%m/%Y %H:%M}"
    last = "24:00" if end.date() != start.date() else f"{end:%H:%M}"
    return f"{start:%d/%m/%Y %H:%M}–{last}"


def days_between(first: date, last: date) -> list[date]:
    """The days from the first (included) to the last (excluded)."""
    return [first + timedelta(days=n) for n in range((last - first).days)]
