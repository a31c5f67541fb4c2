"""Quotations and pro-formas: written like documents, met by no register, accepted into an invoice once."""

from __future__ import annotations

import itertools

import pytest

from billing.books import exports, vat_register
from billing.models import Document, Entry, Issuer, NumberCounter, Preliminary, Transmission
from billing.papers.pdf import page_of
from billing.papers.registers import month_of
from core import outbox, retention
from core.ids import decode, encode
from people.models import Organisation, Person
from tests.api import client
from tests.api import post as post_once
from tests.billing.conftest import LINE
from tests.cast import ADDRESS

pytestmark = pytest.mark.django_db

KEYS = itertools.count()
N22 = LINE | {"rate": "0", "natura": "N2.2", "legal_text": "Fuori campo IVA art. 4 DPR 633/72"}


def post(api, path, body, key=None):
    return post_once(api, path, body, key or f"k{next(KEYS)}")


@pytest.fixture
def write(office, ask):
    def wanted(kind="quotation", **more):
        until = None if kind == "pro_forma" else "2026-11-30"
        told = {"kind": kind, "valid_until": more.pop("valid_until", until)}
        return post(office, "/preliminaries", told | {"document": ask(**more)})

    return wanted


@pytest.fixture
def written(write):
    def sure(*args, **more):
        answer = write(*args, **more)
        assert answer.status_code == 201, answer.json()
        return answer.json()

    return sure


def accept(office, paper, **body):
    return post(office, f"/preliminaries/{paper['id']}/accept", body)


def frozen(paper):
    return Preliminary.objects.get(pk=decode("pre", paper["id"]))


def test_a_quotation_says_what_an_invoice_would_and_is_none(office, written, cast):
    paper = written()
    assert (paper["number"], paper["state"], paper["valid_until"]) == ("PREV-2026/1", "open", "2026-11-30")
    assert (paper["net"]["cents"], paper["vat"]["cents"], paper["gross"]["cents"]) == (7500, 1650, 9150)
    outbox.drain()
    assert not Document.objects.exists()
    assert not Entry.objects.exists()
    assert not NumberCounter.objects.exists()
    assert not Transmission.objects.exists()
    assert office.get("/api/v1/documents").json()["data"] == []
    days = month_of("2026-10")
    assert vat_register.by_rate(cast.lead.issuer, *days).rows == []
    assert not exports.documents_of(cast.lead.issuer.pk, *days).exists()


def test_its_page_says_in_both_languages_that_it_is_no_invoice_and_until_when_it_is_valid(office, written):
    paper = written()
    page = page_of(frozen(paper).snapshot)
    assert "Preventivo PREV-2026/1" in page
    assert "Valido fino al 30/11/2026" in page
    assert "non è una fattura" in page
    assert "This paper is no invoice" in page
    assert "Copia di cortesia" not in page
    answer = office.get(paper["href"])
    assert answer.content.startswith(b"%PDF-")
    assert answer.content == office.get(paper["href"]).content


def test_each_kind_has_numbers_of_its_own_and_only_a_quotation_needs_a_last_day(written, write):
    numbers = [written(kind)["number"] for kind in ("quotation", "pro_forma", "quotation")]
    assert numbers == ["PREV-2026/1", "PROF-2026/1", "PREV-2026/2"]
    lacking, past = write(valid_until=None), write(valid_until="2026-10-19")
    for answer, code in ((lacking, "required"), (past, "past")):
        assert answer.status_code == 422
        assert [(p["pointer"], p["code"]) for p in answer.json()["pointers"]] == [("/valid_until", code)]


def test_what_was_quoted_is_what_is_invoiced_in_one_act(office, written):
    lines = [LINE | {"discounts": [{"percent": "10"}]}, LINE | {"rate": "10", "unit_price": "33.33"}]
    paper = written(lines=lines, reasons=["Corso di ceramica"])
    answer = accept(office, paper).json()
    assert answer["state"] == "accepted"
    outbox.drain()
    made = Document.objects.get()
    assert answer["document"] == {"id": encode("doc", made.pk), "name": made.number}
    assert {"cents": made.gross.cents, "currency": "EUR"} == paper["gross"]
    content = office.get(f"/api/v1/documents/{answer['document']['id']}/files/xml").content.decode()
    assert "<Causale>Corso di ceramica</Causale>" in content
    assert "<Causale>Rif. preventivo PREV-2026/1 del 20/10/2026</Causale>" in content
    assert sum(entry.net.cents for entry in Entry.objects.all()) == made.net.cents


def test_it_is_accepted_once_and_not_after_its_last_day_or_once_withdrawn(office, written, cast, at):
    paper = written()
    assert post(office, f"/preliminaries/{paper['id']}/accept", {}, "same").status_code == 200
    assert post(office, f"/preliminaries/{paper['id']}/accept", {}, "same").json()["state"] == "accepted"
    over = {"accepted": paper, "withdrawn": written(), "expired": written()}
    assert (
        post(office, f"/preliminaries/{over['withdrawn']['id']}/withdraw", {}).json()["state"] == "withdrawn"
    )
    at("2026-11-30 23:30")
    office = client(cast.franco)  # a session ends by then
    last_day = office.get(f"/api/v1/preliminaries/{over['expired']['id']}").json()
    assert (last_day["state"], last_day["actions"]["accept"]["allowed"]) == ("open", True)
    at("2026-12-01 00:30")
    for state, one in over.items():
        refused = accept(office, one)
        assert (refused.status_code, refused.json()["code"], refused.json()["data"]) == (
            409,
            "illegal-move",
            {"state": state},
        )
        assert post(office, f"/preliminaries/{one['id']}/withdraw", {}).status_code == 409
        seen = office.get(f"/api/v1/preliminaries/{one['id']}").json()
        assert seen["state"] == state
        assert [r["code"] for r in seen["actions"]["accept"]["reasons"]] == [f"preliminary-{state}"]
    assert Document.objects.count() == 1


def test_where_the_invoice_would_be_another_amount_the_difference_is_told_first(office, written, cast):
    """100.00 without VAT and 2.00 of stamp duty; the issuer enters the third sector, which owes none."""
    paper = written(lines=[N22 | {"quantity": "1", "unit_price": "100.00"}])
    assert paper["gross"]["cents"] == 10200
    Issuer.objects.filter(partner=cast.lead).update(third_sector=True)
    told = accept(office, paper)
    assert (told.status_code, told.json()["code"]) == (409, "price-changed")
    assert [told.json()["data"][name]["cents"] for name in ("quoted", "total")] == [10200, 10000]
    assert not Document.objects.exists()
    assert accept(office, paper, gross_cents=10100, due_cents=10100).status_code == 409
    assert accept(office, paper, gross_cents=10000, due_cents=10000).status_code == 200
    assert Document.objects.get().gross.cents == 10000


def test_the_same_total_of_which_less_is_to_be_paid_is_told_first_too(office, written):
    paper = written()
    whole = paper["gross"]["cents"]
    Preliminary.objects.update(due=whole - 500)  # more was withheld of it then
    told = accept(office, paper).json()
    assert told["code"] == "price-changed"
    assert [told["data"][name]["cents"] for name in ("quoted_due", "due")] == [whole - 500, whole]
    for seen in ({"gross_cents": whole}, {"gross_cents": whole, "due_cents": whole - 500}):
        assert accept(office, paper, **seen).json()["code"] == "price-changed"
    assert accept(office, paper, gross_cents=whole, due_cents=whole).status_code == 200


def test_what_an_invoice_lacks_is_asked_for_when_it_is_accepted(office, written, alfa):
    Organisation.objects.filter(pk=alfa.pk).update(vat_number="", city="")
    paper = written()
    assert accept(office, paper).json()["code"] == "fiscal-data-missing"
    assert frozen(paper).document is None
    Organisation.objects.filter(pk=alfa.pk).update(vat_number="00743110157", city="Torino")
    odd = written(lines=[LINE | {"rate": "0.5"}])
    assert accept(office, odd).json()["code"] == "sdi-control"
    assert frozen(odd).document is None
    assert accept(office, paper).status_code == 200


def test_its_paper_stays_as_it_was_whatever_becomes_of_customer_and_issuer(office, written, alfa, cast):
    paper = written()
    before = frozen(paper).snapshot
    Organisation.objects.filter(pk=alfa.pk).update(name="Beta S.p.A.")
    Issuer.objects.filter(partner=cast.lead).update(footer_it="Altro")
    accept(office, paper)
    assert frozen(paper).snapshot == before


def test_of_a_person_who_never_dealt_with_the_office_it_learns_no_data(office, ask, written):
    stranger = Person.objects.create_user(
        "nuova@example.org", None, name="Nuova Persona", tax_code="RSSMRA85T10A562S", **ADDRESS
    )
    body = ask(person_id=encode("per", stranger.pk))
    del body["organisation_id"]
    answer = post(office, "/preliminaries", {"kind": "pro_forma", "document": body})
    buyer = frozen(answer.json()).snapshot["buyer"]
    assert (buyer["name"], buyer["tax_code"], buyer["street"]) == ("Nuova Persona", "", "")
    page = page_of(frozen(answer.json()).snapshot)
    assert "RSSMRA85T10A562S" not in page


def test_the_list_is_filtered_and_shows_each_their_own(office, written, cast, alfa, at):
    quoted, formal = written(), written("pro_forma")
    accept(office, formal)

    def found(api, **asked):
        return [row["id"] for row in api.get("/api/v1/preliminaries", asked).json()["data"]]

    assert found(office) == [formal["id"], quoted["id"]]
    assert found(office, kind="quotation") == found(office, state="open") == [quoted["id"]]
    assert found(office, state="accepted") == found(office, q="PROF") == [formal["id"]]
    assert found(office, month="2026-10", q="alfa", issuer_id=quoted["issuer"]["id"]) == found(office)
    assert (
        found(office, month="2026-11")
        == found(office, state="withdrawn")
        == found(office, state="expired")
        == []
    )
    at("2026-12-01 09:00")
    later = client(cast.franco)
    assert found(later, state="expired") == [quoted["id"]]
    assert found(later, state="open") == []
    assert found(client(cast.carla)) == found(client(cast.elena)) == []


def test_the_customer_reads_it_and_decides_nothing(cast, ask, office):
    body = ask(person_id=encode("per", cast.ada.pk))
    del body["organisation_id"]
    paper = post(office, "/preliminaries", {"kind": "pro_forma", "document": body}).json()
    ada = client(cast.ada)
    assert ada.get(f"/api/v1/preliminaries/{paper['id']}").json()["actions"] == {}
    assert ada.get(paper["href"]).status_code == 200
    for act in ("accept", "withdraw"):
        assert post(ada, f"/preliminaries/{paper['id']}/{act}", {}).status_code == 403
        assert post(client(cast.carla), f"/preliminaries/{paper['id']}/{act}", {}).status_code == 404


def test_a_list_of_many_costs_as_many_statements_as_one_of_few(office, written, queries):
    for _ in range(5):
        accept(office, written())
    written()
    office.get("/api/v1/preliminaries")
    with queries(9):
        assert len(office.get("/api/v1/preliminaries").json()["data"]) == 6


def test_a_body_that_was_only_offered_something_is_still_found_by_name(office, written, alfa, cast):
    written()
    for api in (office, client(cast.elena)):
        found = api.get("/api/v1/customers", {"q": "Alfa"}).json()["data"]
        assert [row["id"] for row in found] == [encode("org", alfa.pk)]
    assert office.get(f"/api/v1/customers/{encode('org', alfa.pk)}").json()["actions"]["edit"]["allowed"]


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_ten_years_as_letters_of_a_business_are(office, written, as_owner):
    old, young = written("pro_forma"), written("pro_forma")
    accept(office, old)
    day = "UPDATE billing_{} SET {} = '2014-03-01' WHERE id = %s"
    as_owner(day.format("preliminary", "written_on"), [decode("pre", old["id"])])
    as_owner(day.format("document", "issued_on"), [Document.objects.get().pk])
    retention.forget()
    assert [encode("pre", paper.pk) for paper in Preliminary.objects.all()] == [young["id"]]
    assert not Document.objects.exists()
