"""Twenty settle at once: numbers without a gap and without a twin; and what happens without the lock."""

import threading
from unittest import mock

import pytest
from django.db import transaction

from billing.models import Document, NumberCounter, Revision, VatRate
from billing.papers import numbering
from billing.paying import payments
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.claims import Ask
from booking.holding.holds import Wish, hold
from tests.cast import ADDRESS, period
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 20


def promised(cast, crowd, monkeypatch):
    """Twenty bookings whose payment is awaited."""
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
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


def settling(payment):
    return lambda: payments.settle(payment)


def test_twenty_settlements_number_their_documents_without_a_gap(cast, crowd, monkeypatch):
    waiting = promised(cast, crowd, monkeypatch)
    results = at_once([settling(pk) for pk in waiting])
    assert results == [None] * MANY
    assert sorted(Document.objects.values_list("ordinal", flat=True)) == list(range(1, MANY + 1))
    chain = {r.previous_sha256: r.sha256 for r in Revision.objects.all()}
    link, length = "", 0
    while link in chain:
        link, length = chain[link], length + 1
    assert length == MANY


def test_twenty_settlements_number_their_receipts_without_a_gap(cast, crowd, monkeypatch):
    _ = cast.venue
    VatRate.objects.update(percent=0, natura="N2.2", receipted=True)
    assert at_once([settling(pk) for pk in promised(cast, crowd, monkeypatch)]) == [None] * MANY
    drawn = Document.objects.filter(kind="receipt").values_list("ordinal", flat=True)
    assert sorted(drawn) == list(range(1, MANY + 1))


def test_settled_twice_at_once_makes_one_document(cast, crowd, monkeypatch):
    waiting = promised(cast, crowd, monkeypatch)[:4]
    results = at_once([settling(pk) for pk in waiting for _ in range(5)])
    assert results == [None] * 20
    assert Document.objects.count() == 4


def test_a_number_whose_document_is_rolled_back_is_drawn_again(cast, crowd, monkeypatch):
    first, second = promised(cast, crowd, monkeypatch)[:2]
    with (
        mock.patch("billing.papers.ledger.enter_sale", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        payments.settle(first)
    payments.settle(second)
    assert list(Document.objects.values_list("ordinal", flat=True)) == [1]


def drawing(series, pause):
    def draw():
        with transaction.atomic():
            counter = numbering.lock_series({series: 2026})[series.pk]
            pause()
            return numbering.draw(counter)

    return draw


def test_two_who_draw_at_once_draw_two_numbers(cast, transactional_db):
    series = cast.lead.issuer.number_series.get(code="FE")
    assert sorted(at_once([drawing(series, lambda: None)] * 8)) == list(range(1, 9))


def test_without_the_lock_two_draw_one_number(cast, transactional_db, monkeypatch):
    series = cast.lead.issuer.number_series.get(code="FE")
    NumberCounter.objects.create(series=series, year=2026, last=7)
    monkeypatch.setattr(numbering, "lock_rows", lambda order, model, ids: list(ids))
    both_have_read = threading.Barrier(2)
    assert at_once([drawing(series, lambda: both_have_read.wait(timeout=10))] * 2) == [8, 8]
