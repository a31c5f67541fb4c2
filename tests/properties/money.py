"""What is true of the money of any world, whatever was done in it."""

from __future__ import annotations

from django.db.models import Sum

from billing.models import Entry, Order, OrderLine, Payment
from booking.models import Booking
from core.money import ZERO, Money, total

S, OF = Booking.State, Order.State


def check_money() -> None:
    every_cent_captured_is_a_sale_or_has_come_back()
    what_stands_is_paid_or_owed()
    nothing_is_owed_for_what_never_stood()


def every_cent_captured_is_a_sale_or_has_come_back() -> None:
    rows = Entry.objects.filter(payment__isnull=False).values_list("payment").annotate(sum=Sum("gross"))
    sold = {payment: money if isinstance(money, Money) else Money(int(money)) for payment, money in rows}
    for payment in Payment.objects.filter(state=Payment.State.CAPTURED).prefetch_related("refunds"):
        assert payment.settled_at is not None, "captured and forgotten"
        assert payment.refunded == total(refund.amount for refund in payment.refunds.all())
        assert sold.get(payment.pk, ZERO) == payment.amount - payment.refunded


def what_stands_is_paid_or_owed() -> None:
    """By whoever has it; and paid once, whatever it was changed for besides."""
    for booking in Booking.objects.filter(state=S.CONFIRMED):
        orders = Order.objects.filter(lines__booking=booking, person=booking.person_id).distinct()
        assert orders.filter(state__in=[OF.PAID, OF.OWED]).exists(), "confirmed for nothing"
        assert orders.filter(state=OF.PAID, change=None, payments__refunded=0).count() <= 1, "paid twice"


def nothing_is_owed_for_what_never_stood() -> None:
    gone = OrderLine.objects.filter(
        booking__state__in=[S.REFUSED, S.LAPSED], order__state__in=[OF.PROMISED, OF.OWED]
    )
    assert not gone.exists()
