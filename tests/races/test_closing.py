"""A settlement under way when its month closes: the closing waits for it, and counts it."""

import threading
from datetime import date

import pytest

from billing.books import months
from billing.models import AccountingMonth, Document
from billing.papers import freeze, numbering
from billing.paying import payments
from core.models import LogEntry
from tests.races.conftest import at_once
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
