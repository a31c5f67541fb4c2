"""What was taken, net, by whatever cuts a report: read from the ledger by the day on which it was entered.

By hour and weekday each booking's takings are spread over the time that it was booked for (docs/adr/0103).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from billing.budgets.cuts import CUTS
from booking.measuring.figures import Key
from booking.measuring.tally import Days
from core.money import ZERO, Money

# By plan and programme as the hours are: the booking's, of whoever booked, on the day on which it begins.
KEYS = CUTS | {
    "none": Key("''"),
    "resource": Key("s.resource_id::text"),
    "kind": Key("s.kind"),
    "venue": Key("s.venue_id::text"),
    "partner": Key("s.owner::text"),
    "month": Key("to_char(s.\"on\", 'YYYY-MM')"),
}
ENTERED = """
WITH s AS (
    SELECT e.id, e.net, e."on", e.resource_id, r.kind, r.venue_id, coalesce(r.owner_id, v.partner_id) AS owner,
           e.booking_id AS booking, b.person_id AS person, b.organisation_id, b.state, lower(b.period) AT TIME ZONE v.time_zone AS local
    FROM billing_entry e JOIN spaces_resource r ON r.id = e.resource_id JOIN spaces_venue v ON v.id = r.venue_id
    LEFT JOIN booking_booking b ON b.id = e.booking_id
    WHERE e.resource_id = ANY(%(resources)s) AND e."on" >= %(first)s AND e."on" < %(last)s
)
"""
# What members paid for the plan itself: of no thing, so beside what bookings took, never in it.
FEE_KEYS = {
    "none": "''",
    "venue": "p.venue_id::text",
    "partner": "e.partner_id::text",
    "plan": "e.plan_id::text",
    "month": "to_char(e.\"on\", 'YYYY-MM')",
}
OF_PLANS = """
FROM billing_entry e JOIN billing_plan p ON p.id = e.plan_id
WHERE e.plan_id IS NOT NULL AND p.venue_id = ANY(%(venues)s) AND e."on" >= %(first)s AND e."on" < %(last)s
"""
TAKEN = ENTERED + "SELECT {key}, sum(s.net) FROM s {joins} GROUP BY 1"
BEHIND = ENTERED + "SELECT DISTINCT s.id FROM s {joins} WHERE {key} = %(one)s"


# Of each entry how many seconds its booking had of its resource in every hour of the week (24 × weekday + hour), cut as
# the tally cuts; of a booking that has that resource no more, of all that it has.
SPREAD = """
WITH e AS (
    SELECT e.id, e.net, e.booking_id, e.resource_id, EXISTS (
        SELECT FROM booking_item i WHERE i.booking_id = e.booking_id AND i.resource_id = e.resource_id) AS own
    FROM billing_entry e
    WHERE e.resource_id = ANY(%(resources)s) AND e."on" >= %(first)s AND e."on" < %(last)s
), had AS (
    SELECT e.id, e.net, t.cells, t.seconds FROM e LEFT JOIN LATERAL (
        SELECT array_agg(c.cell ORDER BY c.cell) AS cells, array_agg(c.seconds ORDER BY c.cell) AS seconds FROM (
            SELECT (24 * extract(isodow FROM h AT TIME ZONE v.time_zone) + extract(hour FROM h AT TIME ZONE v.time_zone))::int AS cell,
                   sum(extract(epoch FROM least(upper(i.period), h + interval '1 hour') - greatest(lower(i.period), h)))::int AS seconds
            FROM booking_item i JOIN spaces_resource r ON r.id = i.resource_id JOIN spaces_venue v ON v.id = r.venue_id
            CROSS JOIN LATERAL generate_series(
                lower(i.period) - ((lower(i.period) AT TIME ZONE v.time_zone) - date_trunc('hour', lower(i.period) AT TIME ZONE v.time_zone)),
                upper(i.period) - interval '1 microsecond', interval '1 hour') h
            WHERE i.booking_id = e.booking_id AND (i.resource_id = e.resource_id OR NOT e.own)
            GROUP BY 1
        ) c
    ) t ON true
)
"""
TAKEN_IN_TIME = SPREAD + "SELECT cells, seconds, sum(net) FROM had GROUP BY 1, 2 ORDER BY 1, 2"
# Which of them have anything of an hour or weekday; those of no booking are of none.
BEHIND_IN_TIME = (
    SPREAD
    + """SELECT id FROM had WHERE (cells IS NULL AND %(one)s::int IS NULL)
    OR EXISTS (SELECT FROM unnest(cells) cell WHERE {of} = %(one)s::int)"""
)
OF_CELL = {"hour": "cell %% 24", "weekday": "cell / 24"}
IN_TIME: dict[str, Callable[[int], int]] = {
    "hour": lambda cell: cell % 24,
    "weekday": lambda cell: cell // 24,
}


def takings(resources: Iterable[UUID], days: Days, by: str) -> dict[str, Money]:
    """Net takings of these resources by one of KEYS (ids as text), less what was given back; one statement. Where
    two programmes pay, it counts in both."""
    with connection.cursor() as cursor:
        cursor.execute(TAKEN.format(key=KEYS[by].sql, joins=KEYS[by].joins), _asked(resources, days))
        return {key: Money(int(cents)) for key, cents in cursor.fetchall()}


def in_time(resources: Iterable[UUID], days: Days, by: str) -> dict[str, Money]:
    """Net takings by hour or weekday, those of no booking under ""; to the cent what `takings` has in all. One statement.

    What bookings of the same hours brought is split by how long they had of each.
    """
    found: dict[str, Money] = defaultdict(lambda: ZERO)
    with connection.cursor() as cursor:
        cursor.execute(TAKEN_IN_TIME, _asked(resources, days))
        for cells, seconds, cents in cursor.fetchall():
            if cells is None:
                found[""] += Money(int(cents))
                continue
            for cell, part in zip(cells, Money(int(cents)).split(seconds), strict=True):
                found[str(IN_TIME[by](cell))] += part
    return dict(found)


def behind(resources: Iterable[UUID], days: Days, by: str, key: str) -> list[UUID]:
    """The entries that are summed up under a key, or of which an hour or weekday has a part; one statement."""
    with connection.cursor() as cursor:
        if by in IN_TIME:
            cursor.execute(
                BEHIND_IN_TIME.format(of=OF_CELL[by]),
                _asked(resources, days) | {"one": int(key) if key else None},
            )
            return [row[0] for row in cursor.fetchall()]
        asked = _asked(resources, days) | {"one": key}
        cursor.execute(BEHIND.format(key=KEYS[by].sql, joins=KEYS[by].joins), asked)
        return [row[0] for row in cursor.fetchall()]


def fees(venues: Iterable[UUID], days: Days, by: str) -> dict[str, Money]:
    """Net fees of the plans of these venues by one of FEE_KEYS, less what was given back; each is of one plan. One
    statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {FEE_KEYS[by]}, sum(e.net) {OF_PLANS} GROUP BY 1", _fees_asked(venues, days))
        return {key: Money(int(cents)) for key, cents in cursor.fetchall()}


def behind_fees(venues: Iterable[UUID], days: Days, by: str, key: str) -> list[UUID]:
    """The entries that such a sum is made of; one statement."""
    with connection.cursor() as cursor:
        asked = _fees_asked(venues, days) | {"one": key}
        cursor.execute(f"SELECT e.id {OF_PLANS} AND {FEE_KEYS[by]} = %(one)s", asked)
        return [row[0] for row in cursor.fetchall()]


def _fees_asked(venues: Iterable[UUID], days: Days) -> dict[str, Any]:
    return {"venues": list(venues), "first": days.first, "last": days.last}


def _asked(resources: Iterable[UUID], days: Days) -> dict[str, Any]:
    return {"resources": list(resources), "first": days.first, "last": days.last}
