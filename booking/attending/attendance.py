"""What really happened: who came, who left, who did not come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from booking import claims
from booking.attending import consequences
from booking.attending.watch import was_kept
from booking.events import booking_changed, time_freed
from booking.holding import pending
from booking.holding.holds import locked
from booking.holding.locking import lock_bookings
from booking.judging.coming import misses_at, opens_at
from booking.judging.reasons import reason
from booking.models import Booking, RescueCase
from booking.rescuing.rescues import held_for
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import Reason, Refused
from core.identity import Identified
from core.locks import act, patient_act

A = Booking.Attendance
LATEST = timedelta(days=1)  # a worker that was away longer does not punish anybody for the day before


def reasons_against(booking: Booking, to: str, at: datetime) -> list[Reason]:
    """Why the booking's attendance cannot become this now; empty if it can."""
    if booking.state != Booking.State.CONFIRMED:
        return [reason("wrong-state", state=booking.get_state_display())]
    if to == A.PRESENT:
        return _against_coming(booking, at)
    if to == A.LEFT and booking.attendance != A.PRESENT:
        return [reason("wrong-state", state=booking.get_attendance_display())]
    if to == A.NO_SHOW:
        if booking.attendance != A.EXPECTED:
            return [reason("wrong-state", state=booking.get_attendance_display())]
        if at < misses_at(booking):
            return [reason("not-begun", minutes=0, holds_from=misses_at(booking))]
    return []


def _against_coming(booking: Booking, at: datetime) -> list[Reason]:
    if booking.attendance == A.PRESENT:
        arrived = (booking.arrived_at or at).astimezone(booking.venue.zone)
        return [reason("already-here", at=f"{arrived:%H:%M}")]
    if booking.attendance == A.LEFT:
        return [reason("already-left")]
    if booking.attendance == A.NO_SHOW:
        return [reason("did-not-come")]
    if at < opens_at(booking):
        early = (booking.period.start - opens_at(booking)) // timedelta(minutes=1)
        return [reason("not-begun", minutes=early, holds_from=opens_at(booking))]
    return [reason("over")] if at >= booking.period.end else []


def _become(
    booking: Booking, by: Identified | None, to: str, despite: Sequence[str] = (), **times: datetime
) -> None:
    if against := reasons_against(booking, to, now()):
        raise Refused(against)
    booking.attendance = to
    for name, value in times.items():
        setattr(booking, name, value)
    booking.save(update_fields=["attendance", *times])
    record(by, to, booking, **({"despite": list(despite)} if despite else {}))


@act
def check_in(by: Identified, booking_id: Any, despite: Sequence[str] = ()) -> Booking:
    """They are here, from when check-in opens until the end; `despite` is what was overlooked. Raises Refused."""
    booking = locked(booking_id)
    _become(booking, by, A.PRESENT, despite, arrived_at=now())
    return booking


@act
def check_out(by: Identified, booking_id: Any) -> Booking:
    """They have left; what was still to come is free, but for the clean-up, if the rules say so. Raises Refused."""
    booking = locked(booking_id)
    _become(booking, by, A.LEFT, left_at=now())
    ended, freed = pending.end_pending([booking.pk])
    if booking.attendance_terms.get("leaving_frees"):
        freed += claims.cut(booking, now(), cleaning=True)
    if ended:
        booking_changed.announce([booking], booking.state, "change-withdrawn")
    booking_changed.announce([booking], booking.state, "left")
    time_freed.announce(freed)
    return booking


@act
def mark_no_show(by: Identified, booking_id: Any) -> Booking:
    """They did not come, says staff; the rest is as the rules have it. Raises Refused."""
    booking = _locked_with_person(booking_id)
    _miss(booking, by)
    return booking


@patient_act
def miss(booking_id: Any) -> None:
    """Nobody checked in within the grace, and somebody was there to do it: a no-show. Otherwise nothing happens."""
    booking = _locked_with_person(booking_id)
    due = booking.no_show_at is not None and booking.no_show_at <= now()
    # Whom the house still owes an answer, what becomes of their booking, is not missed.
    unsaid = RescueCase.objects.filter(booking=booking, answer="").exists()
    if due and not unsaid and not reasons_against(booking, A.NO_SHOW, now()) and was_kept(booking):
        _miss(booking, None)


def _locked_with_person(booking_id: Any) -> Booking:
    """Their no-shows are counted under a lock on the person."""
    seen = Booking.objects.get(pk=booking_id)
    (booking,) = lock_bookings([booking_id], people=[seen.person_id])
    return booking


def _miss(booking: Booking, by: Identified | None) -> None:
    _become(booking, by, A.NO_SHOW)
    # Another time that they asked for, or that a rescue held for them, goes with it.
    _, freed = pending.end_pending([booking.pk])
    freed += claims.drop(held_for(booking))
    if booking.attendance_terms.get("release"):
        freed += claims.cut(booking, now(), cleaning=False)
    consequences.impose(booking)
    booking_changed.announce([booking], booking.state, "no_show")
    time_freed.announce(freed)


def sweep_no_shows() -> None:
    """Every minute: whose grace is over is looked at once more, under its locks."""
    due = Booking.objects.filter(
        state=Booking.State.CONFIRMED, attendance=A.EXPECTED, no_show_at__range=(now() - LATEST, now())
    )
    for pk in due.order_by("no_show_at").values_list("pk", flat=True):
        miss(pk)


def register() -> None:
    """The outbox knows who looks after the grace of every booking."""
    outbox.every(timedelta(minutes=1), "booking.sweep_no_shows")(sweep_no_shows)
