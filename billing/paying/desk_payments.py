"""What is owed is paid at the desk: an order whole, whose document follows; a document in part or whole."""

from __future__ import annotations

from uuid import UUID

from billing.models import DeskPayment, Document, Issuer, Match, Order, Payment
from billing.papers.freeze import ITALY, instant_of, open_day
from billing.paying import collecting, payments
from billing.paying.debts import Debt, of_document, of_order, open_documents, owed_orders
from booking.changing.moves import resources_in
from booking.holding.locking import lock_bookings
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import ChangedMeanwhile, IllegalMove, MatchTooLarge
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import Money
from core.periods import local_date
from core.words import Words
from people.models import Person

UNDER_WAY = Words("un pagamento è in corso", "it is being paid")
PARTLY = Words("pagato in parte con bonifico", "paid in part by bank transfer")


def debt_of(issuer: Issuer, thing: Document | Order) -> Debt | None:
    """What is open of it now, if anything."""
    if isinstance(thing, Order):
        order = owed_orders(issuer).filter(pk=thing.pk).first()
        return of_order(order) if order is not None else None
    document = open_documents(issuer).filter(pk=thing.pk).first()
    return of_document(document) if document is not None else None


@patient_act
def pay_order(by: Person, issuer: Issuer, order_id: UUID, method: str, amount: Money) -> Payment:
    """The order is paid at the desk; what follows any payment follows. `amount` is what whoever took it was shown.

    Raises IllegalMove where it is not owed, is being debited, has a page open or came in part by the bank, and
    ChangedMeanwhile.
    """
    seen = Order.objects.select_related("change").get(pk=order_id)
    bookings = lock_bookings(
        seen.lines.exclude(booking=None).values_list("booking_id", flat=True),
        resources=resources_in(seen.change),
    )
    lock_rows(Locks.ORDERS, Order, [order_id])
    order = Order.objects.get(pk=order_id)
    if order.state != Order.State.OWED:
        raise IllegalMove(state=order.get_state_display(), data={"state": order.state})
    if order.payments.filter(collecting.on_its_way()).exists():
        raise IllegalMove(state=UNDER_WAY.say(), data={"state": "under-way"})
    if Match.objects.filter(order=order).exists():
        raise IllegalMove(state=PARTLY.say(), data={"state": "partly-paid"})
    debt = debt_of(issuer, order)
    if debt is None or debt.open != amount:
        raise ChangedMeanwhile(data={"current": {"open": debt.open if debt else Money(0)}})
    made = payments.new_payment(order, method)
    record(by, "desk-payment", made, order=str(order.pk))
    payments.take(made.pk, bookings)
    outbox.put("billing.close_session", {"order": str(order.pk)})
    return made


@patient_act
def pay_document(by: Person, issuer: Issuer, document: Document, method: str, amount: Money) -> DeskPayment:
    """So much of the document is paid at the desk. Raises MatchTooLarge, IllegalMove where nothing is open."""
    # It queues with what the bank brings for the same document.
    lock_rows(Locks.MONTH, Issuer, [issuer.pk])
    debt = debt_of(issuer, document)
    if debt is None:
        raise IllegalMove(state=Order.State.PAID.label, data={"state": "paid"})
    if amount > debt.open:
        raise MatchTooLarge(left=str(debt.open), data={"left": debt.open})
    # It is in the books of this day: no month that is told without it closes meanwhile.
    day = open_day(issuer, local_date(now(), ITALY))
    made = DeskPayment.objects.create(
        issuer=issuer,
        document=document,
        method=method,
        amount=amount,
        taken_by=by,
        taken_at=instant_of(day),
    )
    record(by, "desk-payment", made)
    return made
