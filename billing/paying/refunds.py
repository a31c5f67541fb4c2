"""Money back: by the terms of the order's day, credit note first, then the money; never more than came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from billing import gateways, states
from billing.models import Dispute, Document, Issuer, Payment, Refund
from billing.papers import documents, ledger
from billing.papers.freeze import ITALY, instant_of, open_day, open_day_of
from billing.papers.ledger import Sale, Taking
from billing.prices.cancellation import percent_back
from booking.models import Booking, Change
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import PaymentRefused, RefundTooLarge
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, Money, total
from core.periods import local_date
from people.models import Person

BY_HAND = ("cash", "pos", "transfer")


def payments_of(booking: Booking, person: UUID | None = None) -> list[Payment]:
    """The settled payments of whoever has the booking (or of a person who had it), the latest first; those of who
    handed it over to them are not theirs."""
    rows = Payment.objects.filter(
        order__lines__booking=booking,
        order__person=person or booking.person_id,
        state=Payment.State.CAPTURED,
        settled_at__isnull=False,
    ).exclude(refunds__reason__in=["paid-twice", "slot-gone"])
    handed = booking.changes.filter(kind=Change.Kind.HAND_OVER, state=Change.State.SETTLED)
    if person is None and (since := handed.order_by("-made_at").values_list("made_at", flat=True).first()):
        rows = rows.filter(order__made_at__gte=since)
    return list(rows.select_related("order").order_by("-captured_at", "-pk").distinct())


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back of one payment, by the takings that it undoes."""

    payment: Payment
    undone: dict[Taking, Money]

    @property
    def amount(self) -> Money:
        return total(self.undone.values())


class Part(NamedTuple):
    """So much of a taking of a booking, or of what was sold without one."""

    booking: Booking | None
    taking: Taking
    amount: Money


def all_of(booking: Booking) -> list[Back]:
    """All that was paid for it and has not come back, whatever the terms."""
    found = [Back(payment, ledger.left_of(booking, payment)) for payment in payments_of(booking)]
    return [back for back in found if back.amount]


def part_by_terms(booking: Booking, less: Mapping[Sale, Money], at: datetime | None = None) -> list[Back]:
    """What giving up a part of the price gives back: taken from the latest payments first, each by its terms (at an
    instant; default: now)."""
    parts = part_of(booking, less)
    found = [
        _share(part.payment, part.undone, percent_back(part.payment.order.terms, booking, at))
        for part in parts
    ]
    return [back for back in found if back.amount]


def part_of(
    booking: Booking, less: Mapping[Sale, Money], payments: Sequence[Payment] | None = None
) -> list[Back]:
    """These parts of what was paid, whatever the terms: taken from the latest payments first (of these, if given)."""
    wanted = dict(less)
    found = []
    for payment in payments_of(booking) if payments is None else payments:
        undone: dict[Taking, Money] = {}
        for taking, left in ledger.left_of(booking, payment).items():
            if part := min(left, wanted.get(taking.sale, ZERO)):
                undone[taking] = part
                wanted[taking.sale] = wanted[taking.sale] - part
        found.append(Back(payment, undone))
    return [back for back in found if back.amount]


def _share(payment: Payment, takings: Mapping[Taking, Money], percent: int) -> Back:
    """That percentage of the sum, half up to the cent, split over the takings by what each has."""
    return share_of(payment, takings, total(takings.values()).times(Decimal(percent) / 100))


def share_of(payment: Payment, takings: Mapping[Taking, Money], amount: Money) -> Back:
    """This amount of the payment, split over the takings by what each has."""
    parts = amount.split([money.cents for money in takings.values()]) if amount else []
    return Back(payment, {taking: part for taking, part in zip(takings, parts, strict=False) if part})


def give_back(
    by: Person | None, booking: Booking | None, payment: Payment, amount: Money, reason: str
) -> Refund | None:
    """Inside an act that locked booking and order: the amount is due back, credited and entered. Nothing for 0.00.

    Without a booking it is of what was sold by itself. Raises RefundTooLarge if it is more than is left.
    """
    lock_rows(Locks.PAYMENTS, Payment, [payment.pk])
    takings = ledger.left_of(booking, payment)
    left = total(takings.values())
    if amount > left:
        raise RefundTooLarge(left=str(left))
    if not amount:
        return None
    return give_all_back(by, booking, [share_of(payment, takings, amount)], reason)[0]


def give_all_back(
    by: Person | None,
    booking: Booking | None,
    backs: Sequence[Back],
    reason: str,
    desk: documents.Desk | None = None,
) -> list[Refund]:
    """Inside an act that locked booking and orders: these parts of its payments are due back, credited and entered.

    `desk` is open already, and the payments locked, where the act issues something else besides. Raises RefundTooLarge.
    """
    if desk is None:
        lock_rows(Locks.PAYMENTS, Payment, [back.payment.pk for back in backs])
    corrected = {back.payment.pk: _corrected(back.payment, back.undone.items()) for back in backs}
    if desk is None:
        desk = documents.Desk(credits_of(corrected.values()))
    return [
        _give(by, back.payment, _parts(booking, back), corrected[back.payment.pk], reason, desk)
        for back in backs
    ]


def give_parts_back(
    by: Person,
    payment: Payment,
    parts: Sequence[Part],
    reason: str,
    note: str,
    ground: str = "",
    without_note: bool = False,
) -> Refund:
    """Inside an act that locked the payment and what it was for: these parts are due back as one sum, credited unless
    `without_note`. RefundTooLarge."""
    corrected = {} if without_note else _corrected(payment, [(part.taking, part.amount) for part in parts])
    desk = documents.Desk(credits_of([corrected]))
    if without_note:
        # Its cost is of today: no month that is told without it closes meanwhile.
        for issuer in Issuer.objects.filter(pk__in={part.taking.issuer for part in parts}).order_by("pk"):
            open_day(issuer, local_date(now(), ITALY))
    told = {"note": note[:200], "ground": ground, "without_note": without_note}
    return _give(by, payment, parts, corrected, reason, desk, told)


def taken_back(payment: Payment) -> Money:
    """What of the payment its customer's bank took back for good: it is not there to be given once more."""
    lost = Dispute.objects.filter(payment=payment, state=Dispute.State.LOST)
    return total(lost.values_list("amount", flat=True))


def _parts(booking: Booking | None, back: Back) -> list[Part]:
    return [Part(booking, taking, money) for taking, money in back.undone.items()]


def _corrected(
    payment: Payment, undone: Iterable[tuple[Taking, Money]]
) -> dict[Document, dict[documents.Sold, Money]]:
    """The invoices and receipts that these takings stand on, with what is credited of each, by rate."""
    by_issuer: dict[UUID, dict[documents.Sold, Money]] = {}
    for taking, part in undone:
        sold = by_issuer.setdefault(taking.issuer, {})
        sold[taking.rate, taking.natura] = sold.get((taking.rate, taking.natura), ZERO) + part
    sales = Document.objects.filter(
        order=payment.order_id, issuer__in=by_issuer, kind__in=[Document.Kind.INVOICE, Document.Kind.RECEIPT]
    ).select_related("issuer__partner__organisation")
    return {sale: by_issuer[sale.issuer_id] for sale in sales}


def credits_of(corrected: Iterable[Mapping[Document, Any]]) -> list[tuple[Issuer, str]]:
    """What a desk must be open for, to credit these."""
    return [(sale.issuer, documents.series_of_credit(sale)) for found in corrected for sale in found]


def desk_for(sales: Iterable[tuple[Issuer, str]], backs: Sequence[Back]) -> documents.Desk:
    """One desk for documents of these issuers and kinds and the credit notes of these refunds."""
    credited = [_corrected(back.payment, back.undone.items()) for back in backs]
    return documents.Desk([*sales, *credits_of(credited)])


def _give(
    by: Person | None,
    payment: Payment,
    parts: Sequence[Part],
    corrected: Mapping[Document, Mapping[documents.Sold, Money]],
    reason: str,
    desk: documents.Desk,
    told: Mapping[str, Any] | None = None,
) -> Refund:
    amount = total(part.amount for part in parts)
    payment.refresh_from_db()
    if payment.refunded + amount > payment.amount:
        raise RefundTooLarge(left=str(payment.amount - payment.refunded))
    payment.refunded = payment.refunded + amount
    payment.save(update_fields=["refunded"])
    refund = Refund.objects.create(
        payment=payment, amount=amount, method=payment.method, reason=reason, asked_by=by, **(told or {})
    )
    notes = documents.credit(refund, corrected, desk)
    ledger.enter_refund(refund, parts, {note.issuer_id: note for note in notes})
    bookings = {part.booking for part in parts}
    booking = bookings.pop() if len(bookings) == 1 else None
    by_law = {"ground": refund.ground, "without_note": True if refund.without_note else ""}
    how = {name: said for name, said in by_law.items() if said}
    record(by, "refund", refund, booking=str(booking.pk) if booking is not None else None, **how)
    outbox.put("billing.refund", {"refund": str(refund.pk)}, key=f"refund:{refund.pk}")
    return refund


def send(refund_id: UUID, instead_of: str = "") -> None:
    """The gateway has been asked, once (and once more `instead_of` each that it lost), and the refund is done, or
    refused for good. What goes back by hand stays due (`repaying.py`); its person is told how they get it."""
    refund = Refund.objects.get(pk=refund_id)
    if refund.state != Refund.State.DUE:
        return
    if refund.method in BY_HAND:
        outbox.put("billing.refund_waits_mail", {"refund": str(refund_id)}, key=f"refund-waits:{refund_id}")
        return
    payment = Payment.objects.get(pk=refund.payment_id)
    key = f"{refund.pk}:{instead_of}" if instead_of else str(refund.pk)
    try:
        ref = gateways.current().refund(key, payment.payment_ref, refund.amount)
    except PaymentRefused as error:
        refuse(refund_id, str(error.data.get("decline") or "refused"))
    else:
        _done(refund_id, ref)


@patient_act
def _done(refund_id: UUID, ref: str) -> None:
    found = Refund.objects.select_for_update().get(pk=refund_id)
    # One that was refused meanwhile goes back by hand; that the gateway made it after all, its statement tells.
    if found.state != Refund.State.DUE or found.method in BY_HAND:
        return
    # It is in the books of this day: no month that is told without it closes meanwhile.
    day = open_day_of(found.payment, local_date(now(), ITALY))
    states.move(found, Refund.State.DONE)
    found.refund_ref, found.done_at = ref, instant_of(day)
    found.save(update_fields=["state", "refund_ref", "done_at"])
    outbox.put("billing.refund_mail", {"refund": str(refund_id)}, key=f"refunded:{refund_id}")


def look_again(ref: str) -> None:
    """The refund that the gateway speaks of is what it now says, if it is one of ours: one that came to nothing waits."""
    found = Refund.objects.filter(refund_ref=ref).first()
    if found is not None and (why := gateways.current().failure_of(ref)):
        refuse(found.pk, why)


@patient_act
def refuse(refund_id: UUID, why: str) -> None:
    """The gateway will never make this refund, or the customer's bank sent it back: it waits for another way."""
    found = Refund.objects.select_for_update().get(pk=refund_id)
    if found.method in BY_HAND or not states.may(found, Refund.State.FAILED):
        return
    states.move(found, Refund.State.FAILED)
    # What the gateway made and took back is two transactions of its own: neither is what is given in another way.
    ref, found.refund_ref = found.refund_ref, ""
    found.why, found.done_at = why[:60], None
    found.save(update_fields=["state", "why", "done_at", "refund_ref"])
    record(None, "refund-refused", found, why=found.why, ref=ref)
    outbox.put("billing.refund_refused_mail", {"refund": str(refund_id)}, key=f"refund-refused:{refund_id}")
