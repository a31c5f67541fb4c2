"""What the bank or a credit paid of an order that was then made anew, dropped, or paid in another way: it settles what is
owed instead, and what is more than that is its customer's credit (docs/adr/0109)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from billing.models import CustomerCredit, Issuer, Order
from billing.papers.freeze import ITALY, open_day
from billing.paying import payments, transfers
from core import outbox
from core.audit import record
from core.clock import now
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, total
from core.periods import local_date


@outbox.handler("billing.paid_in_part")
def _paid_in_part(payload: dict[str, Any]) -> None:
    square(UUID(payload["order"]))


def square(order_id: UUID) -> None:
    """Nothing that was paid of the order is more than is owed by it without being its customer's credit, and it is settled
    if nothing of it is open. Once, however often it is asked."""
    if (payment := _square(order_id)) is not None:
        payments.settle(payment)


@patient_act
def _square(order_id: UUID) -> UUID | None:
    lock_rows(Locks.ORDERS, Order, [order_id])
    order = Order.objects.select_related("person", "organisation").get(pk=order_id)
    one = order.matches.filter(payment=None).select_related("movement__issuer", "credit__issuer").first()
    if one is None:
        return None
    source = one.movement or one.credit
    assert source is not None  # the constraint says so
    issuer = source.issuer
    # As with all matches: what was paid of an issuer's is said by one act at a time.
    lock_rows(Locks.MONTH, Issuer, [issuer.pk])
    paid = list(order.matches.filter(payment=None).order_by("made_at", "pk"))
    if not paid:
        return None
    owed = order.total if order.state == Order.State.OWED else ZERO
    kept = total(credit.amount for credit in order.kept.all())
    beyond = total(match.amount for match in paid) - kept - owed
    if beyond.cents > 0:
        made = CustomerCredit.objects.create(
            issuer=issuer,
            order=order,
            person=order.person if order.organisation is None else None,
            organisation=order.organisation,
            amount=beyond,
            # Nobody need have chosen it: it is whoever said what was paid.
            made_by=paid[-1].made_by,
            posted_on=open_day(issuer, local_date(now(), ITALY)),
        )
        record(None, "credit-keep", made)
    if not owed or beyond.cents < 0:
        return None
    return transfers.pay(order).pk
