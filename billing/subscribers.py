"""What billing does when it hears that a booking changed: rows, inside the same transaction; it sends nothing."""

from __future__ import annotations

from collections.abc import Sequence

from billing import no_shows
from billing.acts import close_order_of_dead
from booking.events import booking_changed
from booking.models import Booking


@booking_changed.hear
def on_booking_changed(bookings: Sequence[Booking], before: str | None, why: str) -> None:
    if why in ("lapsed", "released"):
        for booking in bookings:
            close_order_of_dead(booking)
    acts = {"no_show": no_shows.charge, "excused": no_shows.excuse}
    if why in acts:
        for booking in bookings:
            acts[why](booking)
