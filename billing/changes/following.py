"""Takings follow their booking to another resource: what was sold for one room is that of the room it was moved to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from billing.models import Payment
from billing.papers import ledger
from billing.paying import orders, refunds
from booking.holding.locking import lock_bookings
from booking.models import Booking
from core import outbox
from core.locks import patient_act


@outbox.handler("billing.takings_follow")
def on_moved(payload: dict[str, Any]) -> None:
    for booking in payload["bookings"]:
        follow(UUID(booking))


@patient_act
def follow(booking_id: UUID) -> None:
    """What was paid for the booking is entered where it is now; once it is there, nothing happens."""
    (booking,) = lock_bookings([booking_id])
    orders.lock_orders(booking)
    for payment in refunds.payments_of(booking):
        takings = ledger.left_of(booking, payment)
        there = _resources_of(booking, payment)
        gone = {taking.resource for taking in takings} - there
        come = there - {taking.resource for taking in takings}
        # Of several that moved in one act nobody knows which became which: they stay entered as they were sold.
        if len(gone) == len(come) == 1:
            ledger.enter_move(booking, payment, gone.pop(), come.pop())


def _resources_of(booking: Booking, payment: Payment) -> set[UUID | None]:
    """Where the items that the payment was for are now."""
    lines = payment.order.lines.filter(booking=booking, item__isnull=False)
    return set(lines.values_list("item__resource", flat=True))
