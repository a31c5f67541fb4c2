"""K05: an issuer with several series for one kind of document says which is usual, and which is for public offices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.api.wishes import NewDocument, wish_of
from billing.models import Document, NumberSeries
from billing.papers import issuing
from billing.paying import payments
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.models import Booking
from core.ids import encode
from people.models import Organisation
from people.roles import standing
from tests.api import client
from tests.billing.conftest import LINE
from tests.billing.office import issued, post
from tests.billing.sales import book, give_back
from tests.cast import ADDRESS, rome

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Organisation.objects.create(
        name="Comune di Torino",
        kind="public",
        tax_code="00514490010",
        vat_number="00514490010",
        recipient_code="UFABCD",
        **ADDRESS,
    )


@pytest.fixture
def address(cast):
    return f"/api/v1/issuers/{encode('iss', cast.lead.issuer.pk)}"


@pytest.fixture
def add(office, cast):
    issuer = f"/issuers/{encode('iss', cast.lead.issuer.pk)}"

    def added(code, *kinds, **more):
        answer = post(office, f"{issuer}/series", {"code": code, "kinds": kinds} | more)
        assert answer.status_code == 201, answer.json()
        return encode("nse", NumberSeries.objects.get(issuer=cast.lead.issuer, code=code).pk)

    return added


@pytest.fixture
def three(add, office, address, cast):
    """`FE` as before, `PA` for public offices, `NC` for credit notes; by code."""
    fe = encode("nse", cast.lead.issuer.number_series.get(code="FE").pk)
    found = {"FE": fe, "PA": add("PA", "invoice", "receipt"), "NC": add("NC", "credit_note")}
    told = [
        {"kind": "invoice", "usual_id": fe, "public_id": found["PA"]},
        {"kind": "credit_note", "usual_id": found["NC"]},
    ]
    answer = office.patch(address, {"numbering": told}, format="json")
    assert answer.status_code == 200, answer.json()
    return found


def number_of(office, body):
    return issued(office, body)["number"]


def of(ask, town):
    return ask(organisation_id=encode("org", town.pk))


def numbering(office, address):
    rows = office.get(address).json()["numbering"]
    return {
        row["kind"]: (row["usual"]["name"], row["public"] and row["public"]["name"], [s["name"] for s in row["among"]])
        for row in rows
    }  # fmt: skip


def test_k05_public_offices_and_credit_notes_have_numbers_of_their_own(office, ask, three, town):
    assert number_of(office, ask()) == "FE-2026/1"
    assert number_of(office, of(ask, town)) == "PA-2026/1"
    second = issued(office, ask())
    assert second["number"] == "FE-2026/2"
    credit = ask(kind="credit_note", corrects_id=second["id"])
    assert number_of(office, credit) == "NC-2026/1"
    assert number_of(office, of(ask, town)) == "PA-2026/2"
    assert number_of(office, ask()) == "FE-2026/3"


@pytest.mark.django_db(transaction=True)
def test_a_sale_to_a_public_office_and_its_refund_are_numbered_alike(three, cast, town):
    held = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    Booking.objects.filter(pk=held.pk).update(organisation=town)
    made = checkout(cast.ada, quote(cast.ada, [Booking.objects.get()], town).pk, "card")
    payments.settle(made.order.payments.get().pk)
    payment = made.order.payments.get()
    invoice = Document.objects.get()
    assert invoice.number == "PA-2026/1"
    give_back(held, payment, 500)
    note = Document.objects.get(kind="credit_note")
    assert (note.number, note.corrects) == ("NC-2026/1", invoice)


def test_who_writes_by_hand_may_choose_among_the_series_of_the_kind_and_no_other(office, ask, three):
    seen = office.post("/api/v1/documents/preview", ask(), format="json").json()
    assert seen["series"]["usual"] == {"id": three["FE"], "name": "FE"}
    assert [s["name"] for s in seen["series"]["among"]] == ["FE", "PA"]
    assert number_of(office, ask(series_id=three["PA"])) == "PA-2026/1"
    refused = post(office, "/documents", ask(series_id=three["NC"]))
    assert refused.status_code == 422
    assert [(p["pointer"], p["code"]) for p in refused.json()["pointers"]] == [("/series_id", "another-kind")]
    assert "sezionale" in refused.json()["pointers"][0]["detail"]
    assert number_of(office, ask()) == "FE-2026/1"


def test_a_preview_to_a_public_office_says_that_its_series_is_the_usual_one(office, ask, three, town):
    seen = office.post("/api/v1/documents/preview", of(ask, town), format="json").json()
    assert seen["series"]["usual"]["name"] == "PA"


def test_another_issuer_s_series_is_none_of_its(office, ask, cast, address):
    theirs = cast.member.issuer.number_series.get(code="FE")
    refused = post(office, "/documents", ask(series_id=encode("nse", theirs.pk)))
    assert [(p["pointer"], p["code"]) for p in refused.json()["pointers"]] == [
        ("/series_id", "another-issuer")
    ]
    told = [{"kind": "invoice", "usual_id": encode("nse", theirs.pk)}]
    refused = office.patch(address, {"numbering": told}, format="json")
    assert [p["pointer"] for p in refused.json()["pointers"]] == ["/numbering/0/usual_id"]


def test_who_says_nothing_has_the_first_series_by_its_code_as_ever(office, ask, cast, town):
    NumberSeries.objects.create(issuer=cast.lead.issuer, code="AA", kinds=["invoice"])
    assert number_of(office, ask()) == "AA-2026/1"
    assert number_of(office, of(ask, town)) == "AA-2026/2"


def test_a_series_that_is_added_takes_nothing_from_the_usual_one(office, ask, add, address):
    add("AA", "invoice", last=41)
    assert numbering(office, address)["invoice"] == ("FE", None, ["AA", "FE"])
    assert number_of(office, ask()) == "FE-2026/1"
    chosen = next(s for s in office.get(address).json()["series"] if s["code"] == "AA")
    assert number_of(office, ask(series_id=chosen["id"])) == "AA-2026/42"


def test_a_choice_is_taken_back_and_a_code_is_not_given_twice(office, ask, three, address, town, cast):
    assert numbering(office, address) == {
        "invoice": ("FE", "PA", ["FE", "PA"]),
        "credit_note": ("NC", None, ["FE", "NC"]),
        "receipt": ("RC", None, ["PA", "RC"]),
    }
    told = [{"kind": "invoice", "usual_id": three["FE"], "public_id": None}]
    office.patch(address, {"numbering": told}, format="json")
    assert numbering(office, address)["invoice"] == ("FE", None, ["FE", "PA"])
    assert number_of(office, of(ask, town)) == "FE-2026/1"
    issuer = f"/issuers/{encode('iss', cast.lead.issuer.pk)}"
    again = post(office, f"{issuer}/series", {"code": "PA", "kinds": ["invoice"]})
    assert [(p["pointer"], p["code"]) for p in again.json()["pointers"]] == [("/code", "taken")]


def test_another_partner_s_office_adds_no_series(cast, address):
    elena = client(cast.elena)
    path = address.removeprefix("/api/v1")
    assert post(elena, f"{path}/series", {"code": "PA", "kinds": ["invoice"]}).status_code == 404
    assert not NumberSeries.objects.filter(code="PA").exists()


def test_of_a_kind_without_a_series_nothing_is_written_and_it_is_said(office, ask, cast):
    cast.lead.issuer.number_series.all().delete()
    refused = office.post("/api/v1/documents/preview", ask(), format="json")
    assert [(p["pointer"], p["code"]) for p in refused.json()["pointers"]] == [("/kind", "no-series")]


def test_a_series_that_was_renamed_meanwhile_numbers_under_its_new_code(cast, office, ask):
    told = NewDocument(data=ask(lines=[LINE]))
    told.is_valid(raise_exception=True)
    wish = wish_of(told.validated_data, standing(cast.franco))
    seen = NumberSeries.objects.create(issuer=cast.lead.issuer, code="OLD", kinds=["invoice"])
    NumberSeries.objects.filter(pk=seen.pk).update(code="NEW")
    assert issuing._issue(cast.franco, replace(wish, chosen=seen)).number.startswith("NEW-")
