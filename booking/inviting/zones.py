"""A venue's time zone as calendar programs read it (RFC 5545): its two changes of the clock, each a yearly rule.

The rules are said in full because Outlook knows no others: not the lists of dates that libraries write, nor always the
name of the zone.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from booking.inviting.weekly import NAMES

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAYS_OF_A_YEAR = 366


def vtimezone(zone: ZoneInfo, year: int) -> Timezone:
    """The zone by the rules of this year, which hold from its beginning on."""
    made = Timezone()
    made.add("tzid", zone.key)
    changes = _changes(zone, year)
    for change in changes:
        made.add_component(_part(zone, change, yearly=True))
    if not changes:
        made.add_component(_part(zone, datetime(year, 1, 1, tzinfo=UTC), yearly=False))
    return made


def _changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """The instants of the year at which the clock changes, to the hour."""
    begin = datetime(year, 1, 1, tzinfo=UTC)
    found = []
    for day in (begin + DAY * n for n in range(DAYS_OF_A_YEAR)):
        if _offset(zone, day) != _offset(zone, day + DAY):
            hours = (day + HOUR * n for n in range(1, 25))
            found.append(next(at for at in hours if _offset(zone, at) != _offset(zone, at - HOUR)))
    return found


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _part(zone: ZoneInfo, change: datetime, *, yearly: bool) -> TimezoneStandard | TimezoneDaylight:
    """What the clock shows from this instant on, each year on that Sunday of that month."""
    there = change.astimezone(zone)
    before, after = _offset(zone, change - timedelta(seconds=1)), _offset(zone, change)
    made = TimezoneDaylight() if there.dst() else TimezoneStandard()
    wall = (change + before).replace(tzinfo=None)
    made.add("dtstart", wall)
    made.add("tzoffsetfrom", before)
    made.add("tzoffsetto", after)
    made.add("tzname", there.tzname() or zone.key)
    if yearly:
        made.add("rrule", _nth_weekday(wall))
    return made


def _nth_weekday(wall: datetime) -> dict[str, Any]:
    last_week = wall.day + 7 > monthrange(wall.year, wall.month)[1]
    nth = -1 if last_week else (wall.day - 1) // 7 + 1
    return {"freq": "yearly", "bymonth": wall.month, "byday": f"{nth}{NAMES[wall.weekday()]}"}
