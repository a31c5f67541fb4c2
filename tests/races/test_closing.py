"""A settlement under way when its month closes: the closing waits for it, and counts it."""

import threading
from datetime import date

import pytest

from billing.books import journal, months, squaring
from billing.models import AccountingMonth, Document, Refund
from billing.papers import freeze, ledger, numbering
from billing.paying import goodwill, payments, refunds
from core.models import LogEntry
from core.money import Money
from tests.billing.sales import book, sell
from tests.cast import rome
from tests.races.conftest import at_once, in_turn
from tests.races.test_numbers import promised

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def race(cast, crowd, monkeypatch, patience=1):
    """A settlement has chosen its date; then the month closes; then the settlement goes on."""
    monkeypatch.setattr(months, "wrong_with", lambda square, at: None)
    paid = promised(cast, crowd, monkeypatch)[0]
    AccountingMonth.objects.create(issuer=cast.lead.issuer, first_on="2026-11-01")
    dated, closing = threading.Event(), threading.Event()
    drawn = numbering.lock_series

    def late(wanted):
        dated.set()
        closing.wait(timeout=patience)  # the closing either is done by then, or waits for us
        return drawn(wanted)

    monkeypatch.setattr(numbering, "lock_series", late)

    def close():
        dated.wait(timeout=10)
        months.close(cast.franco, cast.lead.issuer.pk, date(2026, 11, 1))
        closing.set()

    assert at_once([lambda: payments.settle(paid), close]) == [None, None]
    return LogEntry.objects.get(act="close-month").data["documents"], Document.objects.get().issued_on


def test_a_month_that_closes_counts_the_document_that_was_under_way(cast, crowd, monkeypatch):
    counted, dated = race(cast, crowd, monkeypatch)
    assert (counted, dated) == (1, date(2026, 11, 30))


def test_without_the_shared_row_a_document_slips_into_a_closed_month(cast, crowd, monkeypatch):
    monkeypatch.setattr(freeze, "share_row", lambda order, model, pk: None)
    counted, dated = race(cast, crowd, monkeypatch, patience=20)
    assert (counted, dated) == (0, date(2026, 11, 30))


def given_without_a_note(cast, at, monkeypatch, patience=1):
    """Whether the journal of a month that closes while something is given back says then what it says later."""
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    monkeypatch.setattr(months, "wrong_with", lambda square, at: None)
    monkeypatch.setattr(squaring, "findings", lambda *args: [])
    issuer, payment = cast.lead.issuer, sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-05 10:00")))
    at("2028-01-31 09:00")
    month, until = date(2028, 1, 1), date(2028, 2, 1)
    AccountingMonth.objects.get_or_create(issuer=issuer, first_on=month)

    def give():
        return goodwill.give(cast.franco, payment.pk, Money(500), "Scuse", without_note=True)

    def close():
        months.close(cast.franco, issuer.pk, month)
        return list(journal.postings(issuer, month, until))

    given, said = in_turn(monkeypatch, ledger, "enter_refund", give, close, patience)
    assert isinstance(given, Refund)
    return said == list(journal.postings(issuer, month, until))


def test_a_month_that_closes_waits_for_what_is_given_back_without_a_note(cast, at, monkeypatch):
    assert given_without_a_note(cast, at, monkeypatch)


def test_without_the_shared_row_its_cost_slips_into_a_closed_month(cast, at, monkeypatch):
    monkeypatch.setattr(refunds, "open_day", lambda issuer, day: day)
    assert not given_without_a_note(cast, at, monkeypatch, patience=20)
