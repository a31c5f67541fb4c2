"""The one order of locks, and the shape of every act that writes.

A constraint is the judge, a lock is the queue. An act locks what it needs once, in `ORDER`, each kind by id,
and only then looks. What the database says no to is translated here, by constraint name or state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection, models, transaction
from django.db.utils import IntegrityError, OperationalError

from core import effect
from core.errors import BudgetSpent, Busy, DomainError, SlotTaken


class Order(IntEnum):
    """Foundations §4: nobody locks backwards."""

    VENUE = 0
    WHO = 1
    WHERE = 2
    BOOKINGS = 3
    ORDERS = 4
    PAYMENTS = 5
    PASSES = 6
    MONTH = 7
    NUMBERS = 8


class Again(Exception):
    """A row that was not locked is needed: roll back and begin the act anew."""


class LockedBackwards(RuntimeError):
    """A bug: an act took a lock that stands before one it already has."""


P = ParamSpec("P")
R = TypeVar("R")
TURNS = 6
PATIENCE_OF_PEOPLE, PATIENCE_OF_WORKERS = "3s", "30s"
TAKEN_BY: dict[str, type[DomainError]] = {
    "booking_one_at_a_time": SlotTaken,
    "billing_budget_never_overdrawn": BudgetSpent,
}

_reached: ContextVar[Order | None] = ContextVar("reached", default=None)


def _step(order: Order) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("locks are taken inside an act")
    before = _reached.get()
    if before is not None and order < before and settings.STRICT_LOCK_ORDER:
        raise LockedBackwards(f"{order.name} after {before.name}")
    _reached.set(max(order, before or order))


def lock_rows(order: Order, model: type[models.Model], ids: Iterable[object]) -> list[object]:
    """These rows are ours until commit; returns the ids that exist, in order. One statement.

    FOR NO KEY UPDATE, so that rows which only refer to a locked one (an offer to its person) can be written.
    """
    _step(order)
    wanted = sorted(set(ids), key=str)
    if not wanted:
        return []
    rows = model._default_manager.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    return list(rows.values_list("pk", flat=True))


def rows_at_once(model: type[models.Model], ids: Iterable[object]) -> bool:
    """Whether these rows are ours too until commit: only if all can be had without waiting, so that out of its turn
    nobody waits for anybody. One statement."""
    wanted = set(ids)
    rows = model._default_manager.filter(pk__in=wanted).select_for_update(no_key=True, skip_locked=True)
    return len(rows.values_list("pk", flat=True)) == len(wanted)


def share_row(order: Order, model: type[models.Model], pk: UUID) -> None:
    """Many may read the row until commit; who would change it (`lock_rows`) waits. FOR SHARE."""
    _step(order)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR SHARE", [pk])


def lock_venue(venue: UUID, *, exclusive: bool = False) -> None:
    """Acts on a venue share this lock; those that change its rules or opening have it alone."""
    _step(Order.VENUE)
    key = int.from_bytes(venue.bytes[8:], "big", signed=True)
    how = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {how}(%s)", [key])


def lock_words(order: Order, words: Iterable[str]) -> None:
    """Whoever asks for one of these words waits until our commit: what is to be one where no constraint says so."""
    _step(order)
    with connection.cursor() as cursor:
        for word in sorted(set(words)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [word])


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else has this name, in any process; if so it is ours until the end, beyond any transaction."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        ours: bool = cursor.fetchone()[0]
    try:
        yield ours
    finally:
        if ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _translate(error: Exception) -> Exception:
    cause = error.__cause__
    if isinstance(cause, psycopg.errors.ExclusionViolation | psycopg.errors.CheckViolation):
        found = TAKEN_BY.get(cause.diag.constraint_name or "")
        return found() if found else error
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        return Busy()
    return error


def act(function: Callable[P, R], patience: str = PATIENCE_OF_PEOPLE) -> Callable[P, R]:
    """The function runs in one transaction of its own, from its start again after a deadlock or `Again`.

    Raises SlotTaken for a violated guard, Busy when a lock was not had in time or six turns were not enough;
    any other database error stays what it is.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TURNS):
            token = _reached.set(None)
            try:
                with transaction.atomic(durable=True):
                    with connection.cursor() as cursor:
                        cursor.execute(f"SET LOCAL lock_timeout = '{patience}'")
                    result = function(*args, **kwargs)
                    effect.note(result)
                    return result
            except Again:
                continue
            except (IntegrityError, OperationalError) as error:
                if isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                    effect.forget()
                    continue
                raise _translate(error) from error
            finally:
                _reached.reset(token)
        raise Busy

    return run


@contextmanager
def attempt() -> Iterator[None]:
    """Inside an act: what is done here is written whole, or nothing of it; SlotTaken for a violated guard."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if (found := _translate(error)) is error:
            raise
        raise found from error


def patient_act(function: Callable[P, R]) -> Callable[P, R]:
    """An act of a worker, or one that settles money: it waits longer for its locks."""
    return act(function, PATIENCE_OF_WORKERS)
