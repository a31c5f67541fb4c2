"""Money back because the office wants it so: any part of a payment, with its reason, credited and entered as sold.

Law: DPR 633/72 art. 26 c. 3 (what the parties agree on later reduces the VAT for one year from the operation).
"""

from __future__ import annotations

from uuid import UUID

from billing.models import Document, Entry, Payment, Refund
from billing.papers import ledger
from billing.papers.freeze import ITALY
from billing.paying import orders, refunds
from billing.paying.refunds import Part
from booking.holding.locking import lock_bookings
from booking.models import Booking
from core.clock import now
from core.errors import IllegalMove, Invalid, Pointer, RefundTooLarge
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, Money, total
from core.periods import a_year_after, local_date
from people.models import Person

REASON = "goodwill"


def _parts(payment: Payment) -> list[Part]:
    """What is still there of all that the payment was for, the bookings in one order."""
    sold = Entry.objects.filter(payment=payment).order_by("booking").distinct()
    bookings = Booking.objects.in_bulk([pk for pk in sold.values_list("booking_id", flat=True) if pk])
    found = []
    for booking in [*(bookings[pk] for pk in sorted(bookings)), None]:
        for taking, money in ledger.left_of(booking, payment).items():
            found.append(Part(booking, taking, money))
    return [part for part in found if part.amount.cents > 0]


@patient_act
def give(by: Person, payment_id: UUID, amount: Money, note: str) -> Refund:
    """So much of the payment is due back, split over what it was for by what each has left; credited by as much.

    Raises RefundTooLarge, IllegalMove for a payment that has not settled, Invalid without a reason or where its
    document is older than a year.
    """
    if not note.strip():
        raise Invalid(pointers=[Pointer("/reason", "required", "")])
    seen = Payment.objects.get(pk=payment_id)
    bookings = lock_bookings(seen.order.lines.exclude(booking=None).values_list("booking_id", flat=True))
    orders.lock_orders(*bookings, besides=[seen.order_id])
    lock_rows(Locks.PAYMENTS, Payment, [payment_id])
    payment = Payment.objects.select_related("order__person", "order__organisation").get(pk=payment_id)
    if payment.state != Payment.State.CAPTURED or payment.settled_at is None:
        raise IllegalMove(state=payment.get_state_display(), data={"state": payment.state})
    _not_too_late(payment)
    parts = _parts(payment)
    there = payment.amount - payment.refunded - refunds.taken_back(payment)
    most = max(min(there, total(part.amount for part in parts)), ZERO)
    if amount > most:
        raise RefundTooLarge(left=str(most), data={"left": most})
    shares = amount.split([part.amount.cents for part in parts])
    undone = [part._replace(amount=share) for part, share in zip(parts, shares, strict=True) if share]
    return refunds.give_parts_back(by, payment, undone, REASON, note.strip())


def _not_too_late(payment: Payment) -> None:
    oldest = Document.objects.filter(order=payment.order_id, kind=Document.Kind.INVOICE).order_by("issued_on")
    day = oldest.values_list("issued_on", flat=True).first()
    if day is not None and a_year_after(day) < local_date(now(), ITALY):
        raise Invalid(pointers=[Pointer("", "past-a-year", "DPR 633/72 art. 26 c. 3")])
