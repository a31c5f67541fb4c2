"""The journal: what happened in double entry, every posting balanced and each side in its account."""

from datetime import date

import pytest

from billing.books import journal
from billing.models import Payment
from core import outbox
from core.ids import encode
from core.money import Money, total
from tests.api import cents
from tests.billing.conftest import LINE
from tests.billing.office import issued, named, read
from tests.billing.sales import book, give_back, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_journal_balances_whatever_happened(office, ask, cast, at):
    issued(office, ask(split=True))
    whole = issued(
        office, ask(lines=[LINE, LINE | {"rate": "0", "natura": "N4", "legal_text": "x", "unit_price": "99"}])
    )
    issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=[LINE | {"quantity": "1"}]))
    held = {"kind": "RT02", "percent": "20", "reason": "A"}
    issued(office, ask(type="TD06", lines=[LINE | {"withheld": True}], withholding=held))
    at("2026-11-30 09:00")
    booked = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    payment = sell(cast.ada, booked)
    Payment.objects.filter(pk=payment.pk).update(fee=Money(52))
    give_back(booked, payment, 500)
    outbox.drain()
    postings = list(journal.postings(cast.lead.issuer, date(2026, 10, 1), date(2027, 1, 1)))
    assert {posting.what.en for posting in postings} >= {"Document", "Payment"}
    for posting in postings:
        assert total(line.amount for line in posting.lines).cents == 0, posting
    seen = read(office, cast, "journal", on_from="2026-10-01", on_to="2027-01-01")
    rows = named(seen)
    assert sum(cents(r["Dare"]) for r in rows if r["Dare"]) == sum(
        cents(r["Avere"]) for r in rows if r["Avere"]
    )
    fees = named(read(office, cast, "fees", month="2026-11"))
    assert [(row["Mese"], cents(row["Commissioni (imponibile TD17)"])) for row in fees] == [("2026-11", 52)]


def test_each_side_of_a_document_stands_in_its_account(office, ask, cast):
    """Postings that balance may still stand in the wrong accounts."""

    def sides(body):
        made = issued(office, body)
        return {
            line.role: line.amount.cents
            for posting in journal.postings(cast.lead.issuer, date(2026, 10, 1), date(2026, 11, 1))
            if posting.reference == made["number"]
            for line in posting.lines
        }

    hundred = LINE | {"quantity": "1", "unit_price": "100.00"}
    assert sides(ask(lines=[hundred])) == {"customers": 12200, "revenue": -10000, "vat": -2200}
    assert sides(ask(lines=[hundred], split=True)) == {
        "customers": 10000,
        "split_vat": 2200,
        "revenue": -10000,
        "vat": -2200,
    }
    held = {"kind": "RT02", "percent": "20", "reason": "A"}
    assert sides(ask(type="TD06", lines=[hundred | {"withheld": True}], withholding=held)) == {
        "customers": 10200,
        "withheld": 2000,
        "revenue": -10000,
        "vat": -2200,
    }


def test_a_credit_note_owes_stamp_duty_of_its_own(office, ask, cast):
    free = LINE | {
        "quantity": "1",
        "unit_price": "120.00",
        "rate": "0",
        "natura": "N4",
        "legal_text": "art. 10",
    }
    whole = issued(office, ask(lines=[free], stamp="borne"))
    issued(office, ask(kind="credit_note", lines=[free], stamp="borne", corrects_id=whole["id"]))
    stamps = [cents(row["Bollo"]) for row in named(read(office, cast, "stamp-duty"))]
    assert stamps == [200, 200]
    came = [
        (line.role, line.amount.cents)
        for posting in journal.postings(cast.lead.issuer, date(2026, 10, 1), date(2026, 11, 1))
        for line in posting.lines
    ]
    assert sum(amount for role, amount in came if role == "stamp_due") == -400
    assert sum(amount for role, amount in came if role == "stamp_cost") == 400
    assert sum(amount for role, amount in came if role == "customers") == 0


def test_the_accountant_s_own_accounts_are_in_the_journal(office, ask, cast):
    issuer = encode("iss", cast.lead.issuer.pk)
    body = {"issuer_id": issuer, "account": "revenue", "code": "70.01", "name": "Ricavi sale"}
    answer = office.patch("/api/v1/accounts", body, format="json")
    assert answer.status_code == 200, answer.content
    issued(office, ask())
    assert "70.01" in {row["Conto"] for row in named(read(office, cast, "journal"))}
