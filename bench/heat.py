"""The week's heat map of five hundred rooms over a year: what the tally answers, and the same added up from claims and
openings, as one would have to without it; and what a booking's claim pays for that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg

ROOMS = 500
NAME = "heat map of 500 resources over a year"
ROUNDS, CLAIMS = 5, 200
CLAIMED = "a booking's claim with its hours counted"
# A day that nobody has booked yet, so that only the tally makes the difference; what is written is not kept.
CLAIM = """
INSERT INTO booking_claim (unit_id, during, kind, item_id)
SELECT u.unit_id, tstzrange(current_date + 90 + interval '10 hours', current_date + 90 + interval '12 hours'), 'booked',
       (SELECT id FROM booking_item WHERE resource_id = %(resource)s ORDER BY lower(period) DESC LIMIT 1)
FROM spaces_part p JOIN spaces_part_units u ON u.part_id = p.id WHERE p.resource_id = %(resource)s
"""

# The town's clock is UTC, its rooms have one unit each and nobody came late: hours by weekday, in minutes.
FLOOR = """
WITH taken AS (
    SELECT p.resource_id, 'booked' AS measure, o.during * i.period AS during
    FROM (SELECT unit_id, item_id, during, kind FROM booking_claim UNION ALL
          SELECT unit_id, item_id, during, kind FROM booking_claim_past) c
    JOIN spaces_part_units u ON u.unit_id = c.unit_id JOIN spaces_part p ON p.id = u.part_id
    JOIN booking_item i ON i.id = c.item_id
    JOIN spaces_openspan o ON o.resource_id = p.resource_id AND o.during && c.during
    WHERE c.kind = 'booked' AND p.resource_id = ANY(%(resources)s)
      AND c.during && tstzrange(%(first)s::date, %(last)s::date)
    UNION ALL
    SELECT resource_id, 'opened', during FROM spaces_openspan
    WHERE resource_id = ANY(%(resources)s) AND during && tstzrange(%(first)s::date, %(last)s::date)
)
SELECT extract(isodow FROM h)::int, extract(hour FROM h)::int, measure,
       (sum(extract(epoch FROM least(upper(during), h + interval '1 hour') - greatest(lower(during), h))) / 60)::int
FROM taken CROSS JOIN LATERAL generate_series(date_trunc('hour', lower(during)), upper(during) - interval '1 microsecond',
                                              interval '1 hour') h
WHERE h >= %(first)s::date AND h < %(last)s::date
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def tallied(superuser: str, rooms: list[Any]) -> None:
    """The year before today is in the tally, as triggers and the nightly act would have left it."""
    with psycopg.connect(superuser, autocommit=True) as db:
        db.execute(
            "SELECT booking_tally_settle(%s, current_date - 365, current_date - 1)",
            [[r.pk for r in rooms[:ROOMS]]],
        )
        db.execute("VACUUM ANALYZE booking_tally")


def asked(rooms: list[Any]) -> dict[str, Any]:
    from core.clock import now

    today = now().date()
    return {
        "resources": [r.pk for r in rooms[:ROOMS]],
        "first": today - timedelta(days=365),
        "last": today,
    }


def shown(parameters: dict[str, Any]) -> list[tuple[int, int, str, int]]:
    """The product's answer: (weekday, hour, measure, minutes)."""
    from booking.measuring import tally

    days = tally.Days(parameters["first"], parameters["last"])
    hours = tally.by_hour(parameters["resources"], days, (tally.OPENED, tally.BOOKED))
    return sorted(
        (weekday, hour, measure, minutes)
        for (weekday, hour), told in hours.items()
        for measure, minutes in told.items()
    )


def claiming(db: psycopg.Connection[Any], room: Any, *, tallied: bool) -> None:
    """A booking's claim is written, and taken back before anybody has seen it."""
    with db.transaction(force_rollback=True):
        # Claims that only become history are not counted again: so the triggers can be told to stay out.
        db.execute("SELECT set_config('booking.moving_to_history', %s, true)", ["off" if tallied else "on"])
        db.execute(CLAIM, {"resource": room.pk})
