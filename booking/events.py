"""What upper floors may hear of bookings: one event, inside the transaction."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from booking.models import Booking, Change
from core.events import Event
from core.periods import Period

# (bookings as they are now, the state they were in (None: just made), why)
booking_changed: Event[[Sequence[Booking], str | None, str]] = Event()


# (a hand-over that has ended and not passed the booking on, why: what was done to it by itself, "lapsed", or "" where its
# booking has changed or is over)
hand_over_ended: Event[[Change, str]] = Event()


class Freed(NamedTuple):
    """A unit's time that somebody had until now."""

    unit: UUID
    during: Period


# What an act has freed, its domains locked and its bookings saved; once an act, at its end, before it commits.
time_freed: Event[[Sequence[Freed]]] = Event()
