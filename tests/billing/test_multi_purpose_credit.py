"""A credit of 100.00 for anything the house sells is receipted outside VAT when it is sold, and each use is an invoice with
VAT, paid from it (case J10; DPR 633/72 art. 6-quater; docs/adr/0131)."""

import pytest

from billing.models import Document
from core.ids import encode
from core.money import Money, total
from tests.billing.office import findings, issued, named, post, read
from tests.billing.sales import book
from tests.billing.test_bank import HEAD, movements, take
from tests.billing.test_credits_of_documents import beyond
from tests.billing.test_customer_credits import account, accounts, credits, use
from tests.billing.test_paying_by_credit import check_out, left, quoted
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
OUTSIDE = {
    "description": "Credito multiuso",
    "quantity": "1",
    "unit_price": "100.00",
    "rate": "0",
    "natura": "N2.2",
    "legal_text": "Fuori campo IVA art. 6-quater DPR 633/72",
}


def sold(office, cast, ask, send, **to):
    """The receipt of 100.00, whose stamp duty the house bears, paid by a transfer."""
    made = issued(office, ask(kind="receipt", lines=[OUTSIDE], stamp="borne", method="transfer", **to))
    send((HEAD + f"20/10/2026;100,00;chi paga;;{made['number']}\n").encode())
    [movement] = movements(office, cast)
    assert take(office, movement, made["id"], 10000).status_code == 201
    return made


def to_use(office, ask, receipt, amount, **to):
    """So much of it is reversed, and is what the customer may pay with."""
    part = OUTSIDE | {"unit_price": amount}
    told = ask(
        kind="credit_note", corrects_id=receipt["id"], lines=[part], stamp="none", method="transfer", **to
    )
    issued(office, told)
    answer = post(office, "/credits", {"document_id": receipt["id"]})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_each_use_of_what_was_sold_once_is_an_invoice_with_vat_paid_from_it(cast, alfa, office, ask, send):
    receipt = sold(office, cast, ask, send)
    assert (receipt["vat"]["cents"], receipt["gross"]["cents"]) == (0, 10000)
    assert read(office, cast, "vat")["rows"] == []
    remains = 10000
    for hours, amount in (("1", "30.50"), ("2", "61.00")):
        line = {"description": "Sala riunioni", "quantity": hours, "unit_price": "25.00", "rate": "22"}
        invoice = issued(office, ask(lines=[line], method="transfer"))
        credit = to_use(office, ask, receipt, amount)
        assert use(office, credit, invoice["id"], credit["left"]["cents"]).json()["left"]["cents"] == 0
        assert office.get(f"/api/v1/documents/{invoice['id']}").json()["payment_state"] == "paid"
        remains -= invoice["gross"]["cents"]
        notes = Document.objects.filter(corrects__number=receipt["number"])
        # What the receipt still says is what is left of the credit.
        assert 10000 - total(note.gross for note in notes).cents == remains
        assert (beyond(office, cast), credits(office, cast)) == ([], [])
    assert remains == 850
    assert accounts(cast) == (10000, 0, 0, 0)
    assert findings(office, cast)["squares"]
    ledger = named(read(office, cast, "payments"))
    assert total(Money(row["Importo"]["cents"]) for row in ledger) == Money(10000)
    [taxed] = named(read(office, cast, "vat")["summary"])
    assert (taxed["Aliquota"], taxed["Imponibile"]["cents"], taxed["IVA"]["cents"]) == ("22.00", 7500, 1650)
    [outside] = named(read(office, cast, "receipts")["summary"])
    assert (outside["Natura"], outside["Importo"]["cents"]) == ("N2.2", remains)
    assert account(office, cast, alfa)[1] == 0


def test_a_person_pays_bookings_with_it_at_the_checkout(cast, office, ask, send, at):
    ada = {"organisation_id": None, "person_id": encode("per", cast.ada.pk)}
    receipt = sold(office, cast, ask, send, **ada)
    assert left(cast, cast.ada) == []
    to_use(office, ask, receipt, "18.30", **ada)
    assert left(cast, cast.ada) == [(cast.ada.name, 1830)]
    held = [book(cast.ada, cast.laser, rome("2026-10-21 10:00"))]
    answer = check_out(cast.ada, quoted(cast.ada, held), held)
    assert answer.status_code == 201, answer.json()
    [invoice] = Document.objects.filter(kind="invoice")
    assert (invoice.gross, invoice.vat, invoice.payment is not None) == (Money(1830), Money(330), True)
    assert left(cast, cast.ada) == []
    assert accounts(cast) == (10000, 0, 0, 0)
    assert findings(office, cast)["squares"]
