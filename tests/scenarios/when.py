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


def hours(text: str, today: date) -> list[tuple[tuple[int, ...], time, time | None, date, date | None]]:
    """Opening hours: `[daily|mon-fri|tue] HH:MM..HH:MM`, or a period of some days; each (weekdays, from, to, first, until)."""
    found = re.fullmatch(r"(daily|[a-z]{3}(?:-[a-z]{3})?) (\d\d:\d\d)\.\.(\d\d:\d\d)", text)
    if found:
        name, start, end = found.groups()
        first, last = ("mon", "sun") if name == "daily" else (name.split("-")[0], name.split("-")[-1])
        weekdays = tuple(range(DAYS.index(first) + 1, DAYS.index(last) + 2))
        long_ago = today - timedelta(days=400)
        return [(weekdays, time.fromisoformat(start), _wall(end), long_ago, None)]
    begin, finish = text.split("..")
    first_on = day(begin.rpartition(" ")[0], today)
    last_on = day(finish.rpartition(" ")[0], first_on)
    from_, to = begin.rpartition(" ")[2], finish.rpartition(" ")[2]
    rows: list[tuple[tuple[int, ...], time, time | None, date, date | None]] = []
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
