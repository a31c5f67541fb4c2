"""A sale from hold to document, without a gateway: what tests about documents begin with."""

from datetime import timedelta

from billing.models import Payment
from billing.paying import payments, refunds
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.claims import Ask
from booking.holding.holds import Wish, hold
from core.locks import act
from core.money import Money
from core.periods import Period
from tests.cast import period


def book(person, resource, start, minutes=60):
    during = Period(start, start + timedelta(minutes=minutes))
    return hold(Wish(person, [Ask(resource, during)], made_by=person))


def sell(person, *bookings) -> Payment:
    """These bookings in one order, paid and settled."""
    made = checkout(person, quote(person, list(bookings), None).pk, "card")
    payment = made.order.payments.get()
    payments.settle(payment.pk)
    return made.order.payments.get()


def paid_at_the_desk(cast, person, resource, start, minutes):
    """Held by the person, and paid in cash to whoever is at the desk."""
    held = hold(Wish(person, [Ask(resource, period(start, minutes))], made_by=person))
    checkout(cast.ivo, quote(person, [held], None).pk, "cash")
    return held


def give_back(booking, payment, cents):
    return act(refunds.give_back)(None, booking, payment, Money(cents), "asked")
