"""A document is of the day on which it was paid, as long as that is in time: DPR 633/72 art. 21 c. 4."""

from copy import copy
from datetime import date

import pytest

from billing.books import journal, months, vat_register
from billing.models import AccountingMonth, Document, Entry, Incomplete, OrderLine, Payment
from billing.papers import completion
from billing.papers.freeze import ITALY, date_for
from billing.papers.references import reference
from billing.paying import payments
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core.ids import encode, uuid7
from core.locks import act
from core.periods import local_date
from tests.api import client, post
from tests.billing.sales import book
from tests.billing.settling import shared
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


def owed(cast):
    held = book(cast.ada, cast.laser, rome("2026-12-10 10:00"))
    return checkout(cast.ada, quote(cast.ada, [held], None).pk, "transfer").order


def of_two(cast, monkeypatch):
    """What is ordered is sold by two issuers."""
    made = OrderLine.objects.bulk_create

    def split(lines, *args, **kwargs):
        [line] = lines
        theirs = copy(line)
        theirs.pk, theirs.position, theirs.issuer = uuid7(), 2, cast.member.issuer
        line.gross, theirs.gross = line.gross.split([60, 40])
        return made([line, theirs], *args, **kwargs)

    monkeypatch.setattr(OrderLine.objects, "bulk_create", split)


def bring(cast, send, order, day):
    csv = f"Data;Importo;Causale\n{day};18,30;{reference(order.pk)}\n"
    assert send(csv.encode(), person=cast.franco).status_code == 201
    issuer = {"issuer_id": encode("iss", cast.lead.issuer.pk)}
    (movement,) = client(cast.franco).get("/api/v1/bank-movements", issuer).json()["data"]
    body = {"movement_id": movement["id"], "debt_id": encode("ord", order.pk), "amount_cents": 1830}
    answer = post(client(cast.franco), "/matches", body, day)
    assert answer.status_code == 201, answer.content


def matched(cast, send, order, day):
    bring(cast, send, order, day)
    return Document.objects.get()


def captured_on(payment):
    return local_date(payment.captured_at, ITALY)


def vat_of(cast, first):
    month = date(2026, 11 if first == 11 else 12, 1)
    until = date(2026, 12, 1) if first == 11 else date(2027, 1, 1)
    return [p.lines for p in journal.postings(cast.lead.issuer, month, until)]


def test_a_transfer_of_november_is_november_s_though_matched_in_december(cast, send, at):
    at("2026-11-27 09:00")
    order = owed(cast)
    at("2026-12-03 09:00")
    document = matched(cast, send, order, "28/11/2026")
    payment = Payment.objects.get()
    assert document.issued_on == captured_on(payment) == date(2026, 11, 28)
    assert {entry.on for entry in Entry.objects.all()} == {date(2026, 11, 28)}
    # The document, what came into the bank, and what it paid.
    assert (len(vat_of(cast, 11)), vat_of(cast, 12)) == (3, [])
    (row,) = vat_register.sales(cast.lead.issuer, date(2026, 11, 1), date(2026, 12, 1)).rows
    assert document.number in row


def test_after_twelve_days_the_document_is_of_today(cast, send, at):
    at("2026-11-27 09:00")
    order = owed(cast)
    at("2026-12-11 09:00")
    document = matched(cast, send, order, "28/11/2026")
    assert document.issued_on == date(2026, 12, 11)
    assert captured_on(Payment.objects.get()) == date(2026, 11, 28)


def test_a_closed_month_takes_nothing_more(cast, send, at):
    at("2026-11-27 09:00")
    order = owed(cast)
    at("2026-12-03 09:00")
    months.close(cast.dario, cast.lead.issuer.pk, date(2026, 11, 1))
    document = matched(cast, send, order, "28/11/2026")
    assert document.issued_on == date(2026, 12, 1)
    assert captured_on(Payment.objects.get()) == date(2026, 12, 1)
    assert vat_of(cast, 11) == []
    assert AccountingMonth.objects.filter(closed_at=None).exists()


def test_a_month_that_partners_were_shown_takes_nothing_more(cast, send, at):
    at("2026-11-27 09:00")
    order = owed(cast)
    shared(cast, at, "2026-12-03 09:00")
    document = matched(cast, send, order, "28/11/2026")
    assert document.issued_on == captured_on(Payment.objects.get()) == date(2026, 12, 1)
    assert {entry.on for entry in Entry.objects.all()} == {date(2026, 12, 1)}
    assert act(date_for)(cast.lead.issuer, date(2026, 11, 28)) == date(2026, 12, 3)


def test_the_month_of_another_who_sold_takes_nothing_more_either(cast, send, at, monkeypatch):
    of_two(cast, monkeypatch)
    at("2026-11-27 09:00")
    order = owed(cast)
    at("2026-12-03 09:00")
    AccountingMonth.objects.create(
        issuer=cast.member.issuer, first_on=date(2026, 11, 1), closed_at=rome("2026-12-02 09:00")
    )
    bring(cast, send, order, "28/11/2026")
    assert captured_on(Payment.objects.get()) == date(2026, 12, 1)


def test_a_sale_completed_late_is_of_the_day_it_was_paid(cast, at):
    held = book(cast.ada, cast.laser, rome("2026-12-10 10:00"))
    made = checkout(cast.ada, quote(cast.ada, [held], None).pk, "card")
    tax_code, cast.ada.tax_code = cast.ada.tax_code, ""
    cast.ada.save()
    payments.settle(made.order.payments.get().pk)
    cast.ada.tax_code = tax_code
    cast.ada.save()
    at("2026-12-04 09:00")
    completion.complete(cast.franco, Incomplete.objects.get().pk)
    assert Document.objects.get().issued_on == date(2026, 11, 30)
