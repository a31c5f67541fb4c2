"""Days on which the town is open, counted from today: a journey is walked on any date of the year."""

from datetime import date, timedelta

import holidays

from core.clock import now
from core.periods import local_date
from tests.cast import ROME

TUESDAY, WEDNESDAY, THURSDAY = 1, 2, 3


def working_day(weeks: int = 1) -> date:
    """The Wednesday after so many weeks, or the first after it, in a week that is open from Monday to Friday."""
    today = local_date(now(), ROME)
    day = today + timedelta(days=(WEDNESDAY - today.weekday()) % 7 + 7 * weeks)
    while any(closed(day + timedelta(days=n)) for n in range(-2, 3)):
        day += timedelta(days=7)
    return day


def weekly(weekday: int, later: int, times: int = 4) -> date:
    """The first such weekday so many days from now of which so many weeks in a row are open."""
    day = local_date(now(), ROME) + timedelta(days=later)
    while day.weekday() != weekday or any(closed(day + timedelta(weeks=n)) for n in range(times)):
        day += timedelta(days=1)
    return day


def closed(day: date) -> bool:
    """Whether it is a holiday in Turin, or the town's venues are shut for Christmas."""
    christmas = (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 6)
    return christmas or day in holidays.country_holidays("IT", subdiv="TO")


def clock_change(month: int) -> date:
    """The last Sunday of this month (March, October) that is more than two months ahead, and not Easter."""
    today = local_date(now(), ROME)
    last = [date(year, month, 31) for year in range(today.year, today.year + 4)]
    sundays = [day - timedelta(days=(day.weekday() + 1) % 7) for day in last]
    return next(day for day in sundays if day > today + timedelta(days=62) and not closed(day))
