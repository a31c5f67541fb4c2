"""The tally: how many seconds of each resource's units were opened, booked, attended or lost, by local day and hour.

The database keeps it in step with claims, attendance and openings in the transaction that changes them (migration
0013, docs/adr/0047); here it is only read, and its rows of one day are folded into one at night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from core import outbox

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
FOLD = f"""
WITH many AS (
    SELECT resource_id, day, measure FROM booking_tally GROUP BY 1, 2, 3 HAVING count(*) > 1
), gone AS (
    DELETE FROM booking_tally t USING many m
    WHERE (t.resource_id, t.day, t.measure) = (m.resource_id, m.day, m.measure) RETURNING t.*
)
INSERT INTO booking_tally (resource_id, day, measure, {", ".join(HOURS)})
SELECT resource_id, day, measure, {", ".join(f"sum({hour})" for hour in HOURS)}
FROM gone GROUP BY 1, 2, 3 HAVING {" OR ".join(f"sum({hour}) <> 0" for hour in HOURS)}
"""


class Days(NamedTuple):
    """Local days, the last excluded."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days

    def before(self) -> Days:
        """As many days that end where these begin."""
        return Days(self.first - timedelta(days=self.length), self.first)

    def a_year_before(self) -> Days:
        """The same weekdays fifty-two weeks before."""
        return Days(self.first - timedelta(weeks=52), self.last - timedelta(weeks=52))


Minutes = dict[str, int]


def totals(
    resources: Iterable[UUID], days: Days, by: str, measures: Sequence[str] = MEASURES
) -> dict[Any, Minutes]:
    """Whole minutes of each measure by `resource`, `day`, `weekday` (1 Monday) or `month` (YYYY-MM); one statement."""
    found: dict[Any, dict[str, int]] = defaultdict(dict)
    for key, measure, seconds in _read(BY_KEY.format(key=KEYS[by]), resources, days, measures):
        found[key][measure] = minutes(seconds)
    return dict(sorted(found.items()))


def by_hour(
    resources: Iterable[UUID], days: Days, measures: Sequence[str] = MEASURES
) -> dict[tuple[int, int], Minutes]:
    """Whole minutes of each measure by weekday and hour of the venue's clock; one statement."""
    found: dict[tuple[int, int], Minutes] = defaultdict(dict)
    for weekday, measure, *hours in _read(BY_HOUR, resources, days, measures):
        for hour, seconds in enumerate(hours):
            if seconds:
                found[weekday, hour][measure] = minutes(seconds)
    return dict(sorted(found.items()))


def by_day(
    resources: Iterable[UUID], days: Days, measures: Sequence[str], width: int = 1
) -> dict[UUID, dict[str, list[int]]]:
    """Of each resource and measure whole minutes of every `width` days, in order; one statement."""
    many = -(-days.length // width)
    found: dict[UUID, dict[str, list[int]]] = defaultdict(dict)
    for resource, measure, places, amounts in _read(BY_DAY, resources, days, measures):
        line = [0] * many
        for place, seconds in zip(places, amounts, strict=True):
            line[place // width] += seconds
        found[resource][measure] = [minutes(seconds) for seconds in line]
    return found


def minutes(seconds: int) -> int:
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


def fold() -> None:
    """Every night: what acts have added to one day of a resource is one row again; the sums are the same."""
    with connection.cursor() as cursor:
        cursor.execute(FOLD)


def register() -> None:
    outbox.every(timedelta(days=1), "booking.fold_tally")(fold)
