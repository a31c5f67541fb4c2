"""The fee for a no-show: an order of its own, owed; dropped or given back when staff excuse it.

It stands beside the booking's own order, so that neither's refund or terms can touch the other (docs/adr/0017).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.models import Checkout, NoShowFee, Order, OrderLine, Payment
from billing.paying import orders, refunds
from billing.prices.priced import describe, issuers_by_partner, parts_of
from billing.prices.tariffs import PriceList
from booking.models import Booking, Consequence
from core import terms
from core.audit import record
from core.clock import now
from core.ids import encode
from core.locks import Order as Locks
from core.locks import lock_rows
from core.words import Words

DUE_IN = timedelta(days=30)
WHAT = Words("Mancata presentazione: {what}", "No-show: {what}")


def charge(booking: Booking) -> None:
    """Inside the act that says nobody came: the fee is owed by who booked, at the VAT of what was booked."""
    fee = booking.consequences.filter(kind=Consequence.Kind.FEE, state=Consequence.State.STANDING).first()
    if fee is None or NoShowFee.objects.filter(consequence=fee).exists():
        return
    item = booking.items.select_related("resource__venue__partner", "resource__owner").order_by("pk")[0]
    prices = PriceList([item.resource], booking.person, booking.organisation)
    vat_rate = prices.price(item.resource, item.period, quantity=item.quantity).vat_rate_id
    if vat_rate is None:
        record(None, "fee-without-tariff", fee, booking=str(booking.pk))
        return
    order = Order.objects.create(
        person=booking.person,
        organisation=booking.organisation,
        state=Order.State.OWED,
        total=fee.amount,
        due_at=now() + DUE_IN,
    )
    issuers = issuers_by_partner()
    said = WHAT.say(booking.person.language, what=describe(item, booking))
    parts = [(side, part) for side, part in parts_of(item.resource, fee.amount, item.period) if part]
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            issuer_id=issuers[side.issuing],
            partner_id=side.earning,
            description=said,
            quantity=1,
            unit="",
            unit_price=Decimal(part.cents) / 100,
            gross=part,
            vat_rate_id=vat_rate,
        )
        for position, (side, part) in enumerate(parts, 1)
    )
    Checkout.objects.create(order=order, made_by=booking.person, method="account", state=Checkout.State.DONE)
    NoShowFee.objects.create(consequence=fee, order=order)
    record(None, "fee", order, booking=str(booking.pk))


def excuse(booking: Booking) -> None:
    """Inside the act that undoes it: nothing is owed any more; what was paid is credited and given back."""
    undone = booking.consequences.filter(kind=Consequence.Kind.FEE, state=Consequence.State.UNDONE)
    fees = NoShowFee.objects.filter(consequence__in=undone)
    lock_rows(Locks.ORDERS, Order, fees.values_list("order_id", flat=True))
    for fee in fees.select_related("order", "consequence__decided_by").order_by("pk"):
        order = fee.order
        if order.state == Order.State.OWED:
            orders.drop([order.pk])
        elif order.state == Order.State.BILLED:
            orders.credit(order)
        elif order.state == Order.State.PAID:
            payment = order.payments.exclude(refunds__reason="paid-twice").get(state=Payment.State.CAPTURED)
            left = payment.amount - payment.refunded
            refunds.give_back(fee.consequence.decided_by, None, payment, left, "excused")
            order.state = Order.State.REFUNDED
            order.save(update_fields=["state"])


@terms.include("csq", "fees")
def fees(consequences: Sequence[Consequence], person: Any) -> dict[UUID, Any]:
    """How each fee stands, and where it is paid; one statement for any number."""
    rows = NoShowFee.objects.filter(consequence__in=consequences).select_related("order__checkout")
    return {
        row.consequence_id: {
            "state": row.order.state,
            "pay_href": f"/checkout/{encode('cho', row.order.checkout.pk)}"
            if row.order.state == Order.State.OWED
            else None,
        }
        for row in rows
    }
