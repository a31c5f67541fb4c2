"""What billing adds to a booking's answer: its money, and what cancelling would give back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from billing.changes.differences import PARTS, backs_of_all
from billing.models import Deposit, Document, Entry, Issuer, Order, OrderLine, TimeUsed
from billing.paying.debts import with_left
from billing.prices.cancellation import percent_back
from booking.models import Booking
from core import terms
from core.ids import encode
from core.money import ZERO, Money, total
from people.models import Partner


@terms.include("bkg", "money")
def money(bookings: Sequence[Booking], person: Any) -> dict[UUID, Any]:
    """Total, paid, given back and due of each booking, with its documents, deposit and use; five statements for any number."""
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    live = ~Q(order__state=Order.State.DROPPED)
    owners = {booking.pk: booking.person_id for booking in bookings}
    for line in OrderLine.objects.filter(live, booking__in=bookings).select_related("order__bill"):
        # What a giver paid before handing it over is no business of whoever has it now.
        if line.booking_id is not None and line.order.person_id == owners[line.booking_id]:
            lines[line.booking_id].append(line)
    back = _refunded(owners)
    orders = {line.order_id for found in lines.values() for line in found}
    papers: dict[UUID, list[Document]] = defaultdict(list)
    for document in Document.objects.filter(order__in=orders).order_by("issued_at", "pk"):
        if document.order_id is not None:
            papers[document.order_id].append(document)
    bills = {line.order.bill for found in lines.values() for line in found if line.order.bill is not None}
    unpaid = _unpaid(bills) if bills else set()
    left = [b.pk for b in bookings if b.attendance == Booking.Attendance.LEFT]
    kept, used = _deposits(owners), _uses(left) if left else {}
    return {
        b.pk: _money(lines.get(b.pk, []), back.get(b.pk, ZERO), papers, unpaid)
        | {"deposit": kept.get(b.pk), "used": used.get(b.pk)}
        for b in bookings
    }


def _uses(bookings: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """What each booking's use was measured at; it is measured of who has it for good."""
    rows = TimeUsed.objects.filter(booking__in=list(bookings))
    return {row.booking_id: {"period": row.period, "agreed": row.agreed, "price": row.price} for row in rows}


def _deposits(owners: dict[UUID, UUID]) -> dict[UUID, dict[str, Any]]:
    """The last deposit of each booking that is its person's own."""
    rows = Deposit.objects.filter(booking__in=owners).exclude(state=Deposit.State.DROPPED)
    return {
        d.booking_id: {"id": encode("dep", d.pk), "state": d.state, "amount": d.amount, "taken": d.taken}
        for d in rows.order_by("made_at", "pk")
        if d.person_id == owners[d.booking_id]
    }


def _refunded(owners: dict[UUID, UUID]) -> dict[UUID, Money]:
    rows = (
        Entry.objects.filter(booking__in=owners, kind=Entry.Kind.REFUND)
        .values("booking_id", "order__person_id")
        .annotate(sum=Sum("gross"))
    )
    return {
        row["booking_id"]: -row["sum"] for row in rows if row["order__person_id"] == owners[row["booking_id"]]
    }


def _unpaid(bills: Iterable[Document]) -> set[UUID]:
    """Of these monthly bills those of which something is open."""
    rows = with_left(Document.objects.filter(pk__in=[bill.pk for bill in bills]))
    return set(rows.filter(left__gt=0).values_list("pk", flat=True))


def _money(
    lines: list[OrderLine], back: Money, papers: dict[UUID, list[Document]], unpaid: set[UUID]
) -> dict[str, Any]:
    amount = total(line.gross for line in lines)
    stand = {line.pk: _stand_of(line.order, unpaid) for line in lines}
    paid = total(line.gross for line in lines if stand[line.pk] == Order.State.PAID)
    due = total(line.gross for line in lines if stand[line.pk] == Order.State.OWED)
    state = "refunded" if back else "paid" if paid else "due" if due else "none"
    documents = [d for order in {line.order_id for line in lines} for d in papers.get(order, [])]
    documents += sorted({line.order.bill for line in lines if line.order.bill}, key=lambda d: d.issued_at)
    return {
        "total": amount,
        "paid": paid,
        "refunded": back,
        "due": due,
        "state": state,
        "documents": [
            {"id": encode("doc", d.pk), "number": d.number, "kind": d.kind, "ready": True} for d in documents
        ],
    }


def _stand_of(order: Order, unpaid: set[UUID]) -> str:
    """Paid or owed; what is on a monthly bill is paid when the bill is."""
    if order.state != Order.State.BILLED:
        return order.state
    return Order.State.OWED if order.bill_id in unpaid else Order.State.PAID


@terms.include("bkg", "cancel_terms")
def cancel_terms(bookings: Sequence[Booking], person: Any) -> dict[UUID, Any]:
    """For each paid booking: what cancelling now would give back, of what has not come back already."""
    owners = {booking.pk: booking for booking in bookings}
    paid = {"order__state": Order.State.PAID, "order__total__gt": 0, "payment__isnull": False}
    rows = (
        Entry.objects.filter(booking__in=bookings, **paid)
        .values("booking_id", "order_id", "order__person_id", "order__terms")
        .annotate(left=Sum("gross"), parts=Count("pk", filter=Q(refund__reason__in=PARTS)))
    )
    found: dict[UUID, Any] = {}
    parted: set[UUID] = set()
    for row in rows:
        booking = owners[row["booking_id"]]
        if row["order__person_id"] != booking.person_id:
            continue
        percent = percent_back(row["order__terms"], booking)
        part = row["left"].split([percent, 100 - percent])[0]
        so_far = found.get(booking.pk, {"refund": ZERO})["refund"]
        found[booking.pk] = {"refund": so_far + part, "percent": percent}
        if row["parts"]:
            parted.add(booking.pk)
    for pk in parted:  # what the terms kept of those parts is looked at closely
        found[pk]["refund"] = total(back.amount for back in backs_of_all(owners[pk]))
    return found


@terms.include("prt", "issuing")
def issuing(partners: Sequence[Partner], person: Any) -> dict[UUID, Any]:
    """How each partner's documents are dressed; one statement."""
    return {
        issuer.partner_id: {
            "iban": issuer.iban,
            "logo": issuer.logo,
            "colour": issuer.colour,
            "regime": issuer.regime,
        }
        for issuer in Issuer.objects.filter(partner__in=partners)
    }
