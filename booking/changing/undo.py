"""Ten seconds to take a cancellation back: the slot is kept, and nothing leaves the house meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from booking import claims, states
from booking.changing import changes
from booking.changing.moves import beyond_limits, items_of
from booking.claims import Ask
from booking.events import booking_changed, time_freed
from booking.holding import pending
from booking.judging.reasons import reason
from booking.models import Booking, Change
from core.audit import record
from core.clock import now
from core.errors import Refused, TooLate
from core.locks import act
from people.models import Person

FOR = timedelta(seconds=10)
S = Booking.State


def cancel_with_undo(booking: Booking, by: Person) -> None:
    """Inside an act: the booking is cancelled; its time is held for ten seconds more, then all who have to know hear
    of it. Raises IllegalMove."""
    before, held_until = booking.state, booking.held_until
    states.move(booking, S.CANCELLED)
    _, freed = pending.end_pending([booking.pk])
    until = now() + FOR
    made = Change.objects.create(
        booking=booking,
        kind=Change.Kind.CANCEL,
        waits_for=Change.WaitsFor.UNDO,
        plan={"state": before, "held_until": held_until.isoformat() if held_until else None},
        sequence=booking.sequence,
        asked_by=by,
        until=until,
    )
    claims.keep(booking, "held", reason="undo", until=until)
    booking.held_until, booking.ended_at = until, now()
    booking.sequence += 1
    booking.save(update_fields=["state", "held_until", "ended_at", "sequence"])
    record(by, "cancel", booking)
    changes.plan_lapse(made)
    time_freed.announce(freed)


def may_undo(change: Change, person: Person, *, house: bool) -> bool:
    """Whether this person may take this cancellation back: their own, or for the house anybody's."""
    return house or change.asked_by_id == person.pk


def may_stand_again(booking: Booking) -> bool:
    """Whether it stood, and its cancellation is not final yet."""
    own = booking.changes.filter(kind=Change.Kind.CANCEL, state=Change.State.PENDING)
    return booking.state == S.CANCELLED and own.filter(plan__state=S.CONFIRMED).exists()


@act
def undo(by: Person, booking_id: UUID, *, house: bool = False) -> Booking:
    """The booking stands as before its cancellation. Raises TooLate after ten seconds, Refused if its person has
    reached a limit meanwhile, or for who has not cancelled it (the house may take back anybody's)."""
    booking = changes.lock_for(booking_id)
    change = booking.changes.filter(kind=Change.Kind.CANCEL, state=Change.State.PENDING).first()
    if change is None:
        raise TooLate
    if not may_undo(change, by, house=house):
        raise Refused([reason("no-right")])
    asks = [Ask.of(item) for item in items_of(booking)]
    if against := beyond_limits(booking, asks):
        raise Refused(against)
    states.undo(booking, change.plan["state"])
    until = change.plan["held_until"]
    booking.held_until = datetime.fromisoformat(until) if until else None
    booking.ended_at = None
    booking.sequence += 1
    booking.save(update_fields=["state", "held_until", "ended_at", "sequence"])
    kind = "requested" if booking.state == S.REQUESTED else "booked"
    claims.keep(booking, kind, until=booking.held_until)
    change.state, change.ended_at = Change.State.WITHDRAWN, now()
    change.save(update_fields=["state", "ended_at"])
    record(by, "undo", booking)
    booking_changed.announce([booking], S.CANCELLED, "undone")
    return booking
