"""The tally: how many seconds of each resource's units were opened, booked, attended or lost, by local day and hour.

The database keeps it in step with claims, attendance and openings in the transaction that changes them (migration
0013, docs/adr/0047); here it is only read, and its rows of one day are folded into one at night. A sum over resources
counts once what several of them share (docs/adr/0102).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import connection

from core import outbox
from spaces.layout import layout_ends
from spaces.models import Resource

HOURS = [f"h{hour:02}" for hour in range(24)]
OPENED, BOOKED, ATTENDED, PADDING = "opened", "booked", "attended", "padding"
MAINTENANCE, BLOCKED, OUTAGE = "maintenance", "blocked", "outage"
MEASURES = (OPENED, BOOKED, ATTENDED, PADDING, MAINTENANCE, BLOCKED, OUTAGE)

KEYS = {
    "resource": "resource_id",
    "day": "day",
    "weekday": "extract(isodow FROM day)::int",
    "month": "to_char(day, 'YYYY-MM')",
}
OF_DAYS = "FROM booking_tally WHERE resource_id = ANY(%(resources)s) AND day >= %(first)s AND day < %(last)s AND measure = ANY(%(measures)s)"
BY_KEY = "SELECT {key}, measure, sum(seconds) " + OF_DAYS + " GROUP BY 1, 2"
BY_HOUR = f"SELECT extract(isodow FROM day)::int, measure, {', '.join(f'sum({hour})' for hour in HOURS)} {OF_DAYS} GROUP BY 1, 2"
# Without grouping by day: a year of five hundred resources is quicker added up by whoever reads it.
BY_DAY = (
    "SELECT resource_id, measure, array_agg(day - %(first)s), array_agg(seconds) "
    + OF_DAYS
    + " GROUP BY 1, 2"
)
# What some of the resources had together over one unit, and so is in each one's hours.
SHARED = "FROM booking_tally_shared WHERE shared_by && %(resources)s AND day >= %(first)s AND day < %(last)s AND measure = ANY(%(measures)s)"
SHARED_BY_KEY = "SELECT shared_by, {key}, measure, sum(seconds) " + SHARED + " GROUP BY 1, 2, 3"
SHARED_BY_HOUR = f"SELECT shared_by, extract(isodow FROM day)::int, measure, {', '.join(f'sum({hour})' for hour in HOURS)} {SHARED} GROUP BY 1, 2, 3"
SHARED_BY_DAY = (
    "SELECT shared_by, measure, array_agg(day - %(first)s), array_agg(seconds) " + SHARED + " GROUP BY 1, 2"
)
FOLD = """
WITH many AS (
    SELECT {of}, day, measure FROM {table} GROUP BY 1, 2, 3 HAVING count(*) > 1
), gone AS (
    DELETE FROM {table} t USING many m
    WHERE (t.{of}, t.day, t.measure) = (m.{of}, m.day, m.measure) RETURNING t.*
)
INSERT INTO {table} ({of}, day, measure, {hours})
SELECT {of}, day, measure, {sums}
FROM gone GROUP BY 1, 2, 3 HAVING {some}
"""
UNITS = "SELECT resource_id, count(*) FROM booking_tally_units(%(resources)s::uuid[]) GROUP BY 1"
TABLES = {"booking_tally": "resource_id", "booking_tally_shared": "shared_by"}


class Days(NamedTuple):
    """Local days, the last excluded."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days

    @property
    def months(self) -> int:
        """How many whole calendar months they are; 0 if they are not."""
        if self.first.day != 1 or self.last.day != 1:
            return 0
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month

    def before(self) -> Days:
        """What ends where these begin: as many whole months, if they are whole months, else as many days."""
        if self.months:
            return Days(self.first - relativedelta(months=self.months), self.first)
        return Days(self.first - timedelta(days=self.length), self.first)

    def last_year(self) -> Days:
        """The same months of the year before, if they are whole months, else the same weekdays."""
        if self.months:
            return Days(self.first - relativedelta(years=1), self.last - relativedelta(years=1))
        return self.a_year_before()

    def a_year_before(self) -> Days:
        """The same weekdays fifty-two weeks before."""
        return Days(self.first - timedelta(weeks=52), self.last - timedelta(weeks=52))


Minutes = dict[str, int]


Split = dict[UUID, str]  # to which group each resource belongs


def totals(
    resources: Iterable[UUID], days: Days, by: str, measures: Sequence[str] = MEASURES
) -> dict[Any, Minutes]:
    """Whole minutes of each measure by `resource`, `day`, `weekday` (1 Monday) or `month` (YYYY-MM); two statements.

    Of each resource all that is its own or shared; by anything else, what is shared counts once.
    """
    ids, key = list(resources), KEYS[by]
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for value, measure, seconds in _read(BY_KEY.format(key=key), ids, days, measures):
        found[value][measure] += seconds
    if by != "resource":
        for shared_by, value, measure, seconds in _read(SHARED_BY_KEY.format(key=key), ids, days, measures):
            found[value][measure] -= _again(shared_by, ids) * seconds
    return _told(found)


def by_group(groups: Split, days: Days, measures: Sequence[str] = MEASURES) -> dict[str, Minutes]:
    """Whole minutes of each measure by group of resources, each hour once in its group; two statements."""
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for pk, measure, seconds in _read(BY_KEY.format(key=KEYS["resource"]), groups, days, measures):
        found[groups[pk]][measure] += seconds
    for shared_by, _, measure, seconds in _read(SHARED_BY_KEY.format(key="''"), groups, days, measures):
        for group, times in _again_in(shared_by, groups).items():
            found[group][measure] -= times * seconds
    return _told(found)


def by_hour(
    resources: Iterable[UUID], days: Days, measures: Sequence[str] = MEASURES
) -> dict[tuple[int, int], Minutes]:
    """Whole minutes of each measure by weekday and hour of the venue's clock, each hour once; two statements."""
    ids = list(resources)
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for weekday, measure, *hours in _read(BY_HOUR, ids, days, measures):
        for hour, seconds in enumerate(hours):
            if seconds:
                found[weekday, hour][measure] += seconds
    for shared_by, weekday, measure, *hours in _read(SHARED_BY_HOUR, ids, days, measures):
        times = _again(shared_by, ids)
        for hour, seconds in enumerate(hours):
            if times and seconds:
                found[weekday, hour][measure] -= times * seconds
    return _told(found)


def by_day(
    groups: Split, days: Days, measures: Sequence[str], width: int = 1
) -> dict[str, dict[str, list[int]]]:
    """Of each group and measure whole minutes of every `width` days, in order, each hour once in its group; two
    statements."""
    many = -(-days.length // width)
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * many))
    for resource, measure, places, amounts in _read(BY_DAY, groups, days, measures):
        line = found[groups[resource]][measure]
        for place, seconds in zip(places, amounts, strict=True):
            line[place // width] += seconds
    for shared_by, measure, places, amounts in _read(SHARED_BY_DAY, groups, days, measures):
        for group, times in _again_in(shared_by, groups).items():
            line = found[group][measure]
            for place, seconds in zip(places, amounts, strict=True):
                line[place // width] -= times * seconds
    told = {
        group: {
            measure: [minutes(seconds) for seconds in line] for measure, line in lines.items() if any(line)
        }
        for group, lines in found.items()
    }
    return {group: of for group, of in told.items() if of}


def _again(shared_by: Sequence[UUID], among: Iterable[UUID]) -> int:
    """How often something shared is in the hours of these resources besides once."""
    return max(0, len(set(shared_by).intersection(among)) - 1)


def _again_in(shared_by: Sequence[UUID], groups: Split) -> dict[str, int]:
    """The same of each group that has more than one of them."""
    counts = Counter(groups[pk] for pk in shared_by if pk in groups)
    return {group: n - 1 for group, n in counts.items() if n > 1}


def _told(found: dict[Any, dict[str, int]]) -> dict[Any, Minutes]:
    """In order and in minutes; what is nothing is not told."""
    told = {key: {m: minutes(n) for m, n in found[key].items() if n} for key in sorted(found)}
    return {key: of for key, of in told.items() if of}


def units(resources: Iterable[UUID]) -> dict[UUID, int]:
    """How many units of each resource have hours of their own; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(UNITS, {"resources": list(resources)})
        return dict(cursor.fetchall())


def minutes(seconds: int) -> int:
    """Whole minutes, the nearest."""
    return (seconds + 30) // 60


def _read(
    statement: str, resources: Iterable[UUID], days: Days, measures: Sequence[str]
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "resources": list(resources),
                "first": days.first,
                "last": days.last,
                "measures": list(measures),
            },
        )
        return list(cursor.fetchall())


def settle(resources: Iterable[UUID], days: Days) -> None:
    """These days of the resources are what claims and openings count to, whatever they were: for what was written by a
    way that no trigger hears."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT booking_tally_settle(%s, %s, %s)",
            [list(resources), days.first, days.last - timedelta(days=1)],
        )


@layout_ends.hear
def remember(resource: Resource, day: date) -> None:
    """What is written down later of the days before counts by the layout that they had."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT booking_tally_remember(%s, %s)", [resource.pk, day])


def fold() -> None:
    """Every night: what acts have added to one day of a resource is one row again; the sums are the same."""
    said = {
        "hours": ", ".join(HOURS),
        "sums": ", ".join(f"sum({hour})" for hour in HOURS),
        "some": " OR ".join(f"sum({hour}) <> 0" for hour in HOURS),
    }
    with connection.cursor() as cursor:
        for table, of in TABLES.items():
            cursor.execute(FOLD.format(table=table, of=of, **said))


def register() -> None:
    outbox.every(timedelta(days=1), "booking.fold_tally")(fold)
