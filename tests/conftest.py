"""A throwaway PostgreSQL for the session; the clock; a client with real CSRF; a count of queries.

Tables are made by the owner's role, tests run as the application's: what production forbids, tests meet.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import psycopg
import pytest
import stripe
import time_machine
from _pytest import runner
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from config import postgres
from core.frames import in_one_piece
from tests import migrated
from tests.bank import Bank, open_bank
from tests.cast import Cast

# The browser's driver keeps an event loop in the thread that runs the tests; Django's tests there stay synchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ROME = ZoneInfo("Europe/Rome")
MOST_BYTES = 4 * 1024 * 1024
GROWN = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
AND pg_relation_size(oid) > %s AND relname <> ALL(%s)"""
TRIES = 5
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission", "core_cache"}


# The same examples every time, so that a change is judged by what it changes; HYPOTHESIS_PROFILE=wander looks further.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("wander", derandomize=False, deadline=None, max_examples=300)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_configure(config: pytest.Config) -> None:
    """The first process starts the server and migrates the database that all others copy."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    folder = Path(tempfile.mkdtemp(prefix="ballatoio-tests-"))
    folder.chmod(0o755)
    server = postgres.Server(folder / "postgres", forgetful=True)
    config.stash[SERVER] = server
    try:
        migrated.start(server)
        _plan_alike(server)
    except migrated.NotMigrated as failed:
        server.destroy()
        pytest.exit(f"migrations failed:\n{failed}")


def _plan_alike(server: postgres.Server) -> None:
    """Plans do not depend on when a vacuum passes: nearly all rows are rolled back, and one that finds none says "empty"."""
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as db:
        db.execute("ALTER SYSTEM SET autovacuum = off")
        db.execute("SELECT pg_reload_conf()")


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(SERVER, None):
        server.destroy()
        server.home.parent.rmdir()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgres"] = str(node.config.stash[SERVER].home)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files of long tests first: processes take file after file (`--no-loadscope-reorder` keeps the order), and none
    works alone in the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What is there before the first test stays until the last: nobody looks through it for rubbish again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    twin = item.path.parent.name == "races" and item.name.startswith("test_without_")
    return in_one_piece(_tried if twin else runner.pytest_runtest_protocol)(item, nextitem)


def _tried(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """The twin of a race shows what may happen without its guard: whoever is to meet by chance has several tries."""
    told: dict[str, Any] = {"nodeid": item.nodeid, "location": item.location}
    sibling: Any = item.parent
    item.ihook.pytest_runtest_logstart(**told)
    for left in reversed(range(TRIES)):
        # As if another of the same file came next: what is the file's, and the session's, stays.
        reports = runner.runtestprotocol(item, log=False, nextitem=sibling)
        if not left or not any(report.failed for report in reports):
            break
    item.session._setupstate.teardown_exact(nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(**told)
    return True


SERVER = pytest.StashKey[postgres.Server]()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> postgres.Server:
    given = getattr(request.config, "workerinput", None)
    return postgres.Server(Path(given["postgres"]), True) if given else request.config.stash[SERVER]


@pytest.fixture(scope="session")
def database(server: postgres.Server, request: pytest.FixtureRequest) -> str:
    """The name of this worker's own copy of the migrated database."""
    name = f"test_{getattr(request.config, 'workerinput', {}).get('workerid', 'alone')}"
    with psycopg.connect(server.url(postgres.OWNER, "postgres"), autocommit=True) as db:
        # Two workers that copy at once are let in one after the other.
        db.execute("SELECT pg_advisory_lock(1)")
        db.execute(f'CREATE DATABASE "{name}" TEMPLATE {postgres.DATABASE}')
    return name


class Superuser:
    """One connection that empties the tables after every test: a new one reads the whole catalogue before it knows them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.open: psycopg.Connection | None = None

    def connected(self) -> psycopg.Connection:
        if self.open is None:
            self.open = psycopg.connect(self.url, autocommit=True)
            # What was left open in a transaction is told as such, and does not stand in the way for ever.
            self.open.execute("SET session_replication_role = replica; SET lock_timeout = '30s'")
        return self.open

    def let_go(self) -> None:
        """Nobody of ours is in the database: it can be copied."""
        if self.open is not None:
            self.open.close()
            self.open = None


@pytest.fixture(scope="session")
def superuser(server: postgres.Server, database: str) -> Iterator[Superuser]:
    one = Superuser(server.url("postgres", database))
    yield one
    one.let_go()


@pytest.fixture(scope="session")
def django_db_setup(
    server: postgres.Server, database: str, superuser: Superuser, django_db_blocker: Any
) -> Iterator[None]:
    connection.settings_dict |= {"HOST": str(server.socket), "NAME": database}
    settings.STRICT_LOCK_ORDER = True
    # Every client builds its own chain; to list the configuration pages' files each time takes longer than most requests.
    settings.WHITENOISE_USE_FINDERS = False
    # A gateway that does not answer is asked again as often as ever, and sooner than after half a second.
    stripe.HTTPClient.INITIAL_DELAY = 0.01
    TransactionTestCase._fixture_teardown = lambda self: _empty(superuser.connected())  # type: ignore[attr-defined]
    yield
    with django_db_blocker.unblock():
        connections.close_all()


def _empty(db: psycopg.Connection) -> None:
    """No row is left, and numbers begin at one again.

    A test writes to few tables, and to truncate all of them takes half a second; the superuser alone may delete past
    the guards of what only grows.
    """
    names = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    tables = sorted({name for (name,) in names} - KEPT_TABLES)
    asked = " UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables)
    with db.transaction():
        for (table,) in db.execute(asked).fetchall():
            db.execute(f"DELETE FROM {table}")
    # What tests before had written is still in the files, rolled back or deleted, and whoever reads a whole table reads it.
    grown = db.execute(GROWN, [MOST_BYTES, list(KEPT_TABLES)]).fetchall()
    if grown:
        db.execute(f"TRUNCATE {', '.join(table for (table,) in grown)} CASCADE")
    db.execute(
        "SELECT setval(format('%%I.%%I', schemaname, sequencename), start_value, false) FROM pg_sequences"
        " WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> ALL(%s)",
        [[f"{table}_id_seq" for table in KEPT_TABLES]],
    )


@pytest.fixture(autouse=True)
def _fresh_counts(request: pytest.FixtureRequest) -> None:
    """Tries and rates are counted in the shared cache; a test begins with none."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db" if not _is_transactional(request) else "transactional_db")
        cache.clear()


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames


@pytest.fixture
def at() -> Iterator[Callable[[str], datetime]]:
    """`at("2026-12-01 10:00")`: the clock stands there, by Turin's wall clock, until the next call."""
    held: list[Any] = []

    def hold(wall: str) -> datetime:
        moment = datetime.fromisoformat(wall)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ROME)
        for traveller in held:
            traveller.stop()
        held[:] = [time_machine.travel(moment, tick=False)]
        held[0].start()
        return moment

    yield hold
    for traveller in held:
        traveller.stop()


@pytest.fixture
def queries() -> Callable[[int], AbstractContextManager[None]]:
    """`with queries(at_most):` fails, showing them, when more statements were run."""

    @contextmanager
    def count(at_most: int) -> Iterator[None]:
        with CaptureQueriesContext(connection) as seen:
            yield
        statements = [q["sql"] for q in seen.captured_queries]
        assert len(statements) <= at_most, f"{len(statements)} statements:\n" + "\n".join(statements)

    return count


@pytest.fixture
def as_owner(server: postgres.Server, database: str) -> Callable[[str, list[Any]], None]:
    """Runs a statement as the database's owner, for whom the guards of what only grows step aside."""

    def run(statement: str, parameters: list[Any]) -> None:
        with psycopg.connect(server.url(postgres.OWNER, database), autocommit=True) as db:
            db.execute(statement, parameters)

    return run


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with open_bank(tmp_path) as opened:
        yield opened
