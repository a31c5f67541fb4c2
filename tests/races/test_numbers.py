"""Twenty settle at once: numbers without a gap and without a twin; and what happens without the lock."""

from unittest import mock

import pytest

from billing import numbering, payments
from billing.checkout import checkout
from billing.models import Document, NumberCounter, Revision
from billing.quotes import quote
from booking.claims import Ask
from booking.holds import Wish, hold
from core.locks import Order
from tests.cast import ADDRESS, period
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 20


def promised(cast, crowd, monkeypatch):
    """Twenty bookings whose payment is awaited."""
    monkeypatch.setattr("billing.checkout.open_page", lambda made: None)
    waiting = []
    for n, person in enumerate(crowd[:MANY]):
        for name, value in (ADDRESS | {"tax_code": "RSSMRA80A01H501U"}).items():
            setattr(person, name, value)
        person.save()
        day, hour = divmod(n, 10)
        booking = hold(
            Wish(person, [Ask(cast.laser, period(f"2026-12-{1 + day:02} {9 + hour:02}:00"))], made_by=person)
        )
        made = checkout(person, quote(person, [booking], None).pk, "card")
        waiting.append(made.order.payments.get().pk)
    return waiting


def test_twenty_settlements_number_their_documents_without_a_gap(cast, crowd, monkeypatch):
    waiting = promised(cast, crowd, monkeypatch)
    results = at_once([lambda pk=pk: payments.settle(pk) for pk in waiting])
    assert results == [None] * MANY
    assert sorted(Document.objects.values_list("ordinal", flat=True)) == list(range(1, MANY + 1))
    chain = {r.previous_sha256: r.sha256 for r in Revision.objects.all()}
    link, length = "", 0
    while link in chain:
        link, length = chain[link], length + 1
    assert length == MANY


def test_settled_twice_at_once_makes_one_document(cast, crowd, monkeypatch):
    waiting = promised(cast, crowd, monkeypatch)[:4]
    results = at_once([lambda pk=pk: payments.settle(pk) for pk in waiting for _ in range(5)])
    assert results == [None] * 20
    assert Document.objects.count() == 4


def test_a_number_whose_document_is_rolled_back_is_drawn_again(cast, crowd, monkeypatch):
    first, second = promised(cast, crowd, monkeypatch)[:2]
    with mock.patch("billing.ledger.enter_sale", side_effect=RuntimeError), pytest.raises(RuntimeError):
        payments.settle(first)
    payments.settle(second)
    assert list(Document.objects.values_list("ordinal", flat=True)) == [1]


def test_without_the_lock_two_documents_want_one_number(cast, crowd, monkeypatch):
    waiting = promised(cast, crowd, monkeypatch)
    payments.settle(waiting[0])
    real = numbering.lock_rows

    def unlocked(order, model, ids):
        return list(ids) if order in (Order.NUMBERS, Order.MONTH) else real(order, model, ids)

    monkeypatch.setattr(numbering, "lock_rows", unlocked)
    monkeypatch.setattr("billing.documents.lock_rows", unlocked)
    results = at_once([lambda pk=pk: payments.settle(pk) for pk in waiting[1:]])
    assert any(isinstance(result, Exception) for result in results)
    assert NumberCounter.objects.get().last >= Document.objects.count()
