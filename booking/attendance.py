"""What really happened: who came, who left, who did not come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from booking.holds import locked
from booking.models import Booking
from booking.reasons import reason
from core.audit import record
from core.clock import now
from core.errors import Reason, Refused
from core.locks import act
from people.models import Person

EARLY = timedelta(minutes=30)
A = Booking.Attendance


def reasons_against(booking: Booking, to: str, at: datetime) -> list[Reason]:
    """Why the booking's attendance cannot become this now; empty if it can."""
    if booking.state != Booking.State.CONFIRMED:
        return [reason("wrong-state", state=booking.get_state_display())]
    if to == A.PRESENT:
        if booking.attendance != A.EXPECTED:
            return [reason("wrong-state", state=booking.get_attendance_display())]
        if at < booking.period.start - EARLY:
            return [
                reason(
                    "not-begun",
                    minutes=EARLY // timedelta(minutes=1),
                    holds_from=booking.period.start - EARLY,
                )
            ]
        if at >= booking.period.end:
            return [reason("over")]
    if to == A.LEFT and booking.attendance != A.PRESENT:
        return [reason("wrong-state", state=booking.get_attendance_display())]
    if to == A.NO_SHOW:
        if booking.attendance != A.EXPECTED:
            return [reason("wrong-state", state=booking.get_attendance_display())]
        if at < booking.period.start:
            return [reason("not-begun", minutes=0, holds_from=booking.period.start)]
    return []


@act
def _become(by: Person, booking_id: Any, to: str, **times: datetime) -> Booking:
    booking = locked(booking_id)
    if against := reasons_against(booking, to, now()):
        raise Refused(against)
    booking.attendance = to
    for name, value in times.items():
        setattr(booking, name, value)
    booking.save(update_fields=["attendance", *times])
    record(by, to, booking)
    return booking


def check_in(by: Person, booking_id: Any) -> Booking:
    """They are here, from 30 minutes before the start until the end. Raises Refused."""
    return _become(by, booking_id, A.PRESENT, arrived_at=now())


def check_out(by: Person, booking_id: Any) -> Booking:
    """They have left. Raises Refused."""
    return _become(by, booking_id, A.LEFT, left_at=now())


def mark_no_show(by: Person, booking_id: Any) -> Booking:
    """They did not come. Raises Refused."""
    return _become(by, booking_id, A.NO_SHOW)
