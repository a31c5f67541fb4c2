"""A sale from hold to document, without a gateway: what tests about documents begin with."""

from datetime import timedelta

from billing import payments
from billing.checkout import checkout
from billing.models import Payment
from billing.quotes import quote
from booking.claims import Ask
from booking.holds import Wish, hold
from core.periods import Period


def book(person, resource, start, minutes=60):
    period = Period(start, start + timedelta(minutes=minutes))
    return hold(Wish(person, [Ask(resource, period)], made_by=person))


def sell(person, *bookings) -> Payment:
    """These bookings in one order, paid and settled."""
    made = checkout(person, quote(person, list(bookings), None).pk, "card")
    payment = made.order.payments.get()
    payments.settle(payment.pk)
    return made.order.payments.get()
