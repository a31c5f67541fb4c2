"""Every act leaves a row: who, what, to which thing, when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from core.clock import now
from core.identity import Identified
from core.models import LogEntry

SEEING = "see-"
MOST_IDS = 500  # of one entry; how many there were, and whose, is told of all
AGAIN = timedelta(hours=1)


class HasId(Protocol):
    @property
    def pk(self) -> Any: ...


def record(by: HasId | None, act: str, thing: Identified, **data: Any) -> None:
    """The log says that `by` (None: the house itself) did `act` to `thing`; data carries ids and numbers only."""
    by_id: UUID | None = by.pk if by is not None else None
    LogEntry.objects.create(by_id=by_id, act=act, thing_kind=thing.prefix, thing_id=thing.pk, data=data)


def record_all(by: HasId | None, act: str, things: Sequence[Identified], **data: Any) -> None:
    """The same act, with the same data, to each of these things; one statement."""
    by_id: UUID | None = by.pk if by is not None else None
    LogEntry.objects.bulk_create(
        LogEntry(by_id=by_id, act=act, thing_kind=thing.prefix, thing_id=thing.pk, data=data)
        for thing in things
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
                "ids": list(ids)[:MOST_IDS],
                "n": len(ids),
                "whose": sorted({str(sight.person) for sight in sights if sight.person}),
            },
        )
        for partner, sights in of.items()
        for ids in [dict.fromkeys(sight.id for sight in sights)]
    )


def saw_anew(by: HasId, what: str, shown: Iterable[Sight]) -> None:
    """As `saw`, for a screen that asks again by itself: what `by` was shown within the hour is no news (docs/adr/0110)."""
    shown = list(shown)
    if not shown:
        return
    entries = LogEntry.objects.filter(by_id=by.pk, act=f"{SEEING}{what}", at__gt=now() - AGAIN)
    known = {public for ids in entries.values_list("data__ids", flat=True) for public in ids or ()}
    saw(by, what, [sight for sight in shown if sight.id not in known])
