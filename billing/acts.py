"""Acts on bookings that have a price: each does the money and calls booking, in one transaction."""

from __future__ import annotations

from uuid import UUID

from billing import refunds
from billing.checkout import owe
from billing.models import Checkout, Order
from booking import lifecycle, states
from booking.events import booking_changed
from booking.holds import end
from booking.locking import lock_bookings
from booking.models import Booking
from core import outbox, terms
from core.audit import record
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from people.models import Person

S = Booking.State


def _order_of(booking: Booking) -> Order | None:
    line = booking.order_lines.order_by("-order__made_at").first()
    if line is None:
        return None
    lock_rows(Locks.ORDERS, Order, [line.order_id])
    return Order.objects.get(pk=line.order_id)


@terms.perform("booking.cancel")
@patient_act
def cancel(by: Person, booking_id: UUID) -> Booking:
    """The booking is cancelled, and what the terms give back is on its way. Raises IllegalMove."""
    (booking,) = lock_bookings([booking_id])
    if not states.may(booking, S.CANCELLED):
        states.move(booking, S.CANCELLED)
    order = _order_of(booking)
    if order is not None and order.state == Order.State.PAID:
        payment, _ = refunds.paid_for(booking)
        back, _ = refunds.amount_back(booking, order)
        if payment is not None and back:
            refunds.give_back(by, booking, payment, back, "cancelled")
    elif order is not None and order.state in (Order.State.OWED, Order.State.PROMISED):
        _drop(order, booking)
    lifecycle.cancel_inside(booking, by)
    return booking


def _drop(order: Order, booking: Booking) -> None:
    """Nothing is owed any more, if this was the last of the order's bookings that stands."""
    others = Booking.objects.filter(order_lines__order=order, state__in=states.LIVE).exclude(pk=booking.pk)
    if not others.exists():
        order.state = Order.State.DROPPED
        order.save(update_fields=["state"])
        outbox.put("billing.close_session", {"order": str(order.pk)})


@terms.perform("booking.refund-in-full")
def refund_in_full(by: Person | None, booking: Booking) -> None:
    """Inside an act that locked the booking, which the house cannot keep: all that was paid for it is on its way back,
    whatever the terms; what was owed is not any more."""
    order = _order_of(booking)
    if order is not None and order.state == Order.State.PAID:
        payment, left = refunds.paid_for(booking)
        if payment is not None and left:
            refunds.give_back(by, booking, payment, left, "outage")
    elif order is not None and order.state in (Order.State.OWED, Order.State.PROMISED):
        _drop(order, booking)


@terms.perform("booking.approve")
@patient_act
def approve(by: Person, booking_id: UUID) -> Booking:
    """The request stands; what was promised for it is owed. Raises IllegalMove."""
    (booking,) = lock_bookings([booking_id])
    if booking.state != S.REQUESTED:
        states.move(booking, S.REQUESTED)
    order = _order_of(booking)
    lifecycle.confirm(booking, by, "approved")
    if order is not None and order.state == Order.State.PROMISED:
        if order.total:
            owe(order)
        else:
            order.state = Order.State.PAID
            order.save(update_fields=["state"])
    return booking


@terms.perform("booking.refuse")
@patient_act
def refuse(by: Person, booking_id: UUID, reason: str) -> Booking:
    """The request is refused with its reason, nothing is owed. Raises IllegalMove."""
    (booking,) = lock_bookings([booking_id])
    before = booking.state
    states.move(booking, S.REFUSED)
    booking.reason = reason
    order = _order_of(booking)
    if order is not None:
        _drop(order, booking)
    end(booking, lambda: booking_changed.announce([booking], before, "refused"))
    record(by, "refuse", booking)
    return booking


def close_order_of_dead(booking: Booking) -> None:
    """Inside an act: a hold or request that lapsed or was released takes its unpaid order with it."""
    line = booking.order_lines.select_related("order").order_by("-order__made_at").first()
    if line is None or line.order.state != Order.State.PROMISED:
        return
    Order.objects.filter(pk=line.order_id, state=Order.State.PROMISED).update(state=Order.State.DROPPED)
    Checkout.objects.filter(order=line.order_id, state=Checkout.State.AWAITING_PAYMENT).update(
        state=Checkout.State.LAPSED, why="hold-lapsed"
    )
    outbox.put("billing.close_session", {"order": str(line.order_id)})
