"""What hours were lost to: the blocks for maintenance, or the outages, that a figure of lost hours is made of.

Reckoned from claims and openings as the tally counts them (docs/adr/0047, 0102): of each unit what was open, each hour
once. So what is listed is what is counted; but of work that a later change of the layout moved to other units, the days
before that change are in the tally alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from booking.measuring.figures import EACH_HOUR, KEYS, TAKEN
from booking.measuring.tally import MAINTENANCE, OUTAGE, Days

AROUND = "tstzrange(%(first)s::date - interval '1 day', %(last)s::date + interval '1 day')"


def _claims(of: str, kind: str, only: str = "") -> str:
    """The claims of a kind, by whose they are."""
    return " UNION ALL ".join(
        f"SELECT n.{of} AS work, n.unit_id, n.during * {AROUND} AS during FROM {table} n {only} WHERE n.kind = '{kind}' AND n.during && {AROUND}"
        for table in ("booking_claim", "booking_claim_past")
    )


CLAIMS = {
    MAINTENANCE: _claims(
        "block_id", "block", "JOIN booking_block k ON k.id = n.block_id AND k.kind = 'maintenance'"
    ),
    OUTAGE: _claims("outage_id", "outage"),
}
# History knows no unit by an index: the few claims of the kind are read once, and met with whose hours they took.
LOST = f"""
WITH claims AS MATERIALIZED ({{claims}}), met AS (
    SELECT c.work, u.unit_id, v.time_zone, range_agg(c.during * u.held * o.during) AS whole
    FROM ({TAKEN.format(which="")}) u JOIN claims c ON c.unit_id = u.unit_id
    JOIN spaces_resource r ON r.id = u.resource_id JOIN spaces_venue v ON v.id = r.venue_id
    CROSS JOIN LATERAL (
        SELECT p.during FROM spaces_openspan p WHERE p.resource_id = u.resource_id AND p.during && c.during
        AND lower(p.during) > lower(c.during) - interval '2 days' AND lower(p.during) < upper(c.during) OFFSET 0
    ) o
    GROUP BY 1, 2, 3
), v AS (
    SELECT work, time_zone, unnest(whole) AS during FROM met
), s AS (
    SELECT v.work, h AT TIME ZONE v.time_zone AS local,
           extract(epoch FROM least(upper(v.during), h + interval '1 hour') - greatest(lower(v.during), h)) AS seconds
    FROM v {EACH_HOUR.format("v.during")}
)
SELECT s.work, sum(s.seconds)::bigint FROM s
WHERE s.local >= %(first)s::date AND s.local < %(last)s::date
  AND (%(weekday)s::int IS NULL OR {KEYS["weekday"]} = %(weekday)s::text)
  AND (%(hour)s::int IS NULL OR {KEYS["hour"]} = %(hour)s::text)
GROUP BY 1
"""


def lost_to(
    measure: str, resources: Iterable[UUID], days: Days, weekday: int | None = None, hour: int | None = None
) -> dict[UUID, int]:
    """Of each block for `maintenance`, or each `outage`, the seconds that these resources lost to it in these days, or in one
    weekday or hour of them; one statement."""
    asked: dict[str, Any] = {
        "resources": list(resources),
        "first": days.first,
        "last": days.last,
        "weekday": weekday,
        "hour": hour,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOST.format(claims=CLAIMS[measure]), asked)
        return dict(cursor.fetchall())
