"""The date, the year and the number of a document, also when its month is closed."""

from datetime import date

import pytest

from billing.models import AccountingMonth, Document, OrderLine
from core.clock import now
from tests.billing.sales import book, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


def close(issuer, first_on):
    AccountingMonth.objects.create(issuer=issuer, first_on=first_on, closed_at=now())


def test_a_sale_in_a_closed_month_is_dated_on_the_first_of_the_next(cast):
    booking = book(cast.ada, cast.laser, rome("2026-12-01 10:00"))
    close(cast.lead.issuer, date(2026, 11, 1))
    sell(cast.ada, booking)
    paper = Document.objects.get()
    assert (paper.issued_on, paper.number) == (date(2026, 12, 1), "FE-2026/1")


def test_two_closed_months_are_both_stepped_over(cast):
    booking = book(cast.ada, cast.laser, rome("2026-12-01 10:00"))
    close(cast.lead.issuer, date(2026, 11, 1))
    close(cast.lead.issuer, date(2026, 12, 1))
    sell(cast.ada, booking)
    assert Document.objects.get().number == "FE-2027/1"


def test_the_year_of_a_number_is_the_year_in_italy(cast, at):
    at("2026-12-31T23:30:00+00:00")
    sell(cast.ada, book(cast.ada, cast.laser, rome("2027-01-02 10:00")))
    paper = Document.objects.get()
    assert (paper.issued_on, paper.number) == (date(2027, 1, 1), "FE-2027/1")


def test_issuers_of_one_order_number_each_in_the_year_of_its_own_date(cast, at, monkeypatch):
    at("2026-12-30 10:00")
    ours, theirs = (
        book(cast.ada, cast.laser, rome("2027-01-02 10:00")),
        book(cast.ada, cast.room, rome("2027-01-02 10:00")),
    )
    close(cast.member.issuer, date(2026, 12, 1))
    made = OrderLine.objects.bulk_create

    def by_owner(lines, *args, **kwargs):
        lines = list(lines)
        for line in lines:
            if line.booking_id == theirs.pk:
                line.issuer = cast.member.issuer
        return made(lines, *args, **kwargs)

    monkeypatch.setattr(OrderLine.objects, "bulk_create", by_owner)
    sell(cast.ada, ours, theirs)
    numbers = {paper.issuer_id: paper.number for paper in Document.objects.all()}
    assert numbers == {cast.lead.issuer.pk: "FE-2026/1", cast.member.issuer.pk: "FE-2027/1"}
    again = book(cast.ada, cast.laser, rome("2027-01-03 10:00"))
    assert sell(cast.ada, again).documents.get().number == "FE-2026/2"
