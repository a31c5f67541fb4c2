"""What was taken, net, by whatever cuts a report: read from the ledger by the day on which it was entered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from billing.cuts import CUTS
from booking.figures import Key
from booking.tally import Days
from core.money import Money

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
TAKEN = ENTERED + "SELECT {key}, sum(s.net) FROM s {joins} GROUP BY 1"
BEHIND = ENTERED + "SELECT DISTINCT s.id FROM s {joins} WHERE {key} = %(one)s"


def takings(resources: Iterable[UUID], days: Days, by: str) -> dict[str, Money]:
    """Net takings of these resources by one of KEYS (ids as text), less what was given back; one statement. Where
    somebody is on two plans, or two programmes pay, it counts in both."""
    with connection.cursor() as cursor:
        cursor.execute(TAKEN.format(key=KEYS[by].sql, joins=KEYS[by].joins), _asked(resources, days))
        return {key: Money(int(cents)) for key, cents in cursor.fetchall()}


def behind(resources: Iterable[UUID], days: Days, by: str, key: str) -> list[UUID]:
    """The entries that are summed up under a key; one statement."""
    with connection.cursor() as cursor:
        asked = _asked(resources, days) | {"one": key}
        cursor.execute(BEHIND.format(key=KEYS[by].sql, joins=KEYS[by].joins), asked)
        return [row[0] for row in cursor.fetchall()]


def _asked(resources: Iterable[UUID], days: Days) -> dict[str, Any]:
    return {"resources": list(resources), "first": days.first, "last": days.last}
