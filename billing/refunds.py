"""Money back: by the terms of the order's day, credit note first, then the money; never more than came in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing import documents, gateways, ledger
from billing.models import Document, Entry, Order, Payment, Refund
from booking.models import Booking
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import RefundTooLarge
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, Money, total
from people.models import Person


def percent_back(terms: list[dict[str, Any]], booking: Booking) -> int:
    """What the terms give back now, counted from the earliest start the booking ever had; nothing once it began."""
    left = booking.earliest_start - now()
    fitting = [t["percent_back"] for t in terms if left >= timedelta(hours=t["hours_before"])]
    return max(fitting, default=0)


def paid_for(booking: Booking) -> tuple[Payment | None, Money]:
    """The settled payment behind a booking, and what of it is still this booking's."""
    line = booking.order_lines.select_related("order").filter(order__state=Order.State.PAID).first()
    if line is None:
        return None, ZERO
    payment = (
        line.order.payments.filter(state=Payment.State.CAPTURED, settled_at__isnull=False)
        .exclude(refunds__reason="paid-twice")
        .first()
    )
    left = (
        Entry.objects.filter(booking=booking, payment=payment).aggregate(sum=Sum("gross"))["sum"]
        if payment
        else None
    )
    return payment, left if isinstance(left, Money) else Money(int(left or 0))


def give_back(
    by: Person | None, booking: Booking | None, payment: Payment, amount: Money, reason: str
) -> Refund | None:
    """Inside an act that locked booking and order: the amount is due back, credited and entered. Nothing for 0.00.

    Without a booking it is of what was sold by itself. Raises RefundTooLarge if it is more than is left.
    """
    lock_rows(Locks.PAYMENTS, Payment, [payment.pk])
    payment.refresh_from_db()
    left = paid_for(booking)[1] if booking is not None else total(ledger.left_of(None, payment).values())
    if amount > left or payment.refunded + amount > payment.amount:
        raise RefundTooLarge(left=str(left))
    if not amount:
        return None
    payment.refunded = payment.refunded + amount
    payment.save(update_fields=["refunded"])
    refund = Refund.objects.create(payment=payment, amount=amount, reason=reason, asked_by=by)
    takings = ledger.left_of(booking, payment)
    parts = amount.split([money.cents for money in takings.values()])
    undone = {taking: part for taking, part in zip(takings, parts, strict=True) if part}
    by_issuer: dict[UUID, dict[documents.Sold, Money]] = {}
    for taking, part in undone.items():
        sold = by_issuer.setdefault(taking.issuer, {})
        sold[taking.rate, taking.natura] = sold.get((taking.rate, taking.natura), ZERO) + part
    invoices = Document.objects.filter(
        order=payment.order_id, issuer__in=by_issuer, kind=Document.Kind.INVOICE
    )
    notes = documents.credit(refund, {invoice: by_issuer[invoice.issuer_id] for invoice in invoices})
    ledger.enter_refund(booking, refund, undone, {note.issuer_id: note for note in notes})
    record(by, "refund", refund, booking=str(booking.pk) if booking is not None else None)
    outbox.put("billing.refund", {"refund": str(refund.pk)}, key=f"refund:{refund.pk}")
    return refund


def amount_back(booking: Booking, order: Order) -> tuple[Money, int]:
    """What cancelling now would give back, and the percentage."""
    percent = percent_back(order.terms, booking)
    _, left = paid_for(booking)
    return left.times(Decimal(percent) / 100), percent


def send(refund_id: UUID) -> None:
    """The gateway has been asked, once; the refund is done. Cash and transfers are done by hand and marked so."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state == Refund.State.DONE:
        return
    ref = ""
    if refund.payment.method == "card":
        ref = gateways.current().refund(str(refund.pk), refund.payment.payment_ref, refund.amount)
    _done(refund_id, ref)


@patient_act
def _done(refund_id: UUID, ref: str) -> None:
    found = Refund.objects.select_for_update().get(pk=refund_id)
    if found.state == Refund.State.DONE:
        return
    found.state, found.refund_ref, found.done_at = Refund.State.DONE, ref, now()
    found.save(update_fields=["state", "refund_ref", "done_at"])
    outbox.put("billing.refund_mail", {"refund": str(refund_id)}, key=f"refunded:{refund_id}")
