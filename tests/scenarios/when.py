"""Times as the cases write them: short, by the wall clock of the venue, or UTC with a Z."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.periods import Period, instant

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day(text: str, today: date) -> date:
    """`2027-01-05`, `5` (of this month), `+3` (days from today), or nothing: today."""
    if not text:
        return today
    if text[0] in "+-":
        return today + timedelta(days=int(text))
    return date.fromisoformat(text) if "-" in text else today.replace(day=int(text))


def moment(text: str, today: date, zone: ZoneInfo) -> datetime:
    """`[day ]HH:MM[:SS][Z]` as an instant; 24:00 is the next midnight."""
    on, _, clock = str(text).rpartition(" ")
    utc = clock.endswith("Z")
    clock = clock.rstrip("Z")
    wall = None if clock == "24:00" else time.fromisoformat(clock)
    return instant(day(on, today), wall, ZoneInfo("UTC") if utc else zone).astimezone(UTC)


def period(text: str, today: date, zone: ZoneInfo) -> Period:
    """`MOMENT..MOMENT`; an end without a day is of the day of the start."""
    return Period(*ends(text, today, zone))


def ends(text: str, today: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The same as it is asked, which may be no period at all."""
    start, end = str(text).split("..")
    on = day(start.rpartition(" ")[0], today)
    return moment(start, today, zone), moment(end, on, zone)


def walls(text: str, today: date) -> tuple[str, str]:
    """A period as somebody types it: the venue's clock, without offset."""
    start, end = str(text).split("..")
    on = day(start.rpartition(" ")[0], today)
    return _typed(start, today), _typed(end, on)


def _typed(text: str, today: date) -> str:
    on, _, clock = text.rpartition(" ")
    wall = day(on, today)
    return f"{wall + timedelta(days=1)}T00:00:00" if clock == "24:00" else f"{wall}T{clock}:00"


HOURS = re.compile(
    r"(?P<days>daily|[a-z]{3}(?:[-,][a-z]{3})*) (?P<start>\d\d:\d\d)\.\.(?P<end>\d\d:\d\d)"
    r"(?: every (?P<every>\d+))?(?: from (?P<first>\S+))?(?: until (?P<until>\S+))?"
)
Row = tuple[tuple[int, ...], time, time | None, date, date | None]


def hours(text: str, today: date) -> list[Row]:
    """Opening hours, each row (weekdays, from, to, first day, day until which).

    `DAYS HH:MM..HH:MM [every MINUTES] [from DAY] [until DAY]`, DAYS being `daily`, `mon-fri`, `mon,wed` or `tue`;
    or a period of some days.
    """
    found = HOURS.fullmatch(text)
    if found is None:
        return _hours_of_days(text, today)
    first = day(found["first"], today) if found["first"] else today - timedelta(days=400)
    until = day(found["until"], today) if found["until"] else None
    start, end = time.fromisoformat(found["start"]), _wall(found["end"])
    if not found["every"]:
        return [(_weekdays(found["days"]), start, end, first, until)]
    return [
        (_weekdays(found["days"]), a, b, first, until) for a, b in _repeated(start, end, int(found["every"]))
    ]


def _weekdays(text: str) -> tuple[int, ...]:
    if text == "daily":
        return tuple(range(1, 8))
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(DAYS.index(first) + 1, DAYS.index(last or first) + 2)
    return tuple(found)


def _repeated(start: time, end: time | None, every: int) -> list[tuple[time, time | None]]:
    """The same length again and again until midnight."""
    begin = start.hour * 60 + start.minute
    length = (end.hour * 60 + end.minute if end else 24 * 60) - begin
    return [(_at(n), _at(n + length)) for n in range(begin, 24 * 60 - length + 1, every)]  # type: ignore[misc]


def _at(minutes: int) -> time | None:
    return None if minutes == 24 * 60 else time(minutes // 60, minutes % 60)


def _hours_of_days(text: str, today: date) -> list[Row]:
    begin, finish = text.split("..")
    first_on = day(begin.rpartition(" ")[0], today)
    last_on = day(finish.rpartition(" ")[0], first_on)
    from_, to = begin.rpartition(" ")[2], finish.rpartition(" ")[2]
    rows: list[Row] = []
    for n in range((last_on - first_on).days + 1):
        on = first_on + timedelta(days=n)
        start = from_ if n == 0 else "00:00"
        end = to if on == last_on else "24:00"
        if start != end:
            rows.append(
                ((on.isoweekday(),), time.fromisoformat(start), _wall(end), on, on + timedelta(days=1))
            )
    return rows


def _wall(clock: str) -> time | None:
    return None if clock == "24:00" else time.fromisoformat(clock)
