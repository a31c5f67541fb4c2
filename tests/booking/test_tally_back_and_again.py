"""The tally's migrations taken back and applied again on a database with data: at every step the tally is what a count from
scratch says by the rules of that step, acts keep it so, and in the end it is what it was.

Done on a copy, by the owner of the tables, with the very statements of the migrations.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib import import_module

import psycopg
import pytest
from django.db import connection

from booking.attending import attendance
from booking.holding import blocks, lapsing
from booking.measuring.tally import HOURS
from booking.rescuing import outages
from booking.rescuing.outages import Declared
from config import postgres
from spaces import layout, opening, relayout
from spaces.models import Part, Resource
from tests.booking.confirmed import book
from tests.cast import period, rome

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = [
    "0019_tally_by_arrays",
    "0025_hours_counted_once",
    "0028_layouts_by_keys",
    "0030_past_layouts",
    "0031_made_of_others",
    "0034_hours_by_arithmetic",
]
LONG_AGO = date(2000, 1, 1)
EVERY = "(SELECT array_agg(id) FROM spaces_resource)"
Told = dict[tuple[str, ...], tuple[int, ...]]


@pytest.fixture
def used(cast, at):
    """A hall and its halves, desks, a room, and a floor made of hall and room: booked, come to, blocked, out of order."""
    at("2026-11-02 09:00")
    floor = cast.resource("piano", "hall", "Piano intero")
    for part in (cast.hall, cast.room):
        Part.objects.create(resource=floor, of=part)
    layout.join_domains(layout.units_of(layout.takes([floor.pk])))
    opening.plan(floor, date(2026, 11, 1))
    desks = cast.pool(3)
    long_past = book(cast.ada, cast.hall, "2026-11-03 10:00", 150)
    book(cast.bruno, cast.half, "2026-11-04 10:00", 60)
    at("2026-11-03 10:00")
    attendance.check_in(cast.gina, long_past.pk)
    at("2026-12-20 09:00")
    lapsing.move_to_history()
    for who in (cast.ada, cast.bruno, cast.carla):
        book(who, desks, "2026-12-21 10:00", 60)
    book(cast.ada, Resource.objects.get(pk=floor.pk), "2026-12-22 10:00", 120)
    book(cast.bruno, cast.room, "2026-12-23 20:30", 60)
    blocks.block(cast.gina, cast.hall, period("2026-12-27 20:00", 26 * 60), "maintenance", "soffitto")
    blocks.block(cast.gina, cast.room, period("2026-12-28 10:00", 60), "own_use", "riunione")
    outages.declare(cast.gina, Declared(cast.other_room, rome("2026-12-21T09:00"), rome("2026-12-23T12:00")))
    return cast


@pytest.fixture
def copied(server, database, superuser) -> Iterator[psycopg.Connection]:
    """A copy of the database as it is when this is asked for, its owner's."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL alone
    superuser.let_go()
    name = f"{database}_back"
    with psycopg.connect(server.url(postgres.OWNER, "postgres"), autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{database}"')
        try:
            with psycopg.connect(server.url(postgres.OWNER, name), autocommit=True) as copy:
                copy.execute("SET TIME ZONE 'UTC'")
                yield copy
        finally:
            db.execute(f'DROP DATABASE "{name}"')


def back(db: psycopg.Connection, step: str) -> None:
    for operation in reversed(import_module(f"booking.migrations.{step}").Migration.operations):
        with db.transaction():
            db.execute(operation.reverse_sql)


def again(db: psycopg.Connection, step: str) -> None:
    for operation in import_module(f"booking.migrations.{step}").Migration.operations:
        with db.transaction():
            db.execute(operation.sql)


def tables(db: psycopg.Connection) -> dict[str, str]:
    shared = db.execute("SELECT to_regclass('booking_tally_shared') IS NOT NULL").fetchone()
    return {"booking_tally": "resource_id"} | (
        {"booking_tally_shared": "shared_by"} if shared == (True,) else {}
    )


def kept(db: psycopg.Connection, since: date = LONG_AGO) -> Told:
    sums = ", ".join(f"sum({hour})" for hour in HOURS)
    found: Told = {}
    for table, of in tables(db).items():
        rows = db.execute(
            f"SELECT {of}::text, day::text, measure, {sums} FROM {table} WHERE day >= %s GROUP BY 1, 2, 3",
            [since],
        )
        found |= {(table, *row[:3]): tuple(map(int, row[3:])) for row in rows if any(row[3:])}
    return found


def counted(db: psycopg.Connection, since: date = LONG_AGO) -> Told:
    found: Told = {}
    for table, of in tables(db).items():
        rows = db.execute(
            f"SELECT {of}::text, day::text, measure, {', '.join(HOURS)} FROM {table}_count({EVERY}, %s, '2100-01-01')",
            [since],
        )
        found |= {(table, *row[:3]): row[3:] for row in rows if any(row[3:])}
    return found


def in_step(db: psycopg.Connection, since: date = LONG_AGO) -> None:
    told = kept(db, since)
    assert told == counted(db, since)
    assert len(told) > 100


def acts_keep_it(db: psycopg.Connection, since: date = LONG_AGO) -> None:
    """Everybody comes, all bookings of the time to come go and come again, and it is as it was."""
    before = kept(db)
    came = db.execute(
        "UPDATE booking_booking SET attendance = 'present' WHERE attendance = 'expected' RETURNING id"
    ).fetchall()
    in_step(db, since)
    assert kept(db) != before
    ids = [row[0] for row in came]
    db.execute("UPDATE booking_booking SET attendance = 'expected' WHERE id = ANY(%s)", [ids])
    with db.transaction():
        db.execute(
            "CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT * FROM booking_claim WHERE kind = 'booked'"
        )
        db.execute("DELETE FROM booking_claim WHERE kind = 'booked'")
        in_step(db, since)
        db.execute("INSERT INTO booking_claim SELECT * FROM gone")
    in_step(db, since)
    assert kept(db) == before


def test_each_step_back_and_again_counts_what_a_count_from_scratch_says(used, copied):
    at_first = kept(copied)
    in_step(copied)
    measures = {key[-1] for key in at_first}
    assert measures == {"opened", "booked", "attended", "maintenance", "blocked", "outage"}
    for step in reversed(STEPS):
        back(copied, step)
        in_step(copied)
        acts_keep_it(copied)
    for step in STEPS:
        again(copied, step)
        in_step(copied)
        acts_keep_it(copied)
    assert kept(copied) == at_first


@pytest.fixture
def relaid(used, at):
    """On the 24th the pool has one desk fewer and the other room is halves; what was before keeps its layout."""
    at("2026-12-24 09:00")
    relayout.resize(used.ivo, Resource.objects.get(slug="postazioni").pk, 2)
    relayout.divide(used.ivo, used.other_room.pk, ["A", "B"])


def test_days_before_another_layout_keep_their_hours_as_long_as_layouts_are_remembered(relaid, copied):
    at_first, since = kept(copied), date(2026, 12, 24)
    assert kept(copied) != counted(copied)  # the past had another layout
    in_step(copied, since)
    for step in reversed(STEPS[-3:]):
        back(copied, step)
        in_step(copied, since)
    for step in STEPS[-3:]:
        again(copied, step)
    assert kept(copied) == at_first
    acts_keep_it(copied, since)
    # Before that there was only today's layout, and so there is after coming again.
    for step in reversed(STEPS):
        back(copied, step)
    in_step(copied)
    for step in STEPS:
        again(copied, step)
    in_step(copied)
    acts_keep_it(copied)


def test_hours_in_which_nothing_was_offered_are_clipped_and_counted_no_more(used, copied):
    room = used.room.pk
    copied.execute(
        "UPDATE spaces_resource SET published_from = '2026-12-22 12:00+00', published_until = '2026-12-28 12:00+00' WHERE id = %s",
        [room],
    )
    clip = import_module("spaces.migrations.0005_hours_while_offered")
    with copied.transaction():
        copied.execute(clip.CLIP)
    in_step(copied)
    told = copied.execute(
        "SELECT day::text, sum(seconds) / 3600 FROM booking_tally WHERE resource_id = %s AND measure = 'opened' GROUP BY 1 HAVING sum(seconds) > 0 ORDER BY 1",
        [room],
    ).fetchall()
    # 8 to 22 by Turin's clock, which is an hour ahead: on the first day from one, on the last until one.
    assert (told[0], told[1], told[-1]) == (("2026-12-22", 9), ("2026-12-23", 14), ("2026-12-28", 5))
    again_clipped = kept(copied)
    with copied.transaction():
        copied.execute(clip.CLIP)
    assert kept(copied) == again_clipped


def test_places_for_a_kind_are_not_lost_by_going_back(used, copied):
    refused = import_module("booking.migrations.0032_wait_by_kind").KEPT
    copied.execute(refused)
    person, venue = used.ada.pk, used.venue.pk
    copied.execute(
        'INSERT INTO booking_waiting (id, person_id, venue_id, kind, features, quantity, "window", minutes, weekdays, state, joined_at)'
        " VALUES (gen_random_uuid(), %s, %s, 'desk', '{}', 1, tstzrange(now(), now() + interval '1 day'), 60, '[]', 'left', now())",
        [person, venue],
    )
    with pytest.raises(psycopg.errors.RaiseException, match="any thing of a kind"):
        copied.execute(refused)
