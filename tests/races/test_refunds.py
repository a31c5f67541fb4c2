"""Many people give the same money back: never more than came in, and each refund in one way."""

from datetime import date

import pytest

from billing.models import Issuer, Payment, Refund
from billing.paying import goodwill, orders, payments, refunds, repaying
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core.errors import DomainError
from core.money import Money, total
from tests.billing.sales import book, give_back
from tests.cast import rome
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
IBAN = "IT42L1234512345123456789012"


@pytest.fixture(autouse=True)
def _no_page(monkeypatch):
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def paid(cast):
    """Two hours of 18.30 each, and who paid them."""
    booking = book(cast.ada, cast.laser, rome("2026-12-03 09:00"), 120)
    made = checkout(cast.ada, quote(cast.ada, [booking], None).pk, "card")
    payments.settle(made.order.payments.get().pk)
    return booking, made.order.payments.get()


def granted_at_once(cast):
    """What eight people give back of 36.60, ten euros each."""
    _, payment = paid(cast)
    answers = at_once([lambda: goodwill.give(cast.franco, payment.pk, Money(1000), "Scuse")] * 8)
    assert all(isinstance(answer, Refund | DomainError) for answer in answers), answers
    return total(refund.amount for refund in Refund.objects.all())


def test_what_many_give_of_one_payment_never_exceeds_it(cast):
    assert granted_at_once(cast) == Money(3000)
    assert Payment.objects.get().refunded == Money(3000)


def test_without_the_locks_it_exceeds_it(cast, monkeypatch):
    monkeypatch.setattr(goodwill, "lock_rows", lambda *args: [])
    monkeypatch.setattr(goodwill, "lock_bookings", lambda ids, **more: [])
    monkeypatch.setattr(orders, "lock_orders", lambda *args, **more: None)
    # The numbers of the credit notes would be one more queue.
    monkeypatch.setattr(refunds, "_corrected", lambda *args: {})
    assert granted_at_once(cast) > Money(3660)


def given_at_once(cast):
    """How many of eight gave one refund: half of them in cash, half on lists for the bank."""
    booking, payment = paid(cast)
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(iban=IBAN)
    Payment.objects.update(method="transfer")
    payment.refresh_from_db()
    refund = give_back(booking, payment, 1000)
    Refund.objects.update(iban=IBAN)
    issuer = Issuer.objects.get(pk=cast.lead.issuer.pk)
    answers = at_once(
        [
            lambda: repaying.give(cast.gina, refund.pk, "cash", date(2026, 11, 30)),
            lambda: repaying.list_transfers(cast.franco, issuer, [refund.pk]),
        ]
        * 4
    )
    assert all(isinstance(answer, Refund | DomainError) for answer in answers), answers
    return sum(not isinstance(answer, DomainError) for answer in answers)


def test_one_refund_is_given_in_one_way(cast):
    assert given_at_once(cast) == 1


def test_without_its_payment_s_lock_it_is_given_in_several(cast, monkeypatch):
    monkeypatch.setattr(repaying, "lock_rows", lambda *args: [])
    assert given_at_once(cast) > 1
