"""A change that waits, and how it ends when it is not settled: what it held besides the booking's own time is free."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from booking.events import Freed, hand_over_ended
from booking.models import Change, Claim
from core.clock import now

STATE = Change.State


def end_pending(bookings: Sequence[UUID], why: str = "") -> tuple[list[Change], list[Freed]]:
    """Under their locks: these bookings' pending changes are withdrawn, for this reason or with what their bookings had;
    what they held is returned."""
    ending = Change.objects.filter(booking__in=bookings, state=STATE.PENDING)
    return _end(ending, STATE.WITHDRAWN, why)


def end_dead(bookings: Sequence[UUID]) -> tuple[list[Change], list[Freed]]:
    """Under their locks: these bookings' changes whose time is up have lapsed."""
    dead = Change.objects.filter(booking__in=bookings, state=STATE.PENDING, until__lte=now())
    return _end(dead, STATE.LAPSED, "lapsed")


def _end(rows: QuerySet[Change], state: str, why: str) -> tuple[list[Change], list[Freed]]:
    changes = list(rows.select_related("booking__venue", "booking__person", "to_person"))
    if not changes:
        return [], []
    of = [change.booking_id for change in changes]
    held = Claim.objects.filter(item__booking__in=of, kind=Claim.Kind.HELD, reason=Claim.Reason.CHANGE)
    freed = [Freed(*row) for row in held.values_list("unit_id", "during")]
    held.delete()
    Change.objects.filter(pk__in=[c.pk for c in changes]).update(state=state, ended_at=now())
    for change in changes:
        change.state = state
        if change.kind == Change.Kind.HAND_OVER:
            hand_over_ended.announce(change, why)
    return changes, freed
