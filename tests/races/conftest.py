"""Crowds: many people asking at once, each over its own connection, in real transactions."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connections

from billing.models import Rate
from config import postgres
from core.frames import in_one_piece
from core.money import Money
from equipment.models import Certification
from people.models import Person
from tests.api import client

CROWD = 50


@pytest.fixture(autouse=True)
def _morning(at: Callable[[str], Any]) -> None:
    at("2026-11-30 09:00")


@pytest.fixture
def crowd(cast: Any, transactional_db: None) -> list[Person]:
    """Fifty people who may use the laser."""
    people = Person.objects.bulk_create(
        Person(email=f"rival{n}@example.org", name=f"Rival {n}", password="!") for n in range(CROWD)
    )
    Certification.objects.bulk_create(
        Certification(person=person, skill=cast.laser_skill, from_on="2026-01-01") for person in people
    )
    return people


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """All the acts begin together, each in a thread of its own; their results in order."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            results[place] = act()
        except Exception as error:  # noqa: BLE001
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=in_one_piece(run), args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def asking(person: Person, body: dict[str, Any], key: str, turns: int = 5) -> Callable[[], Any]:
    """This person's request, signed in beforehand so that only the request itself races.

    Who is told that it is busy asks again: on a slow machine a queue of fifty can outlast a lock's patience.
    """
    api = client(person)

    def ask() -> Any:
        for _ in range(turns):
            answer = api.post("/api/v1/bookings", body, headers={"Idempotency-Key": key})
            if answer.status_code != 503:
                break
        return answer

    return ask


def tally(answers: Sequence[Any]) -> Counter[Any]:
    return Counter(getattr(a, "status_code", repr(a)) for a in answers)


@pytest.fixture
def free(cast: Any) -> None:
    """Nothing costs anything: what is asked is done at once."""
    _ = cast.venue
    Rate.objects.update(price=Money(0))


@pytest.fixture
def without(server: Any, database: str) -> Iterator[Callable[[str, str], None]]:
    """Takes a constraint away, and brings it back for the next test; what the table holds by then goes."""
    owner, gone = server.url(postgres.OWNER, database), []

    def remove(table: str, name: str) -> None:
        with psycopg.connect(owner, autocommit=True) as db:
            found = db.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
            )
            ((what,),) = found.fetchall()
            db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        gone.append((table, name, what))

    yield remove
    connections.close_all()
    with psycopg.connect(owner, autocommit=True) as db:
        for table, name, what in gone:
            db.execute(f"TRUNCATE {table} CASCADE")
            db.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {what}")


@pytest.fixture
def unguarded(without: Callable[[str, str], None]) -> Callable[[], None]:
    """Takes away what keeps two claims of one unit apart."""
    return partial(without, "booking_claim", "booking_one_at_a_time")


def in_turn(
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    first: Callable[[], Any],
    second: Callable[[], Any],
    patience: float,
) -> list[Any]:
    """The first act has called this function of a module; then the second is done, or waits for it for so many seconds; then
    the first goes on. What each returned or raised."""
    looked, done, real = threading.Event(), threading.Event(), getattr(module, name)

    def late(*args: Any) -> Any:
        found = real(*args)
        if not looked.is_set():
            looked.set()
            done.wait(timeout=patience)
        return found

    def then() -> Any:
        looked.wait(timeout=10)
        try:
            return second()
        finally:
            done.set()

    monkeypatch.setattr(module, name, late)
    return at_once([first, then])
