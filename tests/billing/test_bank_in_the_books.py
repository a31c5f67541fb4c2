"""The bank in the journal is its statement, closed months stay as they were, and each issuer's customers are its ageing."""

from copy import copy
from datetime import date

import pytest

from billing.books import journal, months, vat_register
from billing.books.movements import account
from billing.models import Account, Issuer, Match, Movement, OrderLine, Receipt, Revision, Transmission
from billing.paying import bank_formats
from billing.paying.debts import debts
from core import outbox
from core.errors import Invalid
from core.ids import encode, uuid7
from core.money import ZERO, Money, total
from tests.api import client, post
from tests.billing.office import issued
from tests.billing.sales import book, give_back, sell
from tests.billing.test_bank import HEAD, movements, take
from tests.cast import rome

R = Account.Role


def balance(issuer, role, first=date(2026, 1, 1), until=date(2028, 1, 1)):
    sides = [line for p in journal.postings(issuer, first, until) for line in p.lines]
    return total(line.amount for line in sides if line.role == role)


def test_rows_without_a_day_are_skipped_and_counted():
    text = "Data;Importo;Causale\n20/11/2026;91,50;a\nSaldo finale;1.000,00;\n;;\n"
    account, told, skipped = bank_formats.movements(text.encode())
    assert (account, [t.amount.cents for t in told], skipped) == ("", [9150], 1)
    with pytest.raises(Invalid):
        bank_formats.movements(b"Data;Importo\n32/13/2026;91,50\n")


def test_another_currency_is_refused_and_said():
    with pytest.raises(Invalid) as refused:
        bank_formats.movements(b"Data;Importo;Divisa\n20/11/2026;91,50;EUR\n21/11/2026;10,00;USD\n")
    assert (refused.value.pointers[0].code, refused.value.pointers[0].detail) == ("not-euro", "USD")


@pytest.mark.django_db(transaction=True)
def test_the_bank_is_its_statement_whatever_is_matched(cast, office, ask, send):
    made = issued(office, ask(method="transfer"))
    issuer = cast.lead.issuer
    csv = HEAD + f"20/10/2026;100,00;Alfa;;{made['number']}\n21/10/2026;-12,00;Banca;;spese\n"
    assert send(csv.encode()).json()["rows_skipped"] == 0
    assert (balance(issuer, R.BANK), balance(issuer, R.UNMATCHED)) == (Money(8800), Money(-8800))
    movement = next(m for m in movements(office, cast) if m["amount"]["cents"] > 0)
    take(office, movement, made["id"], 9150)
    assert balance(issuer, R.BANK) == Money(8800)
    assert balance(issuer, R.UNMATCHED) == Money(1200 - 850)
    assert balance(issuer, R.CUSTOMERS) == total(debt.open for debt in debts(issuer)) == ZERO


@pytest.mark.django_db(transaction=True)
def test_what_is_matched_after_closing_is_of_the_next_month(cast, office, ask, send, at):
    made = issued(office, ask(method="transfer"))
    send((HEAD + f"20/10/2026;91,50;Alfa;;{made['number']}\n").encode())
    at("2026-11-10 09:00")
    months.close(cast.dario, cast.lead.issuer.pk, date(2026, 10, 1))
    october = (date(2026, 10, 1), date(2026, 11, 1))
    before = list(journal.postings(cast.lead.issuer, *october))
    office = client(cast.franco)
    (movement,) = movements(office, cast)
    taken = take(office, movement, made["id"], 9150).json()
    assert list(journal.postings(cast.lead.issuer, *october)) == before
    paid = Match.objects.get()
    assert paid.posted_on == date(2026, 11, 1)
    assert paid.document is not None
    payer = paid.document.organisation or paid.document.person
    assert payer is not None
    told = account(cast.lead.issuer, payer, date(2026, 1, 1), date(2028, 1, 1))
    assert [m.on for m, _ in told.rows if m.kind == "transfer"] == [paid.posted_on]
    send((HEAD + "25/10/2026;5,00;Beta;;tardi\n").encode(), person=cast.franco)
    assert list(journal.postings(cast.lead.issuer, *october)) == before
    assert Movement.objects.get(amount=500).posted_on == date(2026, 11, 1)
    at("2026-12-10 09:00")
    months.close(cast.dario, cast.lead.issuer.pk, date(2026, 11, 1))
    undone = client(cast.franco).delete(f"/api/v1/matches/{taken['matches'][0]['id']}")
    assert undone.json()["data"]["state"] == "month-closed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("closes", "stays"), [(True, 1), (False, 0)])
def test_what_the_sdi_rejects_after_closing_leaves_the_month_as_it_was(cast, office, ask, at, closes, stays):
    made = issued(office, ask())
    if closes:
        at("2026-11-10 09:00")
        months.close(cast.dario, cast.lead.issuer.pk, date(2026, 10, 1))
    at("2026-11-12 09:00")
    revision = Revision.objects.get(document__number=made["number"])
    sent = Transmission.objects.create(revision=revision, file_name="IT03123450375_0000X.xml")
    Receipt.objects.create(transmission=sent, kind="NS", content=b"<x/>", sha256="x")
    table = vat_register.sales(cast.lead.issuer, date(2026, 10, 1), date(2026, 11, 1))
    assert len(list(table.rows)) == stays


@pytest.mark.django_db(transaction=True)
def test_of_one_cart_of_two_issuers_each_has_its_own_customers_settled(cast, monkeypatch):
    booking = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    made = OrderLine.objects.bulk_create

    def shared(lines, *args, **kwargs):
        [line] = lines
        theirs = copy(line)
        theirs.pk, theirs.position, theirs.issuer = uuid7(), 2, cast.member.issuer
        line.gross, theirs.gross = line.gross.split([60, 40])
        return made([line, theirs], *args, **kwargs)

    monkeypatch.setattr(OrderLine.objects, "bulk_create", shared)
    payment = sell(cast.ada, booking)
    ours, theirs = (Issuer.objects.get(partner=p) for p in (cast.lead, cast.member))
    assert (balance(ours, R.PARTNERS), balance(theirs, R.PARTNERS)) == (Money(-732), Money(732))
    refund = give_back(booking, payment, 1000)
    type(payment).objects.update(method="cash")
    type(refund).objects.update(method="cash")
    body = {"method": "cash", "on": "2026-11-30"}
    assert post(client(cast.gina), f"/refunds/{encode('rfd', refund.pk)}/give", body).status_code == 200
    outbox.drain()
    assert (balance(ours, R.PARTNERS), balance(theirs, R.PARTNERS)) == (Money(-332), Money(332))
    for issuer in (ours, theirs):
        assert balance(issuer, R.CUSTOMERS) == total(debt.open for debt in debts(issuer)) == ZERO
    for posting in journal.postings(ours, date(2026, 11, 1), date(2026, 12, 1)):
        assert total(line.amount for line in posting.lines) == ZERO
