"""Money in: paid, confirmed, documented and entered in the ledger in one transaction, or given back.

If the money comes after the hold lapsed, the slot is claimed again; if it has gone, a refund is due and no
document is issued.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max
from django.db.models.functions import Coalesce

from billing.budgets import draws
from billing.changes import changing
from billing.models import Checkout, Order, Payment, Refund
from billing.papers import documents, ledger
from billing.papers.freeze import ITALY, free_day_of, instant_of, open_day_of
from billing.paying import orders, refunds
from billing.paying.delivery import deliver
from billing.quoting import coupons, extras
from booking.changing import undo
from booking.changing.moves import resources_in
from booking.holding import lifecycle
from booking.holding.locking import lock_bookings
from booking.models import Booking
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import CouponNotUsable, OutOfStock, SlotTaken
from core.locks import Order as Locks
from core.locks import attempt, lock_rows, patient_act
from core.money import Money
from core.periods import local_date

S = Booking.State


def new_payment(
    order: Order, method: str, *, session_until: datetime | None = None, gateway: str = ""
) -> Payment:
    """A row that exists before any call; its id is the key under which the gateway is asked."""
    collector = order.lines.order_by("position").select_related("issuer").first()
    return Payment.objects.create(
        order=order,
        amount=order.total,
        method=method,
        session_until=session_until,
        gateway=gateway,
        collected_by_id=collector.issuer.partner_id if collector else None,
    )


@patient_act
def settle(payment_id: UUID, payment_ref: str = "", fee: Money | None = None) -> None:
    """The gateway says this payment is paid: everything it was for stands, or its money goes back. Once."""
    seen = Payment.objects.select_related("order__change").get(pk=payment_id)
    bookings = lock_bookings(
        seen.order.lines.values_list("booking_id", flat=True), resources=resources_in(seen.order.change)
    )
    take(payment_id, bookings, payment_ref, fee)


def take(
    payment_id: UUID, bookings: Sequence[Booking], payment_ref: str = "", fee: Money | None = None
) -> None:
    """Inside an act that locked the bookings: the payment is captured, and settled or to be refunded."""
    seen = Payment.objects.get(pk=payment_id)
    orders.lock_orders(*bookings, besides=[seen.order_id])
    lock_rows(Locks.PAYMENTS, Payment, [payment_id])
    payment = Payment.objects.select_related("order__person", "order__organisation", "order__change").get(
        pk=payment_id
    )
    if payment.state == Payment.State.CAPTURED:
        return
    payment.state = Payment.State.CAPTURED
    payment.payment_ref = payment_ref
    payment.fee = fee or Money(0)
    order = payment.order
    twice = order.state in (Order.State.PAID, Order.State.BILLED) or _paid_elsewhere(order, bookings)
    owed_before = order.state == Order.State.OWED
    backs = changing.backs_of(order, bookings)
    if twice or draws.missing(order) or not _stands(order, bookings):
        payment.captured_at = _captured_at(payment)
        _give_back(payment, order, twice=twice)
        return
    orders.drop_promised(bookings, but=order)
    lock_rows(Locks.PAYMENTS, Payment, [back.payment.pk for back in backs])
    draws.take(order)
    if not owed_before:
        deliver(order)
    payment.settled_at, payment.captured_at = now(), _captured_at(payment)
    payment.save(update_fields=["state", "captured_at", "payment_ref", "fee", "settled_at"])
    order.state = Order.State.PAID
    order.save(update_fields=["state"])
    Checkout.objects.filter(order=order).update(state=Checkout.State.DONE, why="")
    desk = changing.desk_of(order, backs)
    issued = documents.issue_for(order, payment, desk)
    ledger.enter_sale(order, payment, issued)
    if backs and order.change is not None:
        refunds.give_all_back(None, bookings[0], backs, changing.REASON[order.change.kind], desk)
    orders.square_paid([order.pk])
    record(None, "settle", payment, order=str(order.pk))
    outbox.put("billing.receipt_mail", {"payment": str(payment.pk)}, key=f"receipt:{payment.pk}")


def _captured_at(payment: Payment) -> datetime:
    """Now, or once this month is closed the first day that is open for all who sold; of a transfer the day on which the
    bank brought the last of it, or a credit was used for it, or the first one after it that is still open for them, and
    settled among nobody."""
    brought = payment.matches.aggregate(day=Max(Coalesce("movement__booked_on", "posted_on")))["day"]
    today = local_date(now(), ITALY)
    if brought is None:
        return instant_of(open_day_of(payment, today))
    return instant_of(free_day_of(payment, min(brought, today)))


def _paid_elsewhere(order: Order, bookings: Sequence[Booking]) -> bool:
    """Whether another order for something of this promise has been paid already."""
    others = Order.objects.filter(lines__booking__in=bookings, change=None, state=Order.State.PAID)
    return order.change is None and _replaced(order, bookings) and others.exclude(pk=order.pk).exists()


def _replaced(order: Order, bookings: Sequence[Booking]) -> bool:
    """Whether something of this promise stands already, so that another order has taken its place."""
    unpaid = order.state in (Order.State.PROMISED, Order.State.DROPPED)
    return unpaid and any(b.state == S.CONFIRMED for b in bookings)


def _stands(order: Order, bookings: Sequence[Booking]) -> bool:
    """All the bookings are confirmed, or their change is done, their time claimed again where it had lapsed; or, where
    somebody else has it, nothing is changed."""
    try:
        with attempt():
            return _stand(order, bookings)
    except (SlotTaken, OutOfStock, CouponNotUsable):
        return False


def _stand(order: Order, bookings: Sequence[Booking]) -> bool:
    if order.change is not None and order.state != Order.State.OWED:
        return changing.stand(order.change, bookings[0])
    if order.state == Order.State.DROPPED and not bookings:
        return False  # a fee that was excused while its page was being paid
    # A bill paid in the seconds of a cancellation is paid: undone, nothing is owed; final, the terms give back.
    paid_only = [b for b in bookings if order.state == Order.State.OWED and undo.may_stand_again(b)]
    bookings = [b for b in bookings if b not in paid_only]
    if _replaced(order, bookings) or any(b.state not in (S.HELD, S.LAPSED, S.CONFIRMED) for b in bookings):
        return False
    lapsed = [b for b in bookings if b.state == S.LAPSED]
    for booking in lapsed:
        lifecycle.take_again(booking)
    extras.take_again(lapsed)
    coupons.take_again(lapsed)
    lifecycle.confirm_all(bookings, None, "paid")
    return True


def _give_back(payment: Payment, order: Order, *, twice: bool) -> None:
    payment.settled_at, payment.refunded = now(), payment.amount
    payment.save(update_fields=["state", "captured_at", "payment_ref", "fee", "settled_at", "refunded"])
    why = "paid-twice" if twice else "slot-gone"
    refund = Refund.objects.create(payment=payment, amount=payment.amount, method=payment.method, reason=why)
    if order.state not in (Order.State.PAID, Order.State.BILLED):
        order.state = Order.State.REFUNDED
        order.save(update_fields=["state"])
        Checkout.objects.filter(order=order).update(state=Checkout.State.REFUNDED, why="slot-taken")
        orders.square_paid([order.pk])
    record(None, "refund-due", refund, payment=str(payment.pk))
    outbox.put("billing.refund", {"refund": str(refund.pk)}, key=f"refund:{refund.pk}")


@patient_act
def expire(payment_id: UUID) -> None:
    """The gateway's page can no longer be paid: the payment is over, its checkout has lapsed."""
    seen = Payment.objects.select_related("order").get(pk=payment_id)
    lock_rows(Locks.ORDERS, Order, [seen.order_id])
    lock_rows(Locks.PAYMENTS, Payment, [payment_id])
    payment = Payment.objects.get(pk=payment_id)
    if payment.state not in (Payment.State.CREATED, Payment.State.AWAITING):
        return
    payment.state = Payment.State.EXPIRED
    payment.save(update_fields=["state"])
    waiting = Checkout.objects.filter(order=seen.order_id, state=Checkout.State.AWAITING_PAYMENT)
    owed = Order.objects.filter(pk=seen.order_id, state=Order.State.OWED).exists()
    waiting.update(state=Checkout.State.DONE if owed else Checkout.State.LAPSED, why="hold-lapsed")
    Order.objects.filter(pk=seen.order_id, state=Order.State.PROMISED).update(state=Order.State.DROPPED)
