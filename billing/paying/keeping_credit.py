"""What is left of a movement, or was paid beyond a document, is kept as its customer's credit; it pays another debt of
theirs, or is let go again. What was paid in part of an order that is not owed any more is kept by itself
(`paid_in_part.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import CustomerCredit, Document, Issuer, Match, Movement, Order
from billing.papers.freeze import ITALY, open_day
from billing.papers.registers import cents
from billing.paying import payments, transfers
from billing.paying.customer_credit import PAYERS, Payer, left_of, paid_beyond, payer_of, payers_of, with_left
from billing.paying.unmatching import CLOSED, KEPT, look_again, with_standing
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, MatchTooLarge, Missing, Pointer, Reason
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from core.money import Money
from core.periods import local_date
from core.words import Words
from people.models import Organisation, Person

NOTHING_LEFT = Words("Non ne resta nulla.", "Nothing of it is left.")
NOBODYS = Words("Non ha ancora pagato nulla di nessuno.", "It has paid nobody's debt yet.")
USED = Words("È già stato usato.", "It was used already.")
SETTLED = Words("È il resto di un pagamento.", "It is what was left of a payment.")


def against(movement: Any, customers: Sequence[Payer]) -> list[Reason]:
    """Why nothing of a movement, with what was used of it, can be kept as the credit of one of these; nothing if it can."""
    if movement.amount.cents < 0 or movement.set_aside or not transfers.left_of(movement):
        return [Reason("nothing-left", NOTHING_LEFT)]
    return [] if customers else [Reason("nobodys", NOBODYS)]


def paid_before() -> QuerySet[Any]:
    """What paid orders, with its standing, and whether something of its movement is kept `beside` it as a credit."""
    of_movement = CustomerCredit.objects.filter(movement=OuterRef("movement"))
    rows = Match.objects.order_by("pk").annotate(beside=Exists(of_movement))
    return with_standing(rows)


def against_letting_go(
    credit: CustomerCredit, uses: Sequence[Match], before: Sequence[Any], closed: bool
) -> list[Reason]:
    """Why its movement, document or order cannot have a credit again, of these uses, with its month `closed`, and with what
    had paid its order `before` (`paid_before`); nothing if it can."""
    if uses:
        return [Reason("used", USED)]
    if any(match.payment_id for match in before):
        return [Reason("settled", SETTLED)]
    # What a credit paid of an order is in the books; what a movement did is not, before the order is settled.
    if closed or any(match.closed for match in before if match.credit_id is not None):
        return [Reason("month-closed", CLOSED)]
    return [Reason("kept", KEPT)] if any(match.beside for match in before) else []


@act
def keep(by: Person, movement_id: UUID, customer_id: UUID | None) -> CustomerCredit:
    """What is left of the movement is this customer's credit, who is one of those whose debts it paid; the only one
    if none is named.

    Raises IllegalMove if nothing is left, Invalid without one customer.
    """
    lock_rows(Locks.PAYMENTS, Movement, [movement_id])
    movement = transfers.with_used(Movement.objects.filter(pk=movement_id)).select_related("issuer").get()
    those = payers_of(movement.matches.select_related(*PAYERS))
    if reasons := against(movement, those):
        raise IllegalMove(reasons=reasons, state=reasons[0].detail, data={"state": reasons[0].code})
    chosen = [payer for payer in those if customer_id in (None, payer.pk)]
    if len(chosen) != 1:
        raise Invalid(pointers=[Pointer("/customer_id", "required", "")])
    of = {"organisation" if isinstance(chosen[0], Organisation) else "person": chosen[0]}
    day = open_day(movement.issuer, movement.posted_on)
    made = CustomerCredit.objects.create(
        issuer=movement.issuer,
        movement=movement,
        amount=transfers.left_of(movement),
        made_by=by,
        posted_on=day,
        **of,
    )
    record(by, "credit-keep", made)
    return made


@act
def keep_beyond(by: Person, document_id: UUID) -> CustomerCredit:
    """What was paid of the document beyond what is left to be paid of it is its customer's credit. Raises IllegalMove if
    nothing is."""
    seen = Document.objects.select_related("issuer").get(pk=document_id)
    # As with matches: what was paid of an issuer's documents is said by one act at a time.
    lock_rows(Locks.MONTH, Issuer, [seen.issuer_id])
    document = paid_beyond(seen.issuer).filter(pk=document_id).first()
    payer = payer_of(document) if document is not None else None
    if document is None or payer is None:
        raise IllegalMove(reasons=[Reason("nothing-left", NOTHING_LEFT)], state=NOTHING_LEFT.say())
    made = CustomerCredit.objects.create(
        issuer=seen.issuer,
        document=document,
        amount=-cents(document.left),
        made_by=by,
        posted_on=open_day(seen.issuer, local_date(now(), ITALY)),
        **{"organisation" if isinstance(payer, Organisation) else "person": payer},
    )
    record(by, "credit-keep", made)
    return made


def use(by: Person, credit: CustomerCredit, thing: Document | Order, amount: Money) -> Match:
    """So much of the credit pays this debt of the same customer to the same issuer; an order that is paid whole is
    settled, and its document follows.

    Raises MatchTooLarge if it is more than either has left, IllegalMove if nothing is owed, Missing if it is another
    customer's or issuer's, or the credit was let go.
    """
    made = _use(by, credit.pk, thing, amount)
    if made.payment_id is not None:
        payments.settle(made.payment_id)
    return made


@patient_act
def _use(by: Person, credit_id: UUID, thing: Document | Order, amount: Money) -> Match:
    seen = CustomerCredit.objects.select_related("issuer").filter(pk=credit_id).first()
    if seen is None:
        raise Missing
    issuer = seen.issuer
    if payer_of(thing) != seen.payer or (isinstance(thing, Document) and thing.issuer_id != issuer.pk):
        raise Missing
    if isinstance(thing, Order):
        lock_rows(Locks.ORDERS, Order, [thing.pk])
    lock_rows(Locks.MONTH, Issuer, [issuer.pk])
    # It may have been let go while this waited for the issuer.
    credit = with_left(CustomerCredit.objects.filter(pk=credit_id)).first()
    if credit is None:
        raise Missing
    most = min(left_of(credit), transfers.open_of(issuer, thing))
    if amount > most:
        raise MatchTooLarge(left=str(most), data={"left": most})
    document = thing if isinstance(thing, Document) else None
    day = transfers.books_day(issuer, document, local_date(now(), ITALY))
    return transfers.book(by, Match(credit=credit, amount=amount, made_by=by, posted_on=day), issuer, thing)


@act
def let_go(by: Person, credit_id: UUID) -> None:
    """Its movement or document has it again, or what had paid its order. Raises IllegalMove once something of it was used,
    its order was settled with it, or its month is closed."""
    seen = CustomerCredit.objects.select_related("issuer").filter(pk=credit_id).first()
    if seen is None:
        return
    movements = {seen.movement_id} if seen.movement_id is not None else set[UUID]()
    if seen.order_id is not None:
        lock_rows(Locks.ORDERS, Order, [seen.order_id])
        movements |= set(Movement.objects.filter(matches__order=seen.order_id).values_list("pk", flat=True))
    lock_rows(Locks.PAYMENTS, Movement, movements)
    lock_rows(Locks.MONTH, Issuer, [seen.issuer_id])
    # Another may have let it go while this waited.
    credit = CustomerCredit.objects.select_related("order", "issuer").filter(pk=credit_id).first()
    if credit is None:
        return
    paid = list(paid_before().filter(order=credit.order)) if credit.order is not None else []
    # Their months stay open meanwhile.
    days = {credit.posted_on, *(match.posted_on for match in paid if match.credit_id is not None)}
    closed = any(open_day(credit.issuer, day) != day for day in sorted(days))
    if reasons := against_letting_go(credit, list(credit.matches.all()), paid, closed):
        raise IllegalMove(reasons=reasons, state=reasons[0].detail, data={"state": reasons[0].code})
    record(by, "credit-let-go", credit)
    credit.delete()
    for match in paid:
        record(by, "unmatch", match)
        match.delete()
    look_again(movements)
