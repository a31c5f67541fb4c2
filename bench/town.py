"""The town that is measured: a thousand rooms, the same two months to come at every size, and more or less past.

A tenth of the rooms is fully booked for the first week, the next tenth for six days, and so on; the others have a
booking or two a day. What is past is spread over the days before, as evenly. Claims lie as the nightly act leaves them: what ended
over 35 days ago is history, so that at two million bookings nine claims in ten are.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import psycopg

ROOMS = 1_000
TO_COME = 100_000
A_DAY = 1_700  # past bookings a day
PAST_OPEN = 365  # days before today on which the rooms were open

SLOTS = """
CREATE TEMP TABLE slot AS
WITH room AS (
    SELECT r.id AS resource, u.unit_id AS unit, row_number() OVER (ORDER BY r.slug) - 1 AS n
    FROM spaces_resource r JOIN spaces_part p ON p.resource_id = r.id JOIN spaces_part_units u ON u.part_id = p.id
), coming AS (
    SELECT room.*, date_trunc('day', now()) + d * interval '1 day' + interval '8 hours' + k * interval '2 hours' AS start,
           row_number() OVER (ORDER BY d, k, n) AS rank
    FROM room, generate_series(0, 59) d, generate_series(0, 5) k
    WHERE d < 7 - n %% 10 OR (n + d + k) %% 5 = 0
), past AS (
    SELECT room.*, date_trunc('day', now()) - (1 + s / %(a_day)s) * interval '1 day' + interval '8 hours'
           + ((s %% %(a_day)s) / %(rooms)s) * interval '3 hours' AS start
    FROM generate_series(0, %(past)s - 1) s JOIN room ON room.n = s %% %(a_day)s %% %(rooms)s
)
SELECT row_number() OVER () AS n, gen_random_uuid() AS booking, gen_random_uuid() AS item, resource, unit,
       tstzrange(start, start + interval '2 hours') AS period
FROM (SELECT resource, unit, start FROM coming WHERE rank <= %(to_come)s
      UNION ALL SELECT resource, unit, start FROM past) every
"""
# What differs from booking to booking; the rest is copied from one that the models made.
OF_BOOKINGS = {
    "id": "slot.booking", "code": "lpad(to_hex(slot.n), 6, '0')", "period": "slot.period",
    "earliest_start": "lower(slot.period)",
    "attendance": "CASE WHEN upper(slot.period) < now() THEN 'left' ELSE 'expected' END",
}  # fmt: skip
OF_ITEMS = {
    "id": "slot.item",
    "booking_id": "slot.booking",
    "resource_id": "slot.resource",
    "period": "slot.period",
}
CLAIMS = """
INSERT INTO booking_claim (unit_id, during, kind, item_id)
SELECT unit, period, 'booked', item FROM slot WHERE upper(period) >= now() - interval '35 days' ORDER BY lower(period)
"""
HISTORY = """
INSERT INTO booking_claim_past (id, unit_id, during, kind, item_id)
SELECT -n, unit, period, 'booked', item FROM slot WHERE upper(period) < now() - interval '35 days' ORDER BY lower(period)
"""
OPENING = """
INSERT INTO spaces_openspan (resource_id, during, anchor)
SELECT r.id, s.during, s.anchor FROM spaces_openspan s, spaces_resource r WHERE s.resource_id = %s AND r.id <> %s
"""


def copies(model: Any, row: Any, changes: dict[str, str]) -> str:
    """The statement that writes a row like this one for every slot."""
    columns = [field.column for field in model._meta.local_concrete_fields]
    values = [changes.get(column, f'row."{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM slot, {table} row WHERE row.id = '{row.pk}'"


def fill(superuser: str, bookings: int) -> tuple[Any, Any, list[Any]]:
    """The venue, somebody who may book and has nothing, and the rooms (with their venue), in the order of their names.

    Bookings are written as the superuser of a throwaway server, past the triggers that would check each row.
    """
    from billing.models import Rate, Tariff, VatRate
    from booking.models import Booking, Item
    from core.clock import now
    from core.money import Money
    from core.periods import Period
    from people.models import Organisation, Partner, Person
    from spaces import layout, opening
    from spaces.models import Resource, Rules, Venue

    body = Organisation.objects.create(name="Bench", kind="company")
    partner = Partner.objects.create(organisation=body, short_name="Bench")
    venue = Venue.objects.create(
        slug="bench", name="Bench", partner=partner, street="-", city="-", time_zone="UTC", holidays_of=""
    )
    today = now().date()
    opening.set_hours(venue, range(1, 8), time(8), time(22), first_on=today - timedelta(days=PAST_OPEN + 5))
    Rules.objects.create(
        venue=venue, from_on=today - timedelta(days=900), data={"clean_up": 15, "horizon_days": 200}
    )
    vat = VatRate.objects.create(name="22%", percent=22)
    tariff = Tariff.objects.create(
        venue=venue, partner=partner, name="Bench", from_on=today - timedelta(days=900), published_at=now()
    )
    Rate.objects.create(tariff=tariff, price=Money(1200), vat_rate=vat)
    Rate.objects.create(tariff=tariff, price=Money(1500), vat_rate=vat, from_time=time(19))
    person = Person.objects.create_user("bench@example.org", None, name="Bench")
    asker = Person.objects.create_user("asker@example.org", None, name="Asker")
    rooms = [
        Resource.objects.create(
            venue=venue, slug=f"r{n:04}", kind="meeting_room", name=f"R{n:04}", capacity=8
        )
        for n in range(ROOMS)
    ]
    for room in rooms:
        layout.make_whole(room)
    opening.plan(rooms[0], today - timedelta(days=PAST_OPEN))
    long_ago = Period(now() - timedelta(days=1200), now() - timedelta(days=1199))
    booking = Booking.objects.create(
        code="000000", venue=venue, person=person, made_by=person, state=Booking.State.CONFIRMED,
        period=long_ago, earliest_start=long_ago.start,
    )  # fmt: skip
    item = Item.objects.create(booking=booking, resource=rooms[0], period=long_ago)
    sizes = {"rooms": ROOMS, "to_come": TO_COME, "past": bookings - TO_COME, "a_day": A_DAY}
    with psycopg.connect(superuser, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        db.execute(OPENING, [rooms[0].pk, rooms[0].pk])
        db.execute("UPDATE spaces_resource SET planned_until = now() + interval '700 days'")
        db.execute(SLOTS, sizes)
        for statement in (
            copies(Booking, booking, OF_BOOKINGS),
            copies(Item, item, OF_ITEMS),
            CLAIMS,
            HISTORY,
        ):
            db.execute(statement.encode())
        db.execute("VACUUM ANALYZE")
    return venue, asker, list(Resource.objects.select_related("venue").order_by("name"))
