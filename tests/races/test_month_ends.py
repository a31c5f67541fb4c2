"""Twenty month-ends at once: monthly bills are issued while the month closes, and everybody closes it."""

import threading
from datetime import date
from decimal import Decimal

import pytest

from billing.books import months
from billing.models import AccountingMonth, Document, Issuer, Revision
from billing.papers import issuing, numbering
from billing.papers.amounts import Line
from billing.papers.snapshots import Paper
from billing.papers.vat import RateKey
from billing.papers.wish import Wish
from core.errors import IllegalMove
from core.models import Job, LogEntry
from people.models import Organisation
from tests.cast import ADDRESS
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 20
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _over(monkeypatch):
    """It is still November, so that bills are dated in it; that it may close is not what is tried here."""
    monkeypatch.setattr(months, "wrong_with", lambda square, at: None)


def closing(cast):
    return lambda: months.close(cast.franco, cast.lead.issuer.pk, NOVEMBER)


def bills(cast):
    """The bill of the month of each of twenty organisations."""
    customers = Organisation.objects.bulk_create(
        Organisation(
            name=f"Cliente {n}",
            kind="company",
            vat_number="00743110157",
            tax_code="00743110157",
            recipient_code="ABC1234",
            **ADDRESS,
        )
        for n in range(MANY)
    )
    line = Line("Sale di novembre", Decimal("25.00"), RateKey(Decimal(22)))
    paper, issuer = (
        Paper("TD01", method="account", with_vat=False),
        Issuer.objects.get(pk=cast.lead.issuer.pk),
    )
    return [
        lambda to=to: issuing.issue(cast.franco, Wish(issuer, "invoice", to, [line], paper, stamp="none"))
        for to in customers
    ]


def test_bills_issued_while_their_month_closes_have_numbers_without_a_gap_and_one_month_each(cast):
    wanted, franco = bills(cast), closing(cast)
    AccountingMonth.objects.create(issuer=cast.lead.issuer, first_on=NOVEMBER)
    results = at_once([*wanted[:10], *[franco] * MANY, *wanted[10:]])
    made = [found for found in results if isinstance(found, Document)]
    assert len(made) == MANY, results
    rows = list(Document.objects.order_by("ordinal").values_list("ordinal", "issued_on"))
    assert [ordinal for ordinal, _ in rows] == list(range(1, MANY + 1))
    days = [day for _, day in rows]
    assert days == sorted(days), "a later number has an earlier date"
    chain = {r.previous_sha256: r.sha256 for r in Revision.objects.all()}
    link, length = "", 0
    while link in chain:
        link, length = chain[link], length + 1
    assert length == MANY
    (told,) = LogEntry.objects.filter(act="close-month")
    assert told.data["documents"] == sum(day < DECEMBER for day in days)


def test_twenty_who_close_a_month_close_it_once(cast, transactional_db):
    results = at_once([closing(cast)] * MANY)
    assert sum(isinstance(found, AccountingMonth) for found in results) == 1
    assert sum(isinstance(found, IllegalMove) for found in results) == MANY - 1, results
    assert LogEntry.objects.filter(act="close-month").count() == 1
    assert Job.objects.filter(payload__month="2026-11").count() == 1


def test_without_the_lock_a_month_is_closed_twice(cast, transactional_db, monkeypatch):
    AccountingMonth.objects.create(issuer=cast.lead.issuer, first_on=NOVEMBER)
    monkeypatch.setattr(months, "lock_rows", lambda order, model, ids: list(ids))
    both_have_looked = threading.Barrier(2)
    looked = months.months_of

    def together(issuer):
        both_have_looked.wait(timeout=10)
        return looked(issuer)

    monkeypatch.setattr(months, "months_of", together)
    results = at_once([closing(cast)] * 2)
    assert all(isinstance(found, AccountingMonth) for found in results), results
    assert Job.objects.filter(payload__month="2026-11").count() == 2


def test_without_the_lock_two_bills_ask_for_one_number(cast, transactional_db, monkeypatch):
    wanted = bills(cast)[:2]
    wanted[0]()  # the counter is there
    monkeypatch.setattr(numbering, "lock_rows", lambda order, model, ids: list(ids))
    both_have_read = threading.Barrier(2)
    drawn = numbering.lock_series

    def together(years):
        found = drawn(years)
        both_have_read.wait(timeout=10)
        return found

    monkeypatch.setattr(numbering, "lock_series", together)
    results = at_once([wanted[1], wanted[1]])
    assert [isinstance(found, Document) for found in results].count(True) == 1, results
    assert Document.objects.count() == 2
