"""`python -m bench.week`: where the time of the heat map goes, at 500 resources for a year.

Filled is only what it reads: the tally as two million bookings and the nightly act leave it, a row for each resource, day
and measure. Told is the fastest of some rounds of each part, in milliseconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
ROOMS, DAYS, ROUNDS = 500, 365, 15
LAST = date(2026, 11, 1)

# Open from 8 to 22, booked and attended in most of it; every tenth day something is under maintenance.
TALLY = """
INSERT INTO booking_tally (resource_id, day, measure, {hours})
SELECT r.id, d::date, m.measure, {seconds}
FROM spaces_resource r, generate_series(%(first)s::date, %(last)s::date - 1, interval '1 day') d,
     (VALUES ('opened', 3600, 1), ('booked', 1800, 1), ('attended', 1700, 1), ('maintenance', 600, 10)) m(measure, seconds, every)
WHERE extract(doy FROM d)::int %% m.every = 0
"""


def fill(superuser: str) -> tuple[Any, list[Any]]:
    """A manager, and the resources of their venue."""
    from booking.measuring.tally import HOURS
    from people.models import Organisation, Partner, Person, Role
    from spaces import layout
    from spaces.models import Resource, Venue

    body = Organisation.objects.create(name="Bench", kind="company")
    partner = Partner.objects.create(organisation=body, short_name="Bench")
    venue = Venue.objects.create(
        slug="bench", name="Bench", partner=partner, street="-", city="-", time_zone="UTC"
    )
    manager = Person.objects.create_user("manager@example.org", None, name="Manager")
    Role.objects.create(person=manager, kind=Role.Kind.MANAGER, partner=partner)
    rooms = [
        Resource.objects.create(venue=venue, slug=f"r{n:03}", kind="meeting_room", name=f"R{n:03}")
        for n in range(ROOMS)
    ]
    for room in rooms:
        layout.make_whole(room)
    statement = TALLY.format(
        hours=", ".join(HOURS),
        seconds=", ".join("m.seconds" if 8 <= hour < 22 else "0" for hour in range(24)),
    )
    with psycopg.connect(superuser, autocommit=True) as db:
        db.execute(statement.encode(), {"first": LAST - timedelta(days=DAYS), "last": LAST})
        db.execute("VACUUM ANALYZE")
    return manager, rooms


def fastest(of: Callable[[], Any]) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = perf_counter()
        of()
        taken.append(perf_counter() - start)
    return min(taken) * 1000


def measure(superuser: str) -> None:
    from django.db import connection
    from rest_framework.test import APIClient

    from booking.api.insight import SHOWN
    from booking.measuring import tally
    from booking.measuring.demand import unmet
    from booking.measuring.insight import Cut, scope
    from people.roles import standing

    manager, rooms = fill(superuser)
    days = tally.Days(LAST - timedelta(days=DAYS), LAST)
    ids = [room.pk for room in rooms]
    asked = {"resources": ids, "first": days.first, "last": days.last, "measures": list(SHOWN)}
    has = standing(manager)
    api = APIClient()
    api.force_login(manager)

    def statement() -> None:
        with connection.cursor() as cursor:
            cursor.execute(tally.BY_HOUR, asked)
            cursor.fetchall()

    def page() -> None:
        answer = api.get(f"/api/v1/reports/heat?on_from={days.first}&on_to={days.last}")
        assert answer.status_code == 200, answer.content

    parts: dict[str, Callable[[], Any]] = {
        "who may see what": lambda: scope(has, Cut()),
        "the statement": statement,
        "the statement and what is shared": lambda: tally.by_hour(ids, days, SHOWN),
        "what was wanted in vain": lambda: unmet(scope(has, Cut()), days, whole=True, any_kind=True),
        "the whole answer": page,
        "hours by resource": lambda: tally.totals(ids, days, "resource"),
        "hours by month": lambda: tally.totals(ids, days, "month"),
        "hours by day, of each resource": lambda: tally.by_day(
            {pk: str(pk) for pk in ids}, days, ("opened", "booked")
        ),
    }
    for name, of in parts.items():
        print(f"{name:<36}{fastest(of):>8.0f} ms")
    if "explain" in sys.argv:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {tally.BY_HOUR}", asked)
            print("\n".join(row[0][:160] for row in cursor.fetchall()))


def main() -> int:
    """In a database of its own on a throwaway server."""
    if len(sys.argv) > 1 and sys.argv[1].startswith("postgres"):
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        measure(sys.argv[1])
        return 0
    from config import postgres

    with tempfile.TemporaryDirectory(prefix="ballatoio-week-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = postgres.Server(folder / "postgres", forgetful=True)
        server.start()
        try:
            ours = os.environ | {
                "POSTGRES_HOME": str(server.home),
                "DATA_DIR": str(folder),
                "ALLOWED_HOSTS": "testserver",
            }
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=ours, check=True)
            here = [sys.executable, "-W", "ignore", "-m", "bench.week", server.url("postgres"), *sys.argv[1:]]
            subprocess.run(here, cwd=ROOT, env=ours, check=True)
        finally:
            server.destroy()
    return 0


if __name__ == "__main__":
    sys.exit(main())
