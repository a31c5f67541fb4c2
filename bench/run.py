"""`make bench`: how far from the floor the product is, at two sizes of town.

Every figure is a ratio to something measured in the same run on the same machine: the statements a request makes,
sent through psycopg alone, or an endpoint that does nothing. Ratios say how the product grows; seconds would only
say how busy the machine was.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import time as clock
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from config import postgres

ROOT = Path(__file__).resolve().parent.parent
SIZES = ((50, 20_000), (500, 200_000))
DAYS, ROUNDS = 60, 7


def median(function: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Seconds of the middle one of several runs, after one to warm up."""
    function()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


class Recorder:
    """The statements a request makes, so that they can be sent again without the product around them."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements.append((sql, params))
        return execute(sql, params, many, context)


def floor(url: str, statements: list[tuple[str, Any]]) -> float:
    reads = [
        (sql, params) for sql, params in statements if sql.lstrip().upper().startswith(("SELECT", "WITH"))
    ]
    with psycopg.connect(url, autocommit=True) as db:

        def again() -> None:
            for sql, params in reads:
                db.execute(sql.encode(), params).fetchall()

        return median(again)


def fill(resources: int, claims: int) -> Any:
    """A venue of so many rooms, open every day, with so many bookings spread evenly over two months."""
    from django.db import connection

    from core.clock import now
    from people.models import Organisation, Partner, Person
    from spaces import layout, opening
    from spaces.models import Resource, Venue

    body = Organisation.objects.create(name="Bench", kind="company")
    partner = Partner.objects.create(organisation=body, short_name="Bench")
    venue = Venue.objects.create(
        slug="bench", name="Bench", partner=partner, street="-", city="-", holidays_of=""
    )
    today = now().date()
    opening.set_hours(venue, range(1, 8), clock(0), None, first_on=today - timedelta(days=70))
    person = Person.objects.create_user("bench@example.org", None, name="Bench")
    rooms = [
        Resource.objects.create(venue=venue, slug=f"r{n}", kind="meeting_room", name=f"R{n}")
        for n in range(resources)
    ]
    for room in rooms:
        layout.make_whole(room)
    opening.plan(rooms[0], today - timedelta(days=65))
    per = claims // resources
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO spaces_openspan (resource_id, during, anchor) SELECT r.id, s.during, s.anchor FROM spaces_openspan s,"
            " spaces_resource r WHERE s.resource_id = %s AND r.id <> %s AND lower(s.during) < now() + interval '100 days'",
            [rooms[0].pk, rooms[0].pk],
        )
        cursor.execute("UPDATE spaces_resource SET planned_until = now() + interval '700 days'")
        cursor.execute(BOOKINGS, {"venue": venue.pk, "person": person.pk, "per": per, "days": DAYS})
        cursor.execute(ITEMS)
        cursor.execute(CLAIMS)
    return venue, person, list(Resource.objects.select_related("venue").order_by("name"))


# Half-hour bookings at a fixed stride, so that both sizes are equally full.
BOOKINGS = """
INSERT INTO booking_booking (id, code, venue_id, person_id, made_by_id, state, period, title, notes, needs_approval, earliest_start,
    reason, attendance, made_at, sequence)
SELECT gen_random_uuid(), upper(substr(md5(r.id::text || k), 1, 6)), %(venue)s, %(person)s, %(person)s, 'confirmed',
    tstzrange(s, s + interval '30 min'), r.id::text, '', false, s, '', CASE WHEN s < now() THEN 'left' ELSE 'expected' END, now(), 0
FROM spaces_resource r, generate_series(0, %(per)s - 1) k,
    LATERAL (SELECT date_trunc('day', now()) - interval '30 days' + k * (%(days)s * interval '1 day' / %(per)s) AS raw) t,
    LATERAL (SELECT date_trunc('hour', raw) AS s) u
ON CONFLICT DO NOTHING
"""
ITEMS = """
INSERT INTO booking_item (id, booking_id, resource_id, period, quantity, set_up_minutes, clean_up_minutes)
SELECT gen_random_uuid(), id, title::uuid, period, 1, 0, 0 FROM booking_booking
"""
CLAIMS = """
INSERT INTO booking_claim (unit_id, during, kind, item_id)
SELECT DISTINCT ON (u.unit_id, i.period) u.unit_id, i.period, 'booked', i.id
FROM booking_item i JOIN spaces_part p ON p.resource_id = i.resource_id JOIN spaces_part_units u ON u.part_id = p.id
ORDER BY u.unit_id, i.period
"""


def measure(url: str, resources: int, claims: int) -> None:
    """One size of town: fills it, and prints a line for each thing that people wait for."""
    from django.db import connection
    from django.test import Client

    from booking.claims import Ask
    from booking.holds import Wish, hold, release
    from booking.occupancy import occupancy
    from core.clock import now
    from core.ids import encode
    from core.periods import Period, local_day

    venue, person, rooms = fill(resources, claims)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("ANALYZE")
    api, today = Client(), now().date()
    trivial = median(lambda: api.get("/problems/invalid"), 50)
    month = f"on_from={today}&on_to={today + timedelta(days=30)}"
    week = f"on_from={today}&on_to={today + timedelta(days=7)}"
    venue_id = encode("ven", venue.pk)
    day = local_day(today, venue.zone)
    window = Period(day.start - timedelta(days=30), day.start)
    room, at = rooms[0], day.start + timedelta(days=40, hours=1, minutes=30)
    slots = iter(range(100_000))

    def one_hold() -> None:
        start = at + timedelta(hours=next(slots) % 24 * 1)
        made = hold(Wish(person, [Ask(room, Period(start, start + timedelta(minutes=30)))], made_by=person))
        release(person, made.pk)

    things: dict[str, Callable[[], Any]] = {
        "availability search, all rooms, 30 days": lambda: api.get(
            f"/api/v1/offers?venue_id={venue_id}&{month}"
        ),
        "week timeline, all rooms": lambda: api.get(f"/api/v1/availability?venue_id={venue_id}&{week}"),
        "occupancy report, 30 days": lambda: occupancy(venue, window),
        "hold and give back": one_hold,
    }
    print(f"\n{resources} resources, {claims:,} bookings (a trivial endpoint = 1.0)")
    print(f"  {'':<42}{'x trivial':>10}{'x its SQL':>11}{'statements':>12}")
    for name, function in things.items():
        recorder = Recorder()
        with connection.execute_wrapper(recorder):
            function()
        taken, bare = median(function), floor(url, recorder.statements)
        print(
            f"  {name:<42}{taken / trivial:>10.1f}{taken / bare:>11.1f}{len(recorder.statements):>12}",
            flush=True,
        )


def main() -> int:
    """Each size in a database of its own on a throwaway server."""
    if len(sys.argv) > 1:
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="ballatoio-bench-"))
    folder.chmod(0o755)
    try:
        for resources, claims in SIZES:
            server = postgres.Server(folder / str(resources), forgetful=True)
            server.start()
            ours = os.environ | {"POSTGRES_HOME": str(server.home), "DATA_DIR": str(folder)}
            url = server.url(postgres.APPLICATION)
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=ours, check=True)
            subprocess.run(
                [sys.executable, "-m", "bench.run", url, str(resources), str(claims)],
                cwd=ROOT,
                env=ours,
                check=True,
            )
            server.destroy()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
