"""Twenty who bill the same month of one organisation at once, and somebody who takes a booking out of it meanwhile."""

import threading
from datetime import date

import pytest

from billing.books import bills, monthly_bill
from billing.models import Document, Entry, Issuer, OnAccount, Order
from billing.paying import credit_limits, orders
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.claims import Ask
from booking.holding import locking
from booking.holding.holds import Wish, hold
from core.errors import BillChanged, CreditSpent
from core.locks import act
from core.money import Money, total
from tests.cast import period
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 20
DECEMBER = date(2026, 12, 1)


@pytest.fixture
def month(cast, at):
    """Four bookings of the association on account, had in December, and one of January; it is January."""
    body, made = cast.association, []
    for day in ("2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04", "2027-01-20"):
        ask = Ask(cast.room, period(f"{day} 10:00"))
        held = hold(Wish(cast.bruno, [ask], made_by=cast.bruno, organisation=body))
        checkout(cast.bruno, quote(cast.bruno, [held], body).pk, "account")
        made.append(held)
    at("2027-01-02 09:00")
    return made


def billing(cast, seen=None):
    issuer = Issuer.objects.get(pk=cast.lead.issuer.pk)
    return lambda: bills.bill(cast.franco, issuer, cast.association, DECEMBER, seen)


def test_twenty_who_bill_a_month_bill_it_once(cast, month):
    results = at_once([billing(cast)] * MANY)
    assert all(isinstance(found, list) for found in results), results
    assert sum(bool(found) for found in results) == 1
    document = Document.objects.get()
    assert (document.ordinal, document.gross) == (1, Money(4 * 1830))
    assert total(e.gross for e in Entry.objects.all()) == document.gross
    assert Order.objects.filter(state="billed").count() == 4
    assert Order.objects.filter(state="owed").count() == 1


def test_those_who_looked_before_are_told_that_it_changed(cast, month):
    seen = monthly_bill.one(
        Issuer.objects.get(pk=cast.lead.issuer.pk), DECEMBER, cast.association
    ).fingerprint
    results = at_once([billing(cast, seen)] * MANY)
    assert sum(isinstance(found, list) for found in results) == 1
    assert sum(isinstance(found, BillChanged) for found in results) == MANY - 1, results


def taking_out(cast, booking):
    """As acts on a booking do when nothing is owed for it any more."""

    @act
    def take():
        orders.lock_orders(booking)
        order = Order.objects.filter(lines__booking=booking, state=Order.State.OWED).first()
        if order is not None:
            orders.take_out(order, [booking], cast.bruno)
        return order is not None

    return take


def test_what_is_taken_out_meanwhile_is_on_the_bill_or_it_is_not(cast, month):
    results = at_once([billing(cast), *[taking_out(cast, booking) for booking in month[:4]], billing(cast)])
    documents = list(Document.objects.order_by("ordinal"))
    assert [d.ordinal for d in documents] == list(range(1, len(documents) + 1))
    out = sum(found is True for found in results)
    billed = total(d.gross for d in documents)
    assert billed == Money((4 - out) * 1830)
    assert total(e.gross for e in Entry.objects.all()) == billed


def test_a_limit_for_one_more_booking_is_not_spent_twice(cast, month):
    asked = _for_one_more(cast)
    results = at_once(asked)
    assert sum(isinstance(found, CreditSpent) for found in results) == len(asked) - 1, results


def test_without_the_organisation_s_lock_a_limit_is_spent_twice(cast, month, monkeypatch):
    asked, both_have_looked = _for_one_more(cast)[:2], threading.Barrier(2)
    heed, lock = credit_limits.heed_limit, locking.lock_bookings

    def together(*said):
        heed(*said)
        both_have_looked.wait(timeout=10)

    monkeypatch.setattr("billing.paying.checkout.lock_bookings", lambda ids, organisations: lock(ids))
    monkeypatch.setattr("billing.paying.checkout.heed_limit", together)
    results = at_once(asked)
    assert not any(isinstance(found, Exception) for found in results), results


def _for_one_more(cast):
    """Three who each want a booking, where the association may owe for one more."""
    OnAccount.objects.create(
        issuer_id=cast.lead.issuer.pk, organisation=cast.association, limit=Money(5 * 1830 + 1830)
    )
    wanted = []
    for hour in range(10, 13):
        ask = Ask(cast.other_room if hour % 2 else cast.room, period(f"2027-01-12 {hour}:00"))
        held = hold(Wish(cast.bruno, [ask], made_by=cast.bruno, organisation=cast.association))
        wanted.append(quote(cast.bruno, [held], cast.association).pk)
    return [lambda pk=pk: checkout(cast.bruno, pk, "account") for pk in wanted]


def test_without_the_lock_a_month_is_billed_twice(cast, month, monkeypatch):
    both_have_looked, stand_alone = threading.Barrier(2), bills._stand_alone

    def together(by, rows):
        both_have_looked.wait(timeout=10)
        stand_alone(by, rows)

    monkeypatch.setattr(bills, "lock_rows", lambda order, model, ids: list(ids))
    monkeypatch.setattr(bills, "_stand_alone", together)
    results = at_once([billing(cast)] * 2)
    assert [len(found) for found in results] == [1, 1], results
    assert total(d.gross for d in Document.objects.all()) == Money(2 * 4 * 1830)
