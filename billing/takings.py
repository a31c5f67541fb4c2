"""What was taken, net, by whatever cuts a report: read from the ledger by the day on which it was entered."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from booking.tally import Days
from core.money import Money

KEYS = {
    "none": "''",
    "resource": "e.resource_id::text",
    "kind": "r.kind",
    "venue": "r.venue_id::text",
    "partner": "coalesce(r.owner_id, v.partner_id)::text",
    "month": "to_char(e.\"on\", 'YYYY-MM')",
}
TAKEN = """
SELECT {key}, sum(e.net) FROM billing_entry e JOIN spaces_resource r ON r.id = e.resource_id JOIN spaces_venue v ON v.id = r.venue_id
WHERE e.resource_id = ANY(%s) AND e."on" >= %s AND e."on" < %s GROUP BY 1
"""


def takings(resources: Iterable[UUID], days: Days, by: str) -> dict[str, Money]:
    """Net takings of these resources by one of KEYS (ids as text), less what was given back; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(TAKEN.format(key=KEYS[by]), [list(resources), days.first, days.last])
        return {key: Money(int(cents)) for key, cents in cursor.fetchall()}
