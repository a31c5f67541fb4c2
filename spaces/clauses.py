"""The clauses of a booking policy that have parts of their own, as frozen values read from stored words.

Wall-clock times are `"HH:MM"`, `"24:00"` the next midnight; weekdays 1 (Monday) to 7, none meaning every day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from core.errors import Unsatisfiable
from core.periods import Period, instant, local_date, merged
from core.words import Words

C = TypeVar("C")
DAY = timedelta(days=1)
SPANS = ("day", "week", "month", "year", "future", "at_once")
SCOPES = ("resource", "kind", "venue")
COUNTED = ("person", "organisation", "group", "anyone")


def wall_time(text: str) -> time | None:
    """`"20:30"` as a time, `"24:00"` as None."""
    return None if text == "24:00" else time.fromisoformat(text)


def spoken(at: time | None) -> str:
    return "24:00" if at is None else at.strftime("%H:%M")


def on_the_clock(at: datetime) -> str:
    """A wall-clock instant as people write it; a midnight is its day."""
    return at.strftime("%d/%m/%Y" if at.time() == time(0) else "%d/%m/%Y %H:%M")


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours of some weekdays, by the venue's clock; they may go over midnight."""

    start: time | None
    end: time | None
    weekdays: tuple[int, ...] = ()

    def on(self, day: date, zone: ZoneInfo) -> Period | None:
        """The hours of one day; None on another weekday, or where a clock change leaves nothing."""
        if self.weekdays and day.isoweekday() not in self.weekdays:
            return None
        start = instant(day, self.start, zone)
        over = self.end is not None and self.start is not None and self.end <= self.start
        end = instant(day + DAY if over else day, self.end, zone)
        return Period(start, end) if start < end else None


def touched(hours: Iterable[Hours], period: Period, zone: ZoneInfo) -> list[Period]:
    """The stretches of these hours around a period, joined."""
    first = local_date(period.start, zone) - DAY
    count = (local_date(period.end, zone) - first).days + 1
    found = (h.on(first + n * DAY, zone) for h in hours for n in range(count))
    return merged(p for p in found if p is not None)


def preset_starts(hours: Iterable[Hours], opened: Period, zone: ZoneInfo) -> list[datetime]:
    """Where these hours begin inside an open stretch, in order."""
    first = local_date(opened.start, zone)
    days = (local_date(opened.end, zone) - first).days + 1
    found = {p.start for h in hours for n in range(days) if (p := h.on(first + n * DAY, zone)) is not None}
    return sorted(start for start in found if start in opened)


def within(hours: Iterable[Hours], period: Period, zone: ZoneInfo) -> bool:
    return any(stretch.covers(period) for stretch in touched(hours, period, zone))


@dataclass(frozen=True, slots=True)
class Preset:
    """A slot with a name: the morning, the evening, the whole day."""

    start: time | None
    end: time | None
    it: str = ""
    en: str = ""
    weekdays: tuple[int, ...] = ()

    @property
    def hours(self) -> Hours:
        return Hours(self.start, self.end, self.weekdays)

    def __str__(self) -> str:
        return f"{Words(self.it, self.en)} {spoken(self.start)}–{spoken(self.end)}".strip()


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one hour of the week to another: at most so long inside it, and so much of it when a booking goes on."""

    from_day: int
    start: time | None
    to_day: int
    end: time | None
    most: int
    most_crossing: int | None = None

    @property
    def crossing(self) -> int:
        return self.most if self.most_crossing is None else self.most_crossing

    def around(self, period: Period, zone: ZoneInfo) -> list[Period]:
        """This stretch of each week that the period may touch."""
        monday = local_date(period.start, zone)
        monday -= timedelta(days=monday.weekday() + 7)
        weeks = (local_date(period.end, zone) - monday).days // 7 + 1
        return [self._of(monday + timedelta(days=7 * week), zone) for week in range(weeks)]

    def _of(self, monday: date, zone: ZoneInfo) -> Period:
        over = _minute_of_week(self.to_day, self.end) <= _minute_of_week(self.from_day, self.start)
        last = self.to_day + (7 if over else 0)
        start = instant(monday + timedelta(days=self.from_day - 1), self.start, zone)
        return Period(start, instant(monday + timedelta(days=last - 1), self.end, zone))


def _minute_of_week(day: int, at: time | None) -> int:
    return (day - 1) * 24 * 60 + (24 * 60 if at is None else at.hour * 60 + at.minute)


@dataclass(frozen=True, slots=True)
class Reserved:
    """Hours that only some groups may book."""

    hours: Hours
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many minutes or bookings a span, of one resource, its kind or its venue; for some groups or all.

    `of` says whose: each person's, each organisation's, all together that a group has, or whoever's. With `hours`,
    only the time inside them counts.
    """

    span: str
    minutes: int | None = None
    bookings: int | None = None
    on: str = "resource"
    of: str = "person"
    groups: tuple[str, ...] = ()
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Supervision:
    """Only in staffed hours; with a buddy, at any time."""

    hours: tuple[Hours, ...] = ()
    buddy: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalWhen:
    """When staff decide: at short notice or beyond a length (minutes), in some hours, the first time somebody comes."""

    notice_under: int | None = None
    longer_than: int | None = None
    hours: tuple[Hours, ...] = ()
    first_time: bool = False


@dataclass(frozen=True, slots=True)
class NoShows:
    """So many times not come in so many days: for a while one books only so many days ahead."""

    count: int
    within_days: int
    shorter_horizon_days: int
    for_days: int


@dataclass(frozen=True, slots=True)
class Question:
    """What whoever books is asked besides."""

    code: str
    it: str
    en: str
    required: bool = False
    choices: tuple[str, ...] = field(default=())

    @property
    def words(self) -> Words:
        return Words(self.it, self.en)


def read(kind: type[C], data: Any) -> C:
    """A clause from its stored words. Raises Unsatisfiable for unknown or missing ones."""
    if not isinstance(data, dict):
        raise Unsatisfiable(why=repr(data))
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    if unknown := set(data) - known:
        raise Unsatisfiable(why=", ".join(sorted(unknown)))
    try:
        return kind(**{name: PARTS.get(name, _as_it_is)(value) for name, value in data.items()})
    except (TypeError, ValueError) as error:
        raise Unsatisfiable(why=str(error)) from error


def _as_it_is(value: Any) -> Any:
    return value


def _hours(value: Any) -> Any:
    """One Hours for a reserved window, several for the rest."""
    return tuple(read(Hours, v) for v in value) if isinstance(value, list) else read(Hours, value)


PARTS: dict[str, Callable[[Any], Any]] = {
    "start": wall_time,
    "end": wall_time,
    "weekdays": tuple,
    "groups": tuple,
    "choices": tuple,
    "hours": _hours,
}
