"""An office's customers: found by name, or by a number that one knows; written once; mended where one answers for them."""

from __future__ import annotations

from datetime import date

import pytest

from billing.models import Document, OnAccount, Programme
from billing.papers.fault_places import place_of, whose
from booking.models import Booking
from core.ids import encode
from core.models import LogEntry, Mail
from people.models import Membership, Organisation, Person
from tests.api import client, post
from tests.billing.conftest import LINE
from tests.billing.sales import book
from tests.cast import ADDRESS, LONG_AGO, rome

pytestmark = pytest.mark.django_db

NEW = {"kind": "company", "name": "Beta S.r.l.", "vat_number": "06987650378", **ADDRESS}


def patch(api, path, body):
    return api.patch(f"/api/v1{path}", body)


def found(api, q):
    return [one["name"] for one in api.get(f"/api/v1/customers?q={q}").json()["data"]]


@pytest.fixture
def billed(office, ask, alfa, cast):
    """Alfa has a delegate of its own and an invoice of the lead's."""
    Membership.objects.create(person=cast.carla, organisation=alfa, is_delegate=True, from_on=LONG_AGO)
    answer = post(office, "/documents", ask(), "billed")
    assert answer.status_code == 201, answer.json()
    return alfa


def test_a_customer_is_found_by_a_part_of_the_name_and_whoever_looked_is_written_down(office, billed):
    assert found(office, "alf") == ["Alfa S.p.A."]
    row = LogEntry.objects.filter(act="see-customers").latest("at")
    assert row.data["ids"] == [encode("org", billed.pk)]


def test_another_s_customer_is_found_only_by_a_number_that_one_knows(billed, cast):
    elena = client(cast.elena)
    address = f"/api/v1/customers/{encode('org', billed.pk)}"
    assert found(elena, "alf") == []
    assert found(elena, "IT00743110157") == ["Alfa S.p.A."]
    assert found(elena, "007431101") == []
    assert elena.get(address).status_code == 404
    assert patch(elena, f"/customers/{encode('org', billed.pk)}", {"city": "Ivrea"}).status_code == 404
    assert Organisation.objects.get(pk=billed.pk).city == "Torino"


def test_a_person_is_found_by_the_whole_address_and_by_name_once_a_customer(office, cast, ask):
    assert found(office, cast.ada.email) == [cast.ada.name]
    assert found(office, cast.ada.name[:3]) == []
    body = ask(organisation_id=None, person_id=encode("per", cast.ada.pk))
    assert post(office, "/documents", body, "k").status_code == 201
    assert found(office, cast.ada.name[:3]) == [cast.ada.name]


def test_a_customer_is_written_once_and_may_be_completed_and_billed(office, ask):
    made = post(office, "/customers", NEW | {"city": ""}, "one")
    assert made.status_code == 201, made.json()
    assert made.json()["missing"] == ["city"]
    again = post(office, "/customers", NEW | {"city": ""}, "one")
    assert again.json()["id"] == made.json()["id"]
    second = post(office, "/customers", NEW, "two")
    assert [(p["pointer"], p["code"]) for p in second.json()["pointers"]] == [("/vat_number", "taken")]
    assert found(office, "beta") == ["Beta S.r.l."]
    mended = patch(office, f"/customers/{made.json()['id']}", {"city": "Torino", "recipient_code": "abc1234"})
    assert (mended.status_code, mended.json()["missing"]) == (200, [])
    assert mended.json()["recipient_code"] == "ABC1234"
    assert post(office, "/documents", ask(organisation_id=made.json()["id"]), "bill").status_code == 201
    kept = LogEntry.objects.filter(act="mend-customer").get().data
    assert kept == {"fields": ["city", "recipient_code"], "old": {"city": "", "recipient_code": ""}}


def test_a_person_is_written_whole_and_cannot_sign_in(office):
    told = {"kind": "person", "name": "Piera Verdi", "tax_code": "VRDPRI85T50A562D", **ADDRESS}
    assert post(office, "/customers", told, "a").status_code == 422
    lacking = post(office, "/customers", told | {"email": "Piera@example.org", "street": ""}, "b")
    assert [p["pointer"] for p in lacking.json()["pointers"]] == ["/street"]
    made = post(office, "/customers", told | {"email": "Piera@example.org"}, "c")
    assert made.status_code == 201, made.json()
    piera = Person.objects.get(email="piera@example.org")
    assert not piera.has_usable_password()
    taken = post(office, "/customers", told | {"email": "piera@example.org"}, "d")
    assert {p["pointer"] for p in taken.json()["pointers"]} == {"/email", "/tax_code"}


@pytest.mark.parametrize(("country", "language"), [("IT", "it"), ("SM", "it"), ("US", "en")])
def test_who_was_written_down_is_sent_papers_in_the_language_of_their_country(office, ask, country, language):
    told = {"kind": "person", "name": "Jean Doe", "email": "jean@example.org", **ADDRESS}
    told |= {"tax_code": "VRDPRI85T50A562D"} if country == "IT" else {"country": country, "province": ""}
    told |= {} if country == "IT" else {"postcode": "02108"}
    made = post(office, "/customers", told, "a")
    assert made.status_code == 201, made.json()
    assert Person.objects.get(email="jean@example.org").language == language
    body = {k: v for k, v in ask(person_id=made.json()["id"]).items() if k != "organisation_id"}
    assert post(office, "/documents", body, "b").status_code == 201
    assert Document.objects.get().language == language


def test_wrong_numbers_are_told_where_they_stand(office, billed):
    answer = patch(office, f"/customers/{encode('org', billed.pk)}", {"vat_number": "123"})
    assert [(p["pointer"], p["code"]) for p in answer.json()["pointers"]] == [
        ("/vat_number", "vat-number-wrong")
    ]


def test_a_partner_s_own_data_are_its_own(cast, office, ask):
    other = cast.member.organisation
    other.kind, other.vat_number, other.tax_code = "association", "", "06987650378"
    other.save()
    body = ask(organisation_id=encode("org", other.pk))
    assert post(office, "/documents", body, "k").status_code == 201
    address = f"/customers/{encode('org', other.pk)}"
    shown = office.get(f"/api/v1{address}").json()
    assert [r["code"] for r in shown["actions"]["edit"]["reasons"]] == ["of-a-partner"]
    assert patch(office, address, {"vat_number": "00743110157"}).status_code == 403


def small(cast, **whose):
    """A body for an invoice of a cent by the member partner."""
    issuer = encode("iss", cast.member.issuer.pk)
    return {"issuer_id": issuer, "lines": [LINE | {"quantity": "1", "unit_price": "0.01"}], **whose}


@pytest.mark.parametrize("tie", ["agreement", "programme", "booking"])
def test_what_a_partner_has_begun_with_a_body_is_no_other_office_s(cast, office, alfa, tie):
    elena, address = client(cast.elena), f"/customers/{encode('org', alfa.pk)}"
    assert found(elena, "alf") == ["Alfa S.p.A."]
    if tie == "agreement":
        OnAccount.objects.create(issuer=cast.lead.issuer, organisation=alfa)
    elif tie == "programme":
        Programme.objects.create(
            venue=cast.venue, sponsor=alfa, name="Prove", from_on=LONG_AGO, until_on=date(2027, 1, 1)
        )
    else:
        book(cast.ada, cast.room, rome("2026-12-03 09:00"))
        Booking.objects.update(organisation=alfa)
    assert found(elena, "alf") == []
    assert patch(elena, address, {"recipient_code": "ELENA12"}).status_code == 404
    assert found(office, "alf") == ["Alfa S.p.A."]
    assert patch(office, address, {"city": "Ivrea"}).status_code == 200


@pytest.mark.parametrize("kind", ["body", "person"])
def test_a_small_invoice_does_not_buy_where_the_others_are_sent(cast, office, ask, alfa, kind):
    one = alfa if kind == "body" else cast.ada
    name = "organisation_id" if kind == "body" else "person_id"
    whose = {"organisation_id": None, name: encode(one.prefix, one.pk)}
    assert post(office, "/documents", ask(**whose), "theirs").status_code == 201
    elena, address = client(cast.elena), f"/customers/{encode(one.prefix, one.pk)}"
    assert post(elena, "/documents", small(cast, **whose), "a-cent").status_code == 201
    shown = elena.get(f"/api/v1{address}").json()
    assert (shown["actions"]["edit"]["allowed"], shown["actions"]["edit"]["reasons"][0]["code"]) == (
        False,
        "another-s-too",
    )
    answer = patch(elena, address, {"certified_email": "elena@pec.example.org"})
    assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (403, "another-s-too")
    assert patch(client(cast.ivo), address, {"city": "Ivrea"}).status_code == 200


def test_who_signs_in_is_told_what_was_changed(cast, office, billed):
    cast.bruno.set_password(cast.password)
    cast.bruno.save()
    for person, language in ((cast.bruno, "en"), (cast.carla, "it")):  # Carla never signs in
        Person.objects.filter(pk=person.pk).update(language=language)
    Membership.objects.create(person=cast.bruno, organisation=billed, is_delegate=True, from_on=LONG_AGO)
    told = {"recipient_code": "ZZZ9999", "city": billed.city}
    assert patch(office, f"/customers/{encode('org', billed.pk)}", told).status_code == 200
    letter = Mail.objects.get(subject="Billing details have been changed")
    assert letter.to == cast.bruno.email
    assert "Alfa S.p.A.: recipient code." in letter.text
    assert LogEntry.objects.get(act="mend-customer").data["old"] == {"recipient_code": "ABC1234"}
    again = patch(office, f"/customers/{encode('org', billed.pk)}", told)
    assert (again.status_code, Mail.objects.filter(subject=letter.subject).count()) == (200, 1)


def test_a_number_is_not_changed_into_somebody_else_s(office, billed):
    made = post(office, "/customers", NEW, "one").json()["id"]
    answer = patch(office, f"/customers/{made}", {"vat_number": billed.vat_number})
    assert [(p["pointer"], p["code"]) for p in answer.json()["pointers"]] == [("/vat_number", "taken")]
    assert patch(office, f"/customers/{made}", {"vat_number": NEW["vat_number"]}).status_code == 200


def test_who_may_no_longer_sign_in_is_found_by_what_is_taken(office, cast):
    Person.objects.filter(pk=cast.ada.pk).update(is_active=False)
    told = {"kind": "person", "name": "Ada", "tax_code": cast.ada.tax_code, **ADDRESS}
    taken = post(office, "/customers", told | {"email": cast.ada.email}, "k").json()["pointers"]
    assert {p["pointer"] for p in taken} == {"/email", "/tax_code"}
    assert found(office, cast.ada.email) == [cast.ada.name]
    assert cast.ada.name in found(office, cast.ada.tax_code)


@pytest.mark.parametrize(
    ("code", "where", "place", "mend"),
    [
        ("00200", "/*/FatturaElettronicaHeader/CessionarioCommittente/Sede/CAP", "/customer/postcode", "customer"),
        ("00200", "/*/FatturaElettronicaHeader/DatiTrasmissione/CodiceDestinatario", "/customer/recipient_code", "customer"),
        ("00200", "/*/FatturaElettronicaHeader/CedentePrestatore/Sede/Provincia", "/issuer/province", "issuer"),
        ("00200", "/*/FatturaElettronicaBody/DatiBeniServizi/DettaglioLinee[3]/UnitaMisura", "/lines/2/unit", "lines"),
        ("00200", "/*/FatturaElettronicaBody/DatiGenerali/DatiOrdineAcquisto/CodiceCIG", "/asked/cig", "document"),
        ("00200", "/", "", "document"),
        ("00424", "/FatturaElettronica/FatturaElettronicaBody/DatiBeniServizi/DettaglioLinee", "/lines/0/rate", "lines"),
        ("00423", "/FatturaElettronica/FatturaElettronicaBody/DatiBeniServizi/DettaglioLinee[2]", "/lines/1/unit_price", "lines"),
        ("00311", "", "/customer/recipient_code", "customer"),
        ("00301", "", "/issuer/vat_number", "issuer"),
    ],
)  # fmt: skip
def test_a_fault_leads_to_the_field_that_mends_it(code, where, place, mend):
    assert place_of(code, where) == place
    assert whose(place, "document") == mend
