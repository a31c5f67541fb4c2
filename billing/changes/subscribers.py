"""What billing does when it hears that a booking changed: rows, inside the same transaction; it sends nothing."""

from __future__ import annotations

from collections.abc import Sequence

from billing.budgets import draws
from billing.changes import by_use, no_shows
from billing.changes.acts import after_cancelling, close_order_of_dead, close_orders_of_changes
from billing.paying import deposits
from billing.quoting import coupons, extras
from booking import states
from booking.events import booking_changed
from booking.models import Booking
from core import outbox

OVER = {
    "change-lapsed",
    "change-refused",
    "change-withdrawn",
    "change-declined",
    "hand-over-withdrawn",
    "hand-over-declined",
    "cancelled",
    "series-changed",
    "moved",
    "no_show",
}


ELSEWHERE = {"moved", "series-changed"}


@booking_changed.hear
def on_booking_changed(bookings: Sequence[Booking], before: str | None, why: str) -> None:
    """Everything that money has to do with a booking that changed, in the order of the locks, inside its act."""
    if why in OVER:
        close_orders_of_changes(bookings)
    draws.after_end(bookings, before)
    for booking in bookings:
        if why in ("lapsed", "released"):
            close_order_of_dead(booking)
        if why == "cancelled":
            after_cancelling(booking)
    if why in ELSEWHERE:
        outbox.put("billing.takings_follow", {"bookings": [str(booking.pk) for booking in bookings]})
    if why == "left":
        by_use.heard(bookings)
    acts = {"no_show": no_shows.charge, "excused": no_shows.excuse}
    if why in acts:
        for booking in bookings:
            acts[why](booking)
    deposits.heard(bookings)
    # Last, for stocks and coupons are locked after everything else.
    over = [b for b in bookings if b.state not in states.LIVE and b.held_until is None]
    if over:
        extras.let_go(over)
        coupons.let_go(over)
