"""`make bench`: how far from the floor the product is, and whether it stays there as the past grows.

Every figure is a ratio, measured in the same run on the same machine: to the same question asked in SQL by hand
(`floor.py`), whose answer is compared first; and of the larger town to the smaller. Ratios say how good the product
is and how it grows; seconds would only say how busy the machine was.

`python -m bench.run [SIZE ...] [PART ...]` measures only these towns and parts (PARTS).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from bench import floor, heat, ledger, papers, prices
from bench.town import fill
from config import postgres

ROOT = Path(__file__).resolve().parent.parent
SIZES = (200_000, 2_000_000)
PARTS = ("questions", "settlement", "hours", "papers")
ROUNDS = 25
Question = tuple[str, Callable[[], Any], Callable[[], Any]]


def paired(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """Seconds of the fastest run of each: what else the machine does only ever adds. They take turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for function, times in zip((ours, theirs), taken, strict=True):
            start = perf_counter()
            function()
            times.append(perf_counter() - start)
    return min(taken[0]), min(taken[1])


def questions(db: psycopg.Connection[Any], venue: Any, person: Any, rooms: list[Any]) -> list[Question]:
    """What people wait for: its name, the product's answer, the floor's answer."""
    from billing.changes.series import worth
    from booking.finding.search import Wanted, search
    from booking.finding.timeline import timeline
    from booking.models import SeriesPlan
    from booking.repeating import series
    from core.clock import now
    from core.periods import Period, local_day
    from people.roles import standing
    from spaces.models import Resource

    today = now().date()
    start = local_day(today + timedelta(days=1), venue.zone).start
    month, week = Period(start, start + timedelta(days=30)), Period(start, start + timedelta(days=7))
    one, fifty = rooms[503], rooms[:50]
    has = standing(person)

    def asked(resources: list[Any], window: Period, minutes: int = 0) -> dict[str, Any]:
        return {
            "resources": [r.pk for r in resources], "start": window.start, "end": window.end,
            "at": now(), "length": timedelta(minutes=minutes),
        }  # fmt: skip

    def found(resources: list[Resource], minutes: int, most: int) -> list[Any]:
        wanted = Wanted(minutes, per_resource=most)
        _, slots = search(resources, month, wanted, person)
        return sorted((s.resource.pk, at) for s in slots for at in s.starts)

    def drawn() -> list[Any]:
        spans = timeline(fifty, week, has, names=False)
        return sorted((pk, s.kind, s.period.start, s.period.end) for pk, d in spans.items() for s in d.spans)

    first = today + timedelta(days=1)
    weekly: dict[str, Any] = {
        "resource": one.pk, "person": person.pk, "first": first, "last": first + timedelta(weeks=51),
        "from": time(18), "until": time(20),
    }  # fmt: skip
    plan = SeriesPlan(venue=venue, person=person, asked=_weekly(weekly), choices={}, expires_at=now())

    def planned() -> list[Any]:
        dates = series.dates_of(plan)
        money = worth([d for d in dates if d.verdict == "free"], person, None, None)
        return [
            (
                d.asks[0].period.start,
                d.verdict,
                [reason.code for reason in d.reasons if reason.code != "slot-taken"],
                money[d.on].after.cents if d.on in money else None,
                [other.period.start for other in d.alternatives] or None,
            )
            for d in dates
        ]

    def sql(statement: str, parameters: Callable[[], dict[str, Any]], columns: int = 0) -> Callable[[], Any]:
        return lambda: [
            row[:columns] if columns else row for row in db.execute(statement, parameters()).fetchall()
        ]

    return [
        (
            "slots of one resource, a month",
            lambda: found([one], 60, 5000),
            sql(floor.SLOTS, lambda: asked([one], month, 60)),
        ),
        (
            "first free 2 h of each of 1,000, 30 days",
            lambda: found(rooms, 120, 1),
            sql(floor.FIRST, lambda: asked(rooms, month, 120)),
        ),
        (
            "week timeline of 50 resources",
            drawn,
            sql(floor.TIMELINE, lambda: asked(fifty, week) | {"person": person.pk}, 4),
        ),
        (
            "series plan of 52 dates",
            planned,
            sql(floor.SERIES, lambda: weekly | {"at": now()}),
        ),
    ]


def _weekly(said: dict[str, Any]) -> dict[str, Any]:
    """The plan's words for the same rule."""
    rule = {
        "repeat": "weekly", "every": 1, "weekdays": [said["first"].isoweekday()], "position": None, "dates": [],
        "start": f"{said['from']:%H:%M}", "end": f"{said['until']:%H:%M}",
        "first_on": said["first"].isoformat(), "last_on": said["last"].isoformat(), "skip": [],
    }  # fmt: skip
    items = [{"resource": str(said["resource"]), "quantity": 1}]
    return {"items": items, "rule": rule, "people": None, "title": "", "accepted_terms": [], "answers": {}}


def measure(application: str, superuser: str, bookings: int, told: Path) -> None:
    """One size of town: filled, each question's two answers compared, then both measured."""
    wanted = parts()
    venue, person, rooms = fill(superuser, bookings)
    figures: dict[str, tuple[float, float]] = {}
    with psycopg.connect(application, autocommit=True) as db:
        db.execute("SET TIME ZONE 'UTC'")
        asked = questions(db, venue, person, rooms) if "questions" in wanted else []
        if "settlement" in wanted:
            asked.append(settlement(db, ledger.fill_month(superuser, rooms)))
        for name, ours, theirs in asked:
            mine, its = ours(), sorted(theirs())
            if mine != its:
                raise SystemExit(
                    f"{name}: the answers differ: {sorted(set(map(str, mine)) ^ set(map(str, its)))[:4]}"
                )
            if "profile" in sys.argv:
                profile(name, ours)
            figures[name] = paired(ours, theirs)
        if "hours" in wanted:
            heat.tallied(superuser, rooms)
            figures |= hours(db, rooms)
        for paper in papers.asked(papers.fill(superuser), db) if "papers" in wanted else []:
            if "profile" in sys.argv:
                profile(paper.name, paper.ours)
            figures[paper.name] = paired(paper.ours, paper.theirs, paper.rounds)
    told.write_text(json.dumps(figures))


def parts() -> list[str]:
    """What is measured: what the command names, else all."""
    return [part for part in PARTS if part in sys.argv] or list(PARTS)


def settlement(db: psycopg.Connection[Any], consortium: Any) -> Question:
    parameters = ledger.asked(consortium)
    return (
        "settlement of a month of 10,000 documents",
        lambda: ledger.settled(consortium),
        lambda: db.execute(ledger.FLOOR, parameters).fetchall(),
    )


def hours(db: psycopg.Connection[Any], rooms: list[Any]) -> dict[str, tuple[float, float]]:
    """The heat map, whose two answers are compared, and what a claim pays for it."""
    year = heat.asked(rooms)
    if (mine := heat.shown(year)) != (its := sorted(db.execute(heat.FLOOR, year).fetchall())):
        raise SystemExit(f"{heat.NAME}: the answers differ: {sorted(set(mine) ^ set(its))[:4]}")
    return {
        heat.NAME: paired(
            lambda: heat.shown(year), lambda: db.execute(heat.FLOOR, year).fetchall(), heat.ROUNDS
        ),
        heat.CLAIMED: paired(
            lambda: heat.claiming(db, rooms[503], tallied=True),
            lambda: heat.claiming(db, rooms[503], tallied=False),
            heat.CLAIMS,
        ),
    }


def profile(name: str, function: Callable[[], Any]) -> None:
    """Where the time of one question goes."""
    import cProfile
    import pstats

    with cProfile.Profile() as seen:
        for _ in range(5):
            function()
    print(f"\n== {name}")
    pstats.Stats(seen).sort_stats("tottime").print_stats(22)


def main() -> int:
    """Each size in a database of its own on a throwaway server."""
    if len(sys.argv) > 1 and sys.argv[1].startswith("postgres"):
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
        return 0
    sizes = [int(size) for size in sys.argv[1:] if size.isdigit()] or SIZES
    folder = Path(tempfile.mkdtemp(prefix="ballatoio-bench-"))
    folder.chmod(0o755)
    figures: dict[int, dict[str, tuple[float, float]]] = {}
    try:
        for size in sizes:
            figures[size] = _in_a_town_of(size, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _print(figures)
    if parts() == list(PARTS):
        print(prices.told())
    return 0


def _in_a_town_of(bookings: int, folder: Path) -> dict[str, tuple[float, float]]:
    server = postgres.Server(folder / str(bookings), forgetful=True)
    server.start()
    try:
        ours = os.environ | {"POSTGRES_HOME": str(server.home), "DATA_DIR": str(folder)}
        told = folder / f"{bookings}.json"
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=ours, check=True)
        urls = [server.url(postgres.APPLICATION), server.url("postgres")]
        more = [word for word in sys.argv[1:] if word in (*PARTS, "profile")]
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bench.run", *urls, str(bookings), str(told), *more],
            cwd=ROOT,
            env=ours,
            check=True,
        )
        figures: dict[str, tuple[float, float]] = json.loads(told.read_text())
        return figures
    finally:
        server.destroy()


def _print(figures: dict[int, dict[str, tuple[float, float]]]) -> None:
    sizes = list(figures)
    heads = "".join(f"{f'{size:,}':>14}" for size in sizes)
    print(
        f"\nthe product's time over that of its floor (mostly the same question in SQL), at so many bookings\n{'':<44}{heads}"
    )
    for name in figures[sizes[0]]:
        ratios = "".join(f"{figures[s][name][0] / figures[s][name][1]:>14.2f}" for s in sizes)
        print(f"{name:<44}{ratios}")
    if heat.CLAIMED in figures[sizes[0]]:
        more = "".join(
            f"{(figures[s][heat.CLAIMED][0] - figures[s][heat.CLAIMED][1]) * 1000:>14.2f}" for s in sizes
        )
        shown = "".join(f"{figures[s][heat.NAME][0] * 1000:>14.0f}" for s in sizes)
        print(f"{'what the tally adds to a claim, milliseconds':<44}{more}")
        print(f"{'the heat map, milliseconds':<44}{shown}")
    if len(sizes) > 1:
        print(f"\nthe product's time at {sizes[-1]:,} bookings over that at {sizes[0]:,}")
        for name in figures[sizes[0]]:
            print(f"{name:<44}{figures[sizes[-1]][name][0] / figures[sizes[0]][name][0]:>14.2f}")


if __name__ == "__main__":
    sys.exit(main())
