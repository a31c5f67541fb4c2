"""What must happen outside, written in the transaction that wants it; leased, done, marked done.

Celery only hurries: if it forgets a row, the relay finds it again when its lease has run out. What takes longer than
that is found again too, while it is being done: whoever does it holds the row's name, and the other lets it be.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from core.clock import now
from core.frames import in_one_piece
from core.locks import alone
from core.models import OutboxRow

log = logging.getLogger(__name__)
CHANNEL = "outbox"
BATCH = 100
LAST_ATTEMPT = 12
LONGEST_PAUSE = timedelta(hours=1)

Handler = Callable[[dict[str, Any]], None]
_handlers: dict[str, Handler] = {}
_periodic: dict[str, timedelta] = {}


class NotYet(Exception):
    """A handler cannot do its work now and asks to be called again later; nothing is wrong."""


def handler(kind: str) -> Callable[[Handler], Handler]:
    """This function does rows of this kind. It may be called twice for one row."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def every(interval: timedelta, kind: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """This function is called once in each interval, by whichever process is there first."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        _handlers[kind] = lambda payload: function()
        _periodic[kind] = interval
        return function

    return register


def put(
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    due_at: datetime | None = None,
    key: str | None = None,
) -> None:
    """The effect will happen after this transaction commits, and not before `due_at`; once per key."""
    if kind not in _handlers:
        raise LookupError(f"nobody handles {kind}")
    row = OutboxRow(kind=kind, payload=payload or {}, due_at=due_at or now(), key=key)
    if key is None:
        row.save(force_insert=True)
    else:
        OutboxRow.objects.bulk_create([row], ignore_conflicts=True)
    _wake_after_commit()


def put_all(kind: str, rows: Iterable[tuple[dict[str, Any], datetime, str]]) -> None:
    """Many effects of one kind, each (payload, due at, key); one statement, and once per key."""
    if kind not in _handlers:
        raise LookupError(f"nobody handles {kind}")
    OutboxRow.objects.bulk_create(
        [OutboxRow(kind=kind, payload=payload, due_at=due, key=key) for payload, due, key in rows],
        ignore_conflicts=True,
    )
    _wake_after_commit()


def _wake_after_commit() -> None:
    # A NOTIFY inside the transaction takes a lock at commit that all committers share; after it, one is enough.
    if not any(hook[1] is wake for hook in connection.run_on_commit):
        transaction.on_commit(wake)


def wake() -> None:
    """The relay looks again at once."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def plan_periodic() -> None:
    """Each periodic job has a row for the present interval."""
    moment = now()
    rows = []
    for kind, interval in _periodic.items():
        slot = int(moment.timestamp() // interval.total_seconds())
        rows.append(OutboxRow(kind=kind, key=f"{kind}:{slot}", due_at=moment))
    OutboxRow.objects.bulk_create(rows, ignore_conflicts=True)


LEASE_DUE = """
    WITH due AS (
        SELECT id FROM core_outboxrow WHERE done_at IS NULL AND due_at <= %(now)s
        ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    )
    UPDATE core_outboxrow o SET due_at = %(until)s, attempts = attempts + 1
    FROM due WHERE o.id = due.id RETURNING o.id
"""


def lease_time() -> timedelta:
    """How long a row belongs to whoever leased it; after that it is found again."""
    return timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)


def lease() -> list[int]:
    """The ids of rows that are due; they are the caller's for a minute."""
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(LEASE_DUE, {"now": moment, "until": moment + lease_time(), "batch": BATCH})
        return sorted(row[0] for row in cursor.fetchall())


@in_one_piece
def work(row_id: int) -> None:
    """The row's effect has happened, or the row is due again later and says why; if somebody is at it, they go on."""
    with alone(f"outbox:{row_id}") as ours:
        if ours:
            _work(row_id)
        else:
            # Nothing was tried, so nothing failed: this lease is none of those after which a row is given up.
            OutboxRow.objects.filter(pk=row_id, attempts__gt=1).update(attempts=F("attempts") - 1)


def _work(row_id: int) -> None:
    row = OutboxRow.objects.filter(pk=row_id, done_at=None).first()
    if row is None:
        return
    try:
        _handlers[row.kind](row.payload)
    except NotYet:
        OutboxRow.objects.filter(pk=row_id).update(due_at=now() + lease_time() / 4)
        return
    # Whatever a handler meets, the other rows must go on; this one keeps its fault for people to read.
    except Exception as error:
        log.exception("outbox %s %s failed", row.kind, row_id)
        pause = min(timedelta(seconds=2**row.attempts), LONGEST_PAUSE)
        given_up = row.attempts >= LAST_ATTEMPT
        OutboxRow.objects.filter(pk=row_id).update(
            due_at=now() + (timedelta(days=3650) if given_up else pause),
            fault=f"{type(error).__name__}: {error}"[:2000],
        )
        return
    OutboxRow.objects.filter(pk=row_id).update(done_at=now(), fault="")


def drain() -> int:
    """Everything that is due now is done, in this process; returns how many rows were worked."""
    worked = 0
    while ids := lease():
        for row_id in ids:
            work(row_id)
        worked += len(ids)
    return worked


def forget_old() -> None:
    """Rows done over a week ago are gone."""
    OutboxRow.objects.filter(done_at__lt=now() - timedelta(days=7)).delete()


every(timedelta(days=1), "core.forget_old_outbox")(forget_old)
