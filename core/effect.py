"""What an act did under an Idempotency-Key, written in the act's own transaction.

Effect and key commit together or not at all, so a retry after a crash finds what was done. The edge asks
(`asking`), the outermost act answers (`note`): the first thing it made or moved is the key's thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from core.identity import Identified
from core.models import IdempotentAnswer


@dataclass(slots=True)
class Key:
    """Who asked with which key for what; `row` is what the act wrote."""

    caller: str
    path: str
    key: str
    body_hash: str
    row: int | None = None


_asked: ContextVar[Key | None] = ContextVar("asked", default=None)


@contextmanager
def asking(key: Key) -> Iterator[None]:
    """The acts inside are the effect of this key."""
    token = _asked.set(key)
    try:
        yield
    finally:
        _asked.reset(token)


def note(result: object) -> None:
    """Inside an act, at its end: its key has this thing, unless an act before it has noted one."""
    key = _asked.get()
    if key is None or key.row is not None or not isinstance(result, Identified):
        return
    IdempotentAnswer.objects.filter(caller=key.caller, path=key.path, key=key.key).delete()
    made = IdempotentAnswer.objects.create(
        caller=key.caller,
        path=key.path,
        key=key.key,
        body_hash=key.body_hash,
        thing_kind=result.prefix,
        thing_id=result.pk,
    )
    key.row = made.pk


def forget() -> None:
    """The transaction was rolled back: nothing is noted."""
    key = _asked.get()
    if key is not None:
        key.row = None
