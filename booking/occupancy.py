"""Hours opened, booked and attended: measured on units, from claims and openings, in SQL.

Opened is Σ over units of their resource's open time; booked is Σ of item periods inside it; set-up, clean-up and
blocks are columns of their own; requests and holds count as nothing (foundations §8, docs/adr/0004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.range import TimestamptzRange

from core.periods import Period
from spaces.models import Venue

# Each resource's own units, and the minutes of its opening and of its units' claims that fall in the window. A hall
# and its halves share units: a booking of either shows on both, as what it is: time that nobody else can have.
MEASURE = """
WITH resources AS (
    SELECT r.id, r.name, r.kind FROM spaces_resource r
    WHERE r.venue_id = %(venue)s AND r.is_active AND (%(all)s OR r.id = ANY(%(only)s))
), units AS (
    SELECT DISTINCT r.id AS resource, u.unit_id AS unit
    FROM resources r JOIN spaces_part p ON p.resource_id = r.id JOIN spaces_part_units u ON u.part_id = p.id
), opened AS (
    SELECT s.resource_id AS resource, s.during * %(window)s::tstzrange AS during
    FROM spaces_openspan s JOIN resources r ON r.id = s.resource_id WHERE s.during && %(window)s::tstzrange
), taken AS (
    SELECT c.unit_id AS unit, c.during, c.kind, c.item_id, c.block_id FROM booking_claim c
    WHERE c.during && %(window)s::tstzrange AND c.kind IN ('booked', 'block') AND c.unit_id IN (SELECT unit FROM units)
    UNION ALL
    SELECT c.unit_id, c.during, c.kind, c.item_id, c.block_id FROM booking_claim_past c
    WHERE c.during && %(window)s::tstzrange AND c.kind IN ('booked', 'block') AND c.unit_id IN (SELECT unit FROM units)
), uses AS (
    SELECT u.resource, u.unit, t.kind, t.during AS whole,
           CASE WHEN t.kind = 'block' THEN t.during ELSE i.period END AS during,
           b.attendance IN ('present', 'left') AS attended
    FROM taken t JOIN units u ON u.unit = t.unit
    LEFT JOIN booking_item i ON i.id = t.item_id LEFT JOIN booking_booking b ON b.id = i.booking_id
)
"""

BY_RESOURCE = """
, open_minutes AS (
    SELECT resource, sum(extract(epoch FROM upper(during) - lower(during)) / 60)::bigint AS minutes FROM opened GROUP BY 1
), inside AS (
    SELECT u.resource, u.kind, u.attended, o.during * u.during AS part,
           extract(epoch FROM (upper(u.whole) - lower(u.whole)) - (upper(u.during) - lower(u.during))) / 60 AS padding
    FROM uses u LEFT JOIN opened o ON o.resource = u.resource AND o.during && u.during
), used AS (
    SELECT resource,
           coalesce(sum(extract(epoch FROM upper(part) - lower(part)) / 60) FILTER (WHERE kind = 'booked'), 0)::bigint AS booked,
           coalesce(sum(extract(epoch FROM upper(part) - lower(part)) / 60) FILTER (WHERE kind = 'booked' AND attended), 0)::bigint AS attended,
           coalesce(sum(extract(epoch FROM upper(part) - lower(part)) / 60) FILTER (WHERE kind = 'block'), 0)::bigint AS blocked,
           coalesce(sum(padding) FILTER (WHERE kind = 'booked'), 0)::bigint AS padding
    FROM inside GROUP BY 1
), counted AS (SELECT resource, count(*) AS units FROM units GROUP BY 1)
SELECT r.id, r.name, r.kind, c.units, coalesce(o.minutes, 0) * c.units, coalesce(u.booked, 0), coalesce(u.attended, 0),
       coalesce(u.blocked, 0), coalesce(u.padding, 0)
FROM resources r JOIN counted c ON c.resource = r.id LEFT JOIN open_minutes o ON o.resource = r.id
LEFT JOIN used u ON u.resource = r.id ORDER BY r.name, r.id
"""

# Cut by local hours: a bucket is an hour of elapsed time that begins at a full hour of UTC, named by the venue's clock.
BY_BUCKET = """
, weight AS (SELECT resource, count(*) AS units FROM units GROUP BY 1
), hours AS (
    SELECT extract(isodow FROM h AT TIME ZONE %(zone)s)::int AS weekday, extract(hour FROM h AT TIME ZONE %(zone)s)::int AS hour,
           to_char(h AT TIME ZONE %(zone)s, 'YYYY-MM') AS month, x.what,
           extract(epoch FROM least(upper(x.during), h + interval '1 hour') - greatest(lower(x.during), h)) / 60 * x.units AS minutes
    FROM (
        SELECT 'opened' AS what, o.during, w.units FROM opened o JOIN weight w ON w.resource = o.resource
        UNION ALL
        SELECT 'booked', o.during * u.during, 1 FROM uses u JOIN opened o ON o.resource = u.resource AND o.during && u.during
        WHERE u.kind = 'booked'
        UNION ALL
        SELECT 'attended', o.during * u.during, 1 FROM uses u JOIN opened o ON o.resource = u.resource AND o.during && u.during
        WHERE u.kind = 'booked' AND u.attended
    ) x, generate_series(date_trunc('hour', lower(x.during)), upper(x.during) - interval '1 microsecond', interval '1 hour') h
)
SELECT {key}, coalesce(sum(minutes) FILTER (WHERE what = 'opened'), 0)::bigint,
       coalesce(sum(minutes) FILTER (WHERE what = 'booked'), 0)::bigint,
       coalesce(sum(minutes) FILTER (WHERE what = 'attended'), 0)::bigint
FROM hours GROUP BY {key} ORDER BY {key}
"""


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """Unit-minutes of one resource in a window."""

    id: UUID
    name: str
    kind: str
    units: int
    opened: int
    booked: int
    attended: int
    blocked: int
    padding: int


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Everything a manager reads: by resource, by hour of the week, by month; all in minutes."""

    resources: list[ResourceUse]
    heat: list[tuple[int, int, int, int, int]] = field(
        default_factory=list
    )  # weekday, hour, opened, booked, attended
    months: list[tuple[str, int, int, int]] = field(default_factory=list)


def occupancy(venue: Venue, window: Period, only: Sequence[UUID] | None = None) -> Occupancy:
    """How the venue's resources were used in a window; three statements."""
    parameters: dict[str, Any] = {
        "venue": venue.pk,
        "window": TimestamptzRange(window.start, window.end, "[)"),
        "zone": venue.time_zone,
        "all": only is None,
        "only": list(only or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(MEASURE + BY_RESOURCE, parameters)
        resources = [ResourceUse(*row) for row in cursor.fetchall()]
        cursor.execute(MEASURE + BY_BUCKET.format(key="weekday, hour"), parameters)
        heat = list(cursor.fetchall())
        cursor.execute(MEASURE + BY_BUCKET.format(key="month"), parameters)
        months = list(cursor.fetchall())
    return Occupancy(resources, heat, months)
