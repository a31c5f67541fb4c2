"""What upper floors may hear of bookings: one event, inside the transaction."""

from collections.abc import Sequence

from booking.models import Booking
from core.events import Event

# (bookings as they are now, the state they were in (None: just made), why)
booking_changed: Event[[Sequence[Booking], str | None, str]] = Event()
