"""Every act leaves a row: who, what, to which thing, when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from core.identity import Identified
from core.models import LogEntry


class HasId(Protocol):
    @property
    def pk(self) -> Any: ...


def record(by: HasId | None, act: str, thing: Identified, **data: Any) -> None:
    """The log says that `by` (None: the house itself) did `act` to `thing`; data carries ids and numbers only."""
    by_id: UUID | None = by.pk if by is not None else None
    LogEntry.objects.create(by_id=by_id, act=act, thing_kind=thing.prefix, thing_id=thing.pk, data=data)


def record_all(by: HasId | None, act: str, things: Sequence[Identified]) -> None:
    """The same act to each of these things; one statement."""
    by_id: UUID | None = by.pk if by is not None else None
    LogEntry.objects.bulk_create(
        LogEntry(by_id=by_id, act=act, thing_kind=thing.prefix, thing_id=thing.pk) for thing in things
    )


def saw(by: HasId, what: str, ids: Sequence[str]) -> None:
    """The log says that `by` was shown the personal data behind these public ids; nothing if there are none."""
    if ids:
        LogEntry.objects.create(by_id=by.pk, act=f"see-{what}", thing_kind="", data={"ids": list(ids)})
