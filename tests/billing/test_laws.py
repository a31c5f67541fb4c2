"""The law beside what bears no VAT: what was mended of it is what registers and credits say from then on."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum

from billing.books import vat_register
from billing.models import Document, DocumentRate, Entry, Transmission
from billing.papers.as_written import as_written
from billing.papers.documents import credits_left, summaries_of
from billing.papers.reissuing import reworded
from core import outbox
from core.ids import encode
from core.money import Money
from tests.api import client
from tests.billing.conftest import LINE
from tests.billing.office import issued, post, receipt, upload
from tests.billing.test_natura import reject, sold
from tests.billing.test_reissuing import correct, xml

pytestmark = pytest.mark.django_db
WRONG, RIGHT = "Art. 10", "Esente art. 10 c. 1 n. 20 DPR 633/72"
OTHER = "Esente art. 10 c. 1 n. 11 DPR 633/72"  # by its letters before the right one
EXEMPT = LINE | {"quantity": "2", "rate": "0", "natura": "N4", "legal_text": WRONG}


def refund(office, payment, cents):
    told = {"amount_cents": cents, "reason": "Guasto"}
    answer = post(office, f"/payments/{encode('pay', payment.pk)}/refunds", told)
    assert answer.status_code == 201, answer.json()
    outbox.drain()


def summed(office):
    shown = office.get("/api/v1/documents?include=totals").json()["totals"]["by_rate"]
    return [(r["natura"], r["legal_text"], r["net"]["cents"]) for r in shown]


def test_of_what_was_rejected_for_its_law_a_refund_names_the_law_that_was_mended(cast, at):
    payment, invoice = sold(cast, at)
    office = client(cast.franco)
    [paper] = office.get("/api/v1/documents").json()["data"]
    reject(office)
    entered = list(Entry.objects.order_by("pk").values())
    answer = correct(office, paper, rates=[{"place": 0, "legal_text": RIGHT}])
    assert answer.status_code == 200, answer.json()
    assert list(Entry.objects.order_by("pk").values()) == entered, "the takings know no law"
    sent = Transmission.objects.latest("file_name")
    assert upload(office, receipt(sent.file_name), "accepted.xml").status_code < 300
    assert office.get(f"/api/v1/documents/{paper['id']}").json()["sdi"]["state"] == "delivered"
    assert summed(office) == [("N4", RIGHT, 1830)]

    refund(office, payment, 500)
    [note] = office.get("/api/v1/documents?kind=credit_note").json()["data"]
    content = xml(office, note)
    assert content.count(f"<RiferimentoNormativo>{RIGHT}</RiferimentoNormativo>") == 1
    assert content.count("<RiferimentoNormativo>") == 1
    assert summed(office) == [("N4", RIGHT, 1330)]
    months = date(2026, 11, 1), date(2026, 12, 1)
    assert [(r[1], r[3], r[4].cents) for r in vat_register.by_rate(cast.lead.issuer, *months).rows] == [
        ("N4", 2, 1330)
    ]
    assert Document.objects.get(pk=invoice.pk).gross.cents == 1830


def test_each_of_two_laws_is_mended_alone_and_back(office, ask):
    made = issued(office, ask(lines=[EXEMPT, EXEMPT | {"legal_text": OTHER, "quantity": "1"}]))
    rows = list(DocumentRate.objects.order_by("pk").values())
    for law in (RIGHT, WRONG, RIGHT):
        reject(office)
        place = next(n for n, r in enumerate(_rates(office, made)) if r["legal_text"] != OTHER)
        assert correct(office, made, rates=[{"place": place, "legal_text": law}]).status_code == 200
        found = {s.key.legal_text: s.net.cents for s in summaries_of(Document.objects.get())}
        assert found == {law: 5000, OTHER: 2500}
    assert list(DocumentRate.objects.order_by("pk").values())[: len(rows)] == rows
    assert DocumentRate.objects.aggregate(n=Sum("net"), v=Sum("vat"))["n"].cents == 7500
    reject(office)
    assert correct(office, made, reasons=["Altro"]).status_code == 200
    assert not DocumentRate.objects.filter(version=5).exists(), "other words move no summary"


def _rates(office, paper):
    return office.get(f"/api/v1/documents/{paper['id']}/as-written").json()["rates"]


def test_what_was_credited_under_the_law_of_before_counts_under_the_mended_one(cast, at):
    """0.30 and 0.30 at 22 %: a base of 0.25 and one of 0.24, for of 0.60 it is 0.49; whatever law each note names."""
    payment, invoice = sold(cast, at, percent=22, natura="")
    office = client(cast.franco)
    reject(office)
    refund(office, payment, 30)
    [paper] = office.get("/api/v1/documents?kind=invoice").json()["data"]
    assert correct(office, paper, rates=[{"place": 0, "legal_text": RIGHT}]).status_code == 200
    refund(office, payment, 30)
    refund(office, payment, invoice.gross.cents - 60)
    notes = [s for d in Document.objects.filter(corrects=invoice).order_by("pk") for s in summaries_of(d)]
    assert [s.key.legal_text for s in notes] == [WRONG, RIGHT, RIGHT]
    assert [s.net.cents for s in notes] == [25, 24, invoice.net.cents - 49]


def test_of_two_laws_the_one_that_was_credited_is_not_credited_again_under_another_name(cast, office, ask):
    made = issued(office, ask(lines=[EXEMPT, EXEMPT | {"legal_text": OTHER, "quantity": "1"}]))
    reject(office)
    note = ask(kind="credit_note", type="TD04", corrects_id=made["id"], lines=[EXEMPT])
    assert post(office, "/documents", note).status_code == 201
    outbox.drain()
    place = next(n for n, r in enumerate(_rates(office, made)) if r["legal_text"] == WRONG)
    assert correct(office, made, rates=[{"place": place, "legal_text": RIGHT}]).status_code == 200
    invoice = Document.objects.get(kind="invoice")
    left = credits_left(invoice, {(Decimal(0), "N4"): Money(2500)}) or []
    assert [(s.key.legal_text, s.net.cents) for s in left] == [(OTHER, 2500)]


@pytest.fixture
def two(office, ask):
    """An invoice of 50.00 and 25.00 under N4, each by a law of its own."""
    return issued(office, ask(lines=[EXEMPT, EXEMPT | {"legal_text": OTHER, "quantity": "1"}]))


def lines_of(office, paper):
    written = office.get(f"/api/v1/documents/{paper['id']}/as-written").json()
    return written, [(f"{float(line['quantity']):g}", line["legal_text"]) for line in written["lines"]]


def test_a_credit_note_begun_of_two_laws_keeps_each_line_s_own(office, ask, two):
    written, lines = lines_of(office, two)
    assert lines == [("2", WRONG), ("1", OTHER)]
    note = post(office, "/documents", ask(kind="credit_note", corrects_id=two["id"], lines=written["lines"]))
    assert note.status_code == 201, note.json()
    outbox.drain()
    content = xml(office, note.json())
    assert [content.count(f">{law}<") for law in (WRONG, OTHER)] == [1, 1]
    found = {s.key.legal_text: s.net.cents for s in summaries_of(Document.objects.get(kind="credit_note"))}
    assert found == {WRONG: 5000, OTHER: 2500}


def test_laws_that_change_places_are_mended_on_their_lines_too(office, two):
    reject(office)
    laws = [rate["legal_text"] for rate in _rates(office, two)]
    swapped = [{"place": n, "legal_text": law} for n, law in enumerate(reversed(laws))]
    assert correct(office, two, rates=swapped).status_code == 200
    assert lines_of(office, two)[1] == [("2", OTHER), ("1", WRONG)]
    reject(office)
    place = next(n for n, r in enumerate(_rates(office, two)) if r["legal_text"] == WRONG)
    told = [{"place": place, "natura": "N2.2", "legal_text": RIGHT}, {"place": 1 - place, "natura": "N2.2"}]
    assert correct(office, two, rates=told).status_code == 200
    assert lines_of(office, two)[1] == [("2", OTHER), ("1", RIGHT)]


def test_what_was_frozen_before_lines_said_their_law_is_read_as_it_was(office, two):
    snapshot = Document.objects.get().revisions.get().snapshot
    for line in snapshot["electronic"]["lines"]:
        del line["legal_text"]
    assert [line["legal_text"] for line in as_written(snapshot)["lines"]] == [WRONG, WRONG]
    other = reworded(snapshot, {"rates": [{"place": 0, "legal_text": RIGHT}]})
    assert [line["legal_text"] for line in as_written(other)["lines"]] == [RIGHT, RIGHT]
    assert "legal_text" not in other["electronic"]["lines"][0]
