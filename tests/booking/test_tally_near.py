"""What a new resource costs the tally grows no faster than the house, whatever the planner believes of its tables."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from config import postgres
from spaces import layout

pytestmark = pytest.mark.django_db
TABLES = ("spaces_part", "spaces_part_units", "spaces_unit", "spaces_resource", "spaces_venue")


@pytest.fixture
def taken_for_empty(server: postgres.Server, database: str):
    """What a vacuum that finds no row leaves behind: the planner reckons with one row in each table."""
    with psycopg.connect(server.url("postgres", database), autocommit=True) as db:
        told = "UPDATE pg_class SET relpages = %s, reltuples = %s WHERE relname = ANY(%s)"
        db.execute(told, [5, 0, list(TABLES)])
        yield
        db.execute(told, [0, -1, list(TABLES)])


def rows_read() -> int:
    """How many rows of the layout this transaction has read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [list(TABLES)],
        )
        return int(cursor.fetchone()[0])


def test_the_fiftieth_room_costs_about_what_twice_the_twentieth_costs(cast, taken_for_empty):
    read = []
    for n in range(50):
        before = rows_read()
        layout.make_whole(cast.resource(f"stanza-{n}", "meeting_room", f"Stanza {n}"))
        read.append(rows_read() - before)
    assert read[19] > 0
    assert read[49] <= 4 * read[19], (
        "joins of everything with everything: 2.5 times the house is 15 times the rows"
    )
