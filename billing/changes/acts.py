"""Acts on bookings that have a price: each does the money and calls booking, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from billing.budgets import draws
from billing.changes import handing, moves
from billing.changes.differences import backs_of_all, unpaid_order, unpaid_orders
from billing.models import Order, Refund
from billing.paying import orders, refunds
from billing.paying.checkout import owe
from billing.quoting.quotes import heed_allowances
from booking import states
from booking.approving import deciding, proposals
from booking.changing import changes, undo
from booking.changing.changes import KIND, WAITS, lock_for
from booking.changing.moves import pending_of
from booking.holding import lifecycle
from booking.holding.locking import lock_bookings
from booking.models import Booking, Change, Series
from core import outbox, terms
from core.errors import IllegalMove
from core.locks import patient_act
from people.models import Person
from people.roles import allow

S = Booking.State


@terms.perform("booking.cancel")
@patient_act
def cancel(by: Person, booking_id: UUID) -> Booking:
    """The booking is cancelled; for ten seconds it can be taken back, then its time is free and what the terms give
    back is on its way. Raises IllegalMove; Missing if it is not theirs any more."""
    booking = lock_for(booking_id)
    allow(
        by, "booking.cancel", booking, seen_by="booking.see"
    )  # it may have passed to somebody else meanwhile
    if not states.may(booking, S.CANCELLED):
        states.move(booking, S.CANCELLED)
    undo.cancel_with_undo(booking, by)
    return booking


def after_cancelling(booking: Booking) -> None:
    """Inside the act in which a cancellation became final: its money will follow."""
    outbox.put(
        "billing.cancelled", {"booking": str(booking.pk)}, key=f"cancelled:{booking.pk}:{booking.sequence}"
    )


@outbox.handler("billing.cancelled")
def _on_cancelled(payload: dict[str, Any]) -> None:
    square_cancelled(UUID(payload["booking"]))


@patient_act
def square_cancelled(booking_id: UUID) -> None:
    """A cancelled booking owes nothing, and what its terms gave back when it was cancelled is on its way. Once."""
    (booking,) = lock_bookings([booking_id])
    if booking.state != S.CANCELLED or booking.held_until is not None:
        return
    orders.lock_orders(booking)
    done = Refund.objects.filter(entries__booking=booking, reason="cancelled")
    if (unpaid := unpaid_order(booking)) is not None:
        orders.take_out(unpaid, [booking], booking.person)
    if not done.filter(payment__in=refunds.payments_of(booking)).exists():
        refunds.give_all_back(None, booking, backs_of_all(booking, booking.ended_at), "cancelled")


# -- staff decide ----------------------------------------------------------------------------------------


@terms.perform("booking.refund-in-full")
def refund_in_full(by: Person | None, booking: Booking) -> None:
    """Inside an act that locked the booking, which the house cannot keep: all that was paid for it is on its way back,
    whatever the terms; what was owed is not any more."""
    orders.lock_orders(booking)
    if (unpaid := unpaid_order(booking)) is not None:
        orders.take_out(unpaid, [booking], by or booking.person)
    draws.put(booking.pk, whole=True, by_house=True)
    refunds.give_all_back(by, booking, refunds.all_of(booking), "outage")


@terms.perform("booking.approve")
@patient_act
def approve(by: Person, booking_id: UUID) -> Booking:
    """The request, or the change that waits for it, is approved; what was promised for it is owed. Raises IllegalMove,
    CreditSpent where a change would be owed beyond what was agreed."""
    booking = lock_for(booking_id)
    change = _for_approval(booking)
    orders.lock_orders(booking)
    if change is None:
        confirm_request(by, booking)
    elif change.kind == KIND.HAND_OVER:
        handing.go_on(by, booking, change)
    else:
        moves.approve(by, booking, change)
    return booking


def _for_approval(booking: Booking) -> Change | None:
    """The change of a confirmed booking that waits for staff; None for a request. Raises IllegalMove."""
    if booking.state == S.REQUESTED:
        return None
    change = pending_of(booking)
    if change is None or change.waits_for != WAITS.APPROVAL:
        # Held or lapsed it may yet become a request, which is not for who decides on it to do.
        raise IllegalMove(state=booking.get_state_display(), data={"state": booking.state})
    return change


def confirm_request(by: Person, booking: Booking) -> None:
    """Inside an act that locked booking and orders: the request stands, and its price is owed."""
    confirm_requests(by, [booking])


def confirm_requests(by: Person, bookings: Sequence[Booking], why: str = "approved") -> None:
    """Inside an act that locked bookings and orders: these requests stand, and what was promised for them is owed;
    for what staff have still to decide on nothing is."""
    promised = {order.pk: order for order in unpaid_orders(bookings).values()}
    lifecycle.confirm_all(bookings, by, why)
    for order in promised.values():
        if order.state != Order.State.PROMISED:
            continue
        stands = orders.without_asked(order, by)
        if stands.total:
            owe(stands)
        else:
            stands.state = Order.State.PAID
            stands.save(update_fields=["state"])


@terms.perform("booking.refuse")
@patient_act
def refuse(by: Person, booking_id: UUID, reason: str) -> Booking:
    """The request, or the change that waits for it, is refused with its reason; nothing is owed for it. Raises
    IllegalMove."""
    booking = lock_for(booking_id)
    if _for_approval(booking) is not None:
        changes.drop(booking, by, "change-refused", reason)
        return booking
    orders.lock_orders(booking)
    refuse_requests(by, [booking], reason)
    return booking


def refuse_requests(by: Person, bookings: Sequence[Booking], reason: str, why: str = "refused") -> None:
    """Inside an act that locked bookings and orders: these requests are refused, and nothing is owed for them."""
    promised = {order.pk: order for order in unpaid_orders(bookings).values()}
    for order in promised.values():
        orders.take_out(order, bookings, by)
    lifecycle.refuse_all(bookings, by, reason, why)


@terms.perform("series.decide")
@patient_act
def decide_dates(
    by: Person, series: Series, yes: Sequence[UUID], no: Sequence[UUID], reason: str = ""
) -> Series:
    """The first dates of the series stand as bookings and are owed together, the others are refused with a reason and
    nothing is owed for them; or nothing happens at all. Raises DatesNotDecidable."""
    approved, refused = deciding.lock_dates(yes, no)
    orders.lock_orders(*approved, *refused)
    as_yes, as_no = deciding.announced_as(approved, refused)
    if approved:
        confirm_requests(by, approved, as_yes)
    if refused:
        refuse_requests(by, refused, reason, as_no)
    deciding.conclude(by, series, approved, refused)
    return series


# -- the guest answers -----------------------------------------------------------------------------------


@patient_act
def accept_proposal(by: Person, booking_id: UUID) -> Booking:
    """The guest takes the time that staff proposed: it is theirs, confirmed and owed at its own price. Raises
    OfferLapsed, AllowanceSpent, CreditSpent."""
    booking = lock_for(booking_id)
    change = proposals.awaited(booking)
    orders.lock_orders(booking)
    gap = moves.of_change(booking, change)
    heed_allowances(gap.more, booking.organisation)
    moves.heed_credit(by, booking, gap)
    changes.settle(change, booking, by, why="taken")
    if (unpaid := unpaid_order(booking)) is not None:
        orders.make_anew(unpaid, [booking], gap.more, by)
    draws.change(booking, gap.draws)
    confirm_request(by, booking)
    return booking


# -- what is over ----------------------------------------------------------------------------------------


def close_order_of_dead(booking: Booking) -> None:
    """Inside an act: nothing is promised any more for a hold or request that lapsed or was released."""
    orders.lock_orders(booking)
    line = booking.order_lines.select_related("order").order_by("-order__made_at").first()
    if line is not None and line.order.state == Order.State.PROMISED:
        orders.take_out(line.order, [booking], booking.person)


def close_orders_of_changes(bookings: Sequence[Booking]) -> None:
    """Inside an act: changes of these that are over, and were not settled, take their unpaid orders with them."""
    over = Change.objects.filter(
        booking__in=bookings, state__in=[Change.State.LAPSED, Change.State.WITHDRAWN]
    )
    orders.drop_of_change(over.values_list("pk", flat=True))
