"""Every act leaves a row: who, what, to which thing, when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from core.identity import Identified
from core.models import LogEntry

SEEING = "see-"


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


@dataclass(frozen=True, slots=True)
class Sight:
    """Something personal that was shown: its public id, which partner's it is, and whom it is about."""

    id: str
    partner: UUID | None
    person: UUID | None


def saw(by: HasId, what: str, shown: Iterable[Sight]) -> None:
    """The log says that `by` was shown these, in one entry for each partner that they are of; nothing if there are none."""
    of: dict[UUID | None, list[Sight]] = {}
    for sight in shown:
        of.setdefault(sight.partner, []).append(sight)
    LogEntry.objects.bulk_create(
        LogEntry(
            by_id=by.pk,
            act=f"{SEEING}{what}",
            thing_kind="prt" if partner else "",
            thing_id=partner,
            data={
                "ids": list(dict.fromkeys(sight.id for sight in sights)),
                "whose": sorted({str(sight.person) for sight in sights if sight.person}),
            },
        )
        for partner, sights in of.items()
    )
