"""What somebody used is measured by eight workers at once, while the office gives money back by its own will: it is
charged once, and never does more come back than came in. And what happens without the lock."""

import threading

import pytest
from django.db import IntegrityError

from billing.changes import by_use
from billing.models import Payment, Rate, Refund, TimeUsed
from billing.paying import goodwill, orders, payments
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.attending import attendance
from booking.models import Booking
from core.errors import DomainError
from core.money import Money, total
from spaces.models import Rules
from tests.billing.sales import book
from tests.cast import LONG_AGO, rome
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _no_page(monkeypatch):
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


@pytest.fixture
def gone(cast, at):
    """Two hours of the laser for 36.60, paid, and left after one of them; what the use costs nobody has looked at yet."""
    _ = cast.gina, cast.franco
    Rules.objects.create(resource=cast.laser, from_on=LONG_AGO, data={"step": 15})
    booking = book(cast.ada, cast.laser, rome("2026-12-03 10:00"), 120)
    Rate.objects.update(charge_by="use")
    made = checkout(cast.ada, quote(cast.ada, [booking], None).pk, "card")
    payments.settle(made.order.payments.get().pk)
    at("2026-12-03 10:00")
    attendance.check_in(cast.gina, booking.pk)
    at("2026-12-03 11:00")
    attendance.check_out(cast.gina, booking.pk)
    return Booking.objects.get(pk=booking.pk)


def test_a_use_is_charged_once_however_many_measure_it(cast, gone):
    answers = at_once([lambda: by_use.measure(gone.pk)] * 8)
    assert sum(isinstance(answer, TimeUsed) for answer in answers) == 1
    assert answers.count(None) == 7
    (refund,) = Refund.objects.all()
    assert (refund.amount, refund.reason, Payment.objects.get().refunded) == (
        Money(1830),
        "used-less",
        refund.amount,
    )


def test_what_the_office_gives_meanwhile_and_what_was_not_used_never_exceed_what_came_in(cast, gone):
    payment = Payment.objects.get()
    gives = [lambda: goodwill.give(cast.franco, payment.pk, Money(1500), "Scuse")] * 4
    answers = at_once([*gives, *[lambda: by_use.measure(gone.pk)] * 4])
    assert all(isinstance(a, Refund | TimeUsed | DomainError | None) for a in answers), answers
    back = total(refund.amount for refund in Refund.objects.all())
    payment.refresh_from_db()
    assert back == payment.refunded <= payment.amount
    assert TimeUsed.objects.count() == 1


def test_without_the_lock_only_the_database_stops_the_second(cast, gone, monkeypatch):
    """The twin: each looks whether it was measured before any has written that it was."""
    looked = threading.Barrier(8)

    def unlocked(ids):
        return list(Booking.objects.filter(pk__in=ids).select_related("venue", "person", "organisation"))

    def together(*bookings):
        looked.wait(10)

    monkeypatch.setattr(by_use, "lock_bookings", unlocked)
    monkeypatch.setattr(orders, "lock_orders", together)
    answers = at_once([lambda: by_use.measure(gone.pk)] * 8)
    assert sum(isinstance(answer, TimeUsed) for answer in answers) <= 1
    assert any(isinstance(answer, IntegrityError | DomainError) for answer in answers), answers
