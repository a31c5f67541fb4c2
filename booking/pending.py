"""A change that waits, and how it ends when it is not settled: what it held besides the booking's own time is free."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from booking.events import Freed
from booking.models import Change, Claim
from core.clock import now

STATE = Change.State


def end_pending(bookings: Sequence[UUID], state: str) -> tuple[list[Change], list[Freed]]:
    """Under their locks: these bookings' pending changes are in this final state; what they held is returned."""
    ending = Change.objects.filter(booking__in=bookings, state=STATE.PENDING).select_related("booking__venue")
    return _end(list(ending.select_related("booking__venue", "booking__person")), state)


def end_dead(bookings: Sequence[UUID]) -> tuple[list[Change], list[Freed]]:
    """Under their locks: these bookings' changes whose time is up have lapsed."""
    dead = Change.objects.filter(booking__in=bookings, state=STATE.PENDING, until__lte=now())
    return _end(list(dead.select_related("booking__venue", "booking__person")), STATE.LAPSED)


def _end(changes: list[Change], state: str) -> tuple[list[Change], list[Freed]]:
    if not changes:
        return [], []
    of = [change.booking_id for change in changes]
    held = Claim.objects.filter(item__booking__in=of, kind=Claim.Kind.HELD, reason=Claim.Reason.CHANGE)
    freed = [Freed(*row) for row in held.values_list("unit_id", "during")]
    held.delete()
    Change.objects.filter(pk__in=[c.pk for c in changes]).update(state=state, ended_at=now())
    for change in changes:
        change.state = state
    return changes, freed
