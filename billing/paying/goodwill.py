"""Money back because the office wants it so: any part of a payment, with its reason, credited and entered as sold.

Law: DPR 633/72 art. 26. What the parties agree on later reduces the VAT for one year from the taxed operation (c. 3); what
follows from the contract itself always does (c. 2). After the year the office names such a ground, or gives the money
back without a credit note: the VAT stays, and the sum is a cost (docs/adr/0107). Where nothing bears VAT no year counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from billing.models import Document, Entry, Payment, Refund
from billing.papers import ledger
from billing.papers.documents import GROUNDS
from billing.papers.freeze import ITALY
from billing.paying import orders, refunds
from billing.paying.refunds import Part
from booking.holding.locking import lock_bookings
from booking.judging.reasons import reason
from booking.models import Booking
from core.clock import now
from core.errors import IllegalMove, Invalid, Pointer, Reason, RefundTooLarge
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, Money, total
from core.periods import a_year_after, local_date
from core.words import Words
from people.models import Person

REASON = "goodwill"
PAST = Words(
    "La vendita è di oltre un anno fa ({day}): per un accordo l'IVA non si recupera più (DPR 633/72 art. 26 c. 3).",
    "The sale is of more than a year ago ({day}): an agreement no longer reduces its VAT (DPR 633/72 art. 26 c. 3).",
)
NAME_A_GROUND = Words(
    "{past} Con una causa dell'art. 26 c. 2 la nota di credito si fa ancora.",
    "{past} For a reason of art. 26 c. 2 the credit note may still be made.",
)
LEAVE_THE_NOTE = Words(
    "{past} Senza nota di credito i soldi si restituiscono: l'IVA resta dovuta e la somma è un costo.",
    "{past} Without a credit note the money may go back: the VAT stays owed, and the sum is a cost.",
)
CREDITED = Reason(
    "within-a-year",
    Words(
        "Entro un anno dalla vendita c'è la nota di credito, che recupera l'IVA.",
        "Within a year of the sale there is the credit note, which takes the VAT back.",
    ),
)
WITHOUT_VAT = Reason(
    "sold-without-vat",
    Words(
        "La vendita è senza IVA: la nota di credito, o lo storno della ricevuta, si fa anche dopo un anno.",
        "The sale bears no VAT: its credit note, or its receipt's reversal, is made after a year too.",
    ),
)


def _parts(payment: Payment) -> list[Part]:
    """What is still there of all that the payment was for, the bookings in one order."""
    sold = Entry.objects.filter(payment=payment).order_by("booking").distinct()
    bookings = Booking.objects.in_bulk([pk for pk in sold.values_list("booking_id", flat=True) if pk])
    found = []
    for booking in [*(bookings[pk] for pk in sorted(bookings)), None]:
        for taking, money in ledger.left_of(booking, payment).items():
            found.append(Part(booking, taking, money))
    return [part for part in found if part.amount.cents > 0]


def sold_on(payment: Payment) -> date | None:
    """The day from which its year counts: of the oldest document, or of the payment, which comes first where the document
    was late (DPR 633/72 art. 6 c. 3); None while it has no document."""
    sold = Document.objects.filter(order=payment.order_id).exclude(kind=Document.Kind.CREDIT_NOTE)
    day = sold.order_by("issued_on").values_list("issued_on", flat=True).first()
    if day is None or payment.captured_at is None:
        return day
    return min(day, local_date(payment.captured_at, ITALY))


def _bears_vat(payment: Payment) -> bool:
    """Whether some of what it paid for was sold with VAT, by the takings: a document may be waiting still."""
    return Entry.objects.filter(payment=payment, kind=Entry.Kind.SALE, vat__gt=0).exists()


def past_a_year(payment: Payment) -> Reason | None:
    """Why an agreement alone makes no credit note any more, if it is so."""
    day = sold_on(payment)
    if day is None or local_date(now(), ITALY) <= a_year_after(day) or not _bears_vat(payment):
        return None
    return Reason("past-a-year", PAST, {"day": f"{day:%d/%m/%Y}"})


def ways(payment: Payment) -> dict[str, list[Reason]]:
    """How it may be given back now, each with why not: by a `credit_note` after an agreement alone, by one on a `ground`
    of the law, `without_note`."""
    past = past_a_year(payment)
    return {
        "credit_note": [past] if past else [],
        "ground": [],
        "without_note": [] if past else [_no_way_round(payment)],
    }


def _no_way_round(payment: Payment) -> Reason:
    """Why it is credited, as long as it may be."""
    return CREDITED if _bears_vat(payment) else WITHOUT_VAT


def left_of(payment: Payment) -> Money:
    """At most so much of it may be given back."""
    return _most(payment, _parts(payment))


def _most(payment: Payment, parts: Sequence[Part]) -> Money:
    there = payment.amount - payment.refunded - refunds.taken_back(payment)
    return max(min(there, total(part.amount for part in parts)), ZERO)


def against(payment: Payment, left: Money | None = None) -> list[Reason]:
    """Why nothing of it is given back, whatever the sum; `left`, where it was reckoned, knows what a bank took back too."""
    if payment.state != Payment.State.CAPTURED or payment.settled_at is None:
        return [reason("wrong-state", state=payment.get_state_display())]
    return [reason("nothing-paid")] if payment.refunded >= payment.amount or left == ZERO else []


@patient_act
def give(
    by: Person, payment_id: UUID, amount: Money, note: str, ground: str = "", *, without_note: bool = False
) -> Refund:
    """So much of the payment is due back, split over what it was for by what each has left; credited by as much, on this
    ground (`GROUNDS`) if one is named, or `without_note` never credited.

    Raises RefundTooLarge, IllegalMove for a payment that has not settled, Invalid without a reason, `without_note`
    where an agreement alone still makes a credit note, neither that nor a ground where it does not.
    """
    if not note.strip():
        raise Invalid(pointers=[Pointer("/reason", "required", "")])
    if ground and (without_note or ground not in GROUNDS):
        raise Invalid(pointers=[Pointer("/ground", "out-of-range", "")])
    seen = Payment.objects.get(pk=payment_id)
    bookings = lock_bookings(seen.order.lines.exclude(booking=None).values_list("booking_id", flat=True))
    orders.lock_orders(*bookings, besides=[seen.order_id])
    lock_rows(Locks.PAYMENTS, Payment, [payment_id])
    payment = Payment.objects.select_related("order__person", "order__organisation").get(pk=payment_id)
    if payment.state != Payment.State.CAPTURED or payment.settled_at is None:
        raise IllegalMove(state=payment.get_state_display(), data={"state": payment.state})
    _may_be(payment, ground, without_note)
    parts = _parts(payment)
    most = _most(payment, parts)
    if amount > most:
        raise RefundTooLarge(left=str(most), data={"left": most})
    shares = amount.split([part.amount.cents for part in parts])
    undone = [part._replace(amount=share) for part, share in zip(parts, shares, strict=True) if share]
    return refunds.give_parts_back(by, payment, undone, REASON, note.strip(), ground, without_note)


def _may_be(payment: Payment, ground: str, without_note: bool) -> None:
    past = past_a_year(payment)
    if without_note and past is None:
        why = _no_way_round(payment)
        raise Invalid(pointers=[Pointer("/without_note", why.code, why.detail)])
    if past is not None and not ground and not without_note:
        raise Invalid(
            pointers=[
                Pointer("/ground", past.code, NAME_A_GROUND.say(past=past.detail)),
                Pointer("/without_note", past.code, LEAVE_THE_NOTE.say(past=past.detail)),
            ]
        )
