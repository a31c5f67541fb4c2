"""What closing some days would cost, before it is decided: bookings, hours and euro.

What is certain: the bookings that already stand there, and what they have paid; what is only asked for is told apart.
What is likely: the hours that the
same weekdays of last year had beyond those, at what a booked hour has brought in the last twelve months.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from billing.books.takings import takings
from booking.measuring import tally
from booking.measuring.insight import Scope
from booking.measuring.tally import BOOKED, OPENED, Days
from core.clock import now, today
from core.money import Money, total
from core.periods import days_between

# Of each booking that meets the days: the first of them it meets, the minutes of its units inside them, and what it
# has paid so far for these resources.
STANDING = """
WITH met AS (
    SELECT i.id, i.booking_id, i.resource_id, i.period, b.state = 'requested' AS asked,
           greatest((lower(i.period) AT TIME ZONE v.time_zone)::date, %(first)s::date) AS day,
           i.period * tstzrange(%(first)s::date::timestamp AT TIME ZONE v.time_zone, %(last)s::date::timestamp AT TIME ZONE v.time_zone) AS inside
    FROM booking_item i JOIN booking_booking b ON b.id = i.booking_id
    JOIN spaces_resource r ON r.id = i.resource_id JOIN spaces_venue v ON v.id = r.venue_id
    WHERE i.resource_id = ANY(%(resources)s) AND b.state IN ('confirmed', 'requested')
      AND lower(i.period) < %(last)s::date + interval '2 days' AND upper(i.period) > greatest(%(now)s, %(first)s::date - interval '2 days')
), there AS (
    SELECT * FROM met WHERE NOT isempty(inside)
)
SELECT t.day, t.booking_id, t.resource_id, t.asked,
       sum(extract(epoch FROM upper(t.inside) - lower(t.inside)) / 60 * (SELECT count(*) FROM booking_claim c WHERE c.item_id = t.id AND booking_tally_has_hours(c.unit_id)))::int,
       coalesce((SELECT sum(e.net) FROM billing_entry e WHERE e.booking_id = t.booking_id AND e.resource_id = t.resource_id), 0)::bigint
FROM there t GROUP BY 1, 2, 3, 4 ORDER BY 1
"""
A_YEAR = timedelta(weeks=52)


class Standing(NamedTuple):
    """A booking of a resource that meets the days, or (`asked`) a request for it."""

    day: date
    booking: UUID
    resource: UUID
    asked: bool
    minutes: int
    paid: Money


@dataclass(frozen=True, slots=True)
class DayCost:
    """A day: what stands there (bookings, unit-minutes, net paid), how many ask for it besides, what opens, and what
    last year's day had."""

    on: date
    bookings: int
    requests: int
    minutes: int
    paid: Money
    opened: int
    last_year: int

    @property
    def likely(self) -> int:
        """Minutes that would still be booked, if this year went like the last."""
        return max(0, min(self.last_year, self.opened) - self.minutes)


@dataclass(frozen=True, slots=True)
class ClosingCost:
    """The whole: by day, by resource (bookings, minutes, paid), each booking and request once, and what a booked hour
    brings."""

    days: list[DayCost]
    resources: dict[UUID, tuple[int, int, Money]]
    bookings: int
    requests: int
    paid: Money
    an_hour: Money | None

    @property
    def likely(self) -> Money | None:
        """Net takings that the likely hours would have brought; None where last year tells nothing."""
        minutes = sum(day.likely for day in self.days)
        return None if self.an_hour is None else self.an_hour.times(Fraction(minutes, 60))


def closing_cost(of: Scope, days: Days) -> ClosingCost:
    """What closing a scope's resources on these days would cost; five statements."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"resources": of.ids, "first": days.first, "last": days.last, "now": now()}
        cursor.execute(STANDING, asked)
        found = [
            Standing(day, booking, resource, asking, minutes, Money(int(net)))
            for day, booking, resource, asking, minutes, net in cursor.fetchall()
        ]
    rows, asking = [r for r in found if not r.asked], [r for r in found if r.asked]
    opened = _of_days(of.ids, days, OPENED)
    then = _of_days(of.ids, days.a_year_before(), BOOKED)
    return ClosingCost(
        [
            DayCost(
                on,
                len({r.booking for r in rows if r.day == on}),
                len({r.booking for r in asking if r.day == on}),
                sum(r.minutes for r in rows if r.day == on),
                total(r.paid for r in rows if r.day == on),
                opened.get(on, 0),
                then.get(on - A_YEAR, 0),
            )
            for on in days_between(*days)
        ],
        _by_resource(rows),
        len({r.booking for r in rows}),
        len({r.booking for r in asking}),
        total(r.paid for r in rows),
        _an_hour(of.ids),
    )


def _of_days(resources: Iterable[UUID], days: Days, measure: str) -> dict[date, int]:
    return {on: m[measure] for on, m in tally.totals(resources, days, "day", (measure,)).items()}


def _by_resource(rows: list[Standing]) -> dict[UUID, tuple[int, int, Money]]:
    found: dict[UUID, tuple[int, int, Money]] = {}
    for row in rows:
        many, before, paid = found.get(row.resource, (0, 0, Money(0)))
        found[row.resource] = (many + 1, before + row.minutes, paid + row.paid)
    return found


def _an_hour(resources: Iterable[UUID]) -> Money | None:
    """What a booked hour has brought in the twelve months to today, net."""
    ids, day = list(resources), today()
    year = Days(day - A_YEAR, day)
    booked = sum(m.get(BOOKED, 0) for m in tally.totals(ids, year, "month", (BOOKED,)).values())
    return takings(ids, year, "none").get("", Money(0)).times(Fraction(60, booked)) if booked else None
