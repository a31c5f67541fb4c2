"""A member pays for what the association does for its members: a receipt, and no invoice (cases J02, J03, J04).

Sala Po costs 90.00 an hour to members, outside VAT (DPR 633/72 art. 4), and 18.30 to anybody else, at 22 %.
"""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.models import Document, Entry, Issuer, NumberSeries, Rate, Revision, VatRate
from billing.papers import completion
from billing.papers.pdf import page_of
from billing.paying import payments
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core import outbox
from core.ids import encode
from core.models import Mail, OutboxRow
from core.money import Money
from tests.api import client, post, wish
from tests.billing.office import findings, named, read
from tests.billing.sales import book
from tests.booking.confirmed import cancel_for_good
from tests.cast import rome
from tests.stories.changing import buy, hand, pay, squares

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("members")]
DECEMBER = {"month": "2026-12"}


def papers():
    """What was issued: kind, number, type, gross, stamp."""
    rows = Document.objects.order_by("pk")
    return [(d.kind, d.number, d.type, d.gross.cents, d.stamp.cents) for d in rows]


def registered(cast):
    rows = named(read(client(cast.franco), cast, "receipts", **DECEMBER))
    return [(row["Numero"], row["Importo"]["cents"], row["Storna"]) for row in rows]


def test_a_member_of_an_ets_has_a_receipt_without_stamp_duty_by_mail(cast, bank):
    booking = buy(client(cast.ada), bank, cast.room)
    assert papers() == [("receipt", "RC-2026/1", "", 9000, 0)]
    assert [d["kind"] for d in booking["money"]["documents"]] == ["receipt"]
    assert booking["money"]["paid"]["cents"] == 9000
    page = page_of(Revision.objects.get().snapshot)
    assert "Esente da imposta di bollo" in page
    assert "Fuori campo IVA" in page
    assert "Attività istituzionale" in page
    squares()
    assert Mail.objects.get(subject__startswith="Pagamento").attachments == [
        {"kind": "document", "id": str(Document.objects.get().pk)}
    ]
    assert registered(cast) == [("RC-2026/1", 9000, None)]
    assert read(client(cast.franco), cast, "vat", **DECEMBER)["rows"] == []


def test_an_association_that_is_no_ets_owes_stamp_duty_above_77_47(cast, bank):
    Issuer.objects.filter(partner=cast.lead).update(third_sector=False)
    api = client(cast.ada)
    buy(api, bank, cast.room, key="dear")
    Rate.objects.filter(resource=cast.room).update(price=Money(7747))
    buy(api, bank, cast.room, "2026-12-04T10:00:00", "2026-12-04T11:00:00", key="just")
    assert papers() == [("receipt", "RC-2026/1", "", 9000, 200), ("receipt", "RC-2026/2", "", 7747, 0)]


def test_the_same_association_invoices_whoever_is_no_member(cast, bank):
    buy(client(cast.ada), bank, cast.room, key="member")
    bruno = client(cast.bruno)
    asked = wish(
        cast.room,
        "2026-12-03T14:00:00",
        "2026-12-03T15:00:00",
        organisation_id=encode("org", cast.association.pk),
    )
    pay(bruno, bank, post(bruno, "/bookings", asked, "hold").json()["id"])
    assert papers() == [
        ("receipt", "RC-2026/1", "", 9000, 0),
        ("invoice", "FE-2026/1", "TD01", 1830, 0),
    ]
    office = client(cast.franco)
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "activity": "institutional"}
    seen = office.get("/api/v1/documents", asked | {"include": "totals"}).json()
    assert [(d["number"], d["activity"]) for d in seen["data"]] == [("RC-2026/1", "institutional")]
    assert seen["totals"]["gross"]["cents"] == 9000
    year = named(read(office, cast, "activities", **DECEMBER)["summary"])
    assert [(row["Attività"], row["Documenti"], row["Totale"]["cents"]) for row in year] == [
        ("Attività istituzionale", 1, 9000),
        ("Attività commerciale", 1, 1830),
    ]


def test_a_receipt_is_reversed_among_receipts_when_its_money_goes_back(cast, bank, at):
    Issuer.objects.filter(partner=cast.lead).update(third_sector=False)
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    assert post(api, f"/bookings/{booking['id']}/cancel").status_code == 200
    at("2026-12-01 09:01")
    outbox.drain()
    sold, back = Document.objects.order_by("pk")
    assert papers()[1] == ("credit_note", "RC-2026/2", "", 9000, 0)
    assert (back.corrects, back.is_electronic) == (sold, False)
    assert [e.document for e in Entry.objects.order_by("pk")] == [sold, back]
    squares()
    assert registered(cast) == [("RC-2026/1", 9000, None), ("RC-2026/2", -9000, "RC-2026/1")]
    assert findings(client(cast.franco), cast, "2026-12")["findings"] == []


def test_a_receipt_given_up_to_another_member_is_reversed_as_theirs_is_issued(cast, bank):
    booking = buy(client(cast.ada), bank, cast.room)
    dario = client(cast.dario)
    assert hand(client(cast.ada), booking, "dario@example.org").status_code == 200
    assert post(dario, f"/bookings/{booking['id']}/accept").status_code == 200
    pay(dario, bank, booking["id"], "taken")
    assert sorted(papers()) == [
        ("credit_note", "RC-2026/3", "", 9000, 0),
        ("receipt", "RC-2026/1", "", 9000, 0),
        ("receipt", "RC-2026/2", "", 9000, 0),
    ]
    squares()


def test_together_with_anything_else_all_of_it_is_on_one_invoice(cast, bank):
    api = client(cast.ada)
    held = [
        post(api, "/bookings", wish(thing), key).json()["id"]
        for thing, key in ((cast.room, "room"), (cast.laser, "laser"))
    ]
    quote = api.post("/api/v1/quotes", {"booking_ids": held}).json()
    made = post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": held, "method": "card"}, "pay")
    bank.pay(made.json()["redirect_url"])
    bank.tell_everything()
    assert papers() == [("invoice", "FE-2026/1", "TD01", 10830, 0)]
    assert Document.objects.get().activity == "mixed"
    squares()


def test_an_issuer_that_numbers_no_receipts_invoices(cast, bank):
    NumberSeries.objects.filter(issuer=cast.lead.issuer, code="RC").delete()
    buy(client(cast.ada), bank, cast.room)
    assert papers() == [("invoice", "FE-2026/1", "TD01", 9000, 0)]


def test_what_waited_for_data_is_a_receipt_when_they_are_there(cast, bank, at):
    booking = book(cast.ada, cast.room, rome("2026-12-03 10:00"))
    made = checkout(cast.ada, quote(cast.ada, [booking], None).pk, "card")
    tax_code, cast.ada.tax_code = cast.ada.tax_code, ""
    cast.ada.save()
    payments.settle(made.order.payments.get().pk)
    assert papers() == []
    at("2026-12-02 14:00")  # 20 hours before: half of it
    cancel_for_good(cast.ada, booking.pk)
    cast.ada.tax_code = tax_code
    cast.ada.save()
    office = client(cast.franco)
    waits = office.get("/api/v1/incomplete-sales").json()["data"][0]
    assert post(office, f"/incomplete-sales/{waits['id']}/complete").status_code == 200
    completion.credit_late(**OutboxRow.objects.get(kind="billing.credit_late").payload)
    assert papers() == [("receipt", "RC-2026/1", "", 9000, 0), ("credit_note", "RC-2026/2", "", 4500, 0)]
    # The books are whole; what the gateway was never paid it cannot give back.
    found = findings(office, cast, "2026-12")["findings"]
    assert [one["code"] for one in found] == ["refund-stuck"]


def test_only_what_has_no_vat_is_sold_by_receipt(members, cast):
    for wrong in ({"percent": Decimal(22), "natura": ""}, {"natura": "N3.5"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            VatRate.objects.filter(pk=members.pk).update(**wrong)
