"""A deposit that staff take and that is released at the same moment: one of the two happens, whole."""

import pytest

from billing.models import Authorisation, Deposit, Order, Payment
from billing.paying import deposits
from core.errors import IllegalMove
from core.money import Money
from tests.booking.confirmed import book
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def race(cast):
    """Four at the desk take of it and four release it; how many did."""
    booking = book(cast.ada, cast.room, "2026-12-01 10:00")
    deposit = Deposit.objects.create(
        booking=booking,
        person=cast.ada,
        resource=cast.room,
        vat_rate=cast.vat22,
        amount=Money(15000),
        release_minutes=60,
        state="held",
    )
    Authorisation.objects.create(deposit=deposit, state="held", payment_ref="pi_1")
    staff, pk = cast.gina, deposit.pk
    takes = [lambda: deposits.take(staff, pk, Money(4000), "Graffio")] * 4
    releases = [lambda: deposits.release(staff, pk)] * 4
    answers = at_once([act for pair in zip(takes, releases, strict=True) for act in pair])
    assert all(isinstance(a, Deposit | IllegalMove) for a in answers), answers
    return sum(isinstance(a, Deposit) for a in answers)


def test_of_taking_and_releasing_one_happens(cast):
    assert race(cast) == 1
    deposit = Deposit.objects.get()
    sold = Payment.objects.count()
    assert (deposit.state, sold) in (("taking", 1), ("released", 0))
    assert Order.objects.filter(deposit=deposit).count() == sold


def test_without_the_lock_both_do(cast, monkeypatch):
    monkeypatch.setattr(deposits, "lock_rows", lambda *args: [])
    assert race(cast) > 1
