"""With a person who is erased goes what VIES said of their number, but for when an invoice bears it."""

from __future__ import annotations

import pytest

from billing.models import Document, Revision, VatCheck
from billing.papers import vat_checks, vies
from core import outbox
from core.ids import encode, uuid7
from core.retention import erase
from people.models import Organisation, Person
from tests.api import client, post
from tests.billing.union_register import DE

pytestmark = pytest.mark.django_db
SEAT = {"street": "Hauptstraße 1", "postcode": "10115", "city": "Berlin", "province": "", "country": "DE"}
LINE = {"description": "Sala", "unit_price": "100.00", "rate": "22"}


@pytest.fixture
def berlin(ask, wished, cast):
    """Ada has a number in Germany, which is asked about."""
    answer = client(cast.ada).patch("/api/v1/people/me", {**SEAT, "vat_number": DE})
    assert answer.status_code == 200, answer.json()
    return wished


def invoiced(office, ask, cast):
    of_ada = ask(person_id=encode("per", cast.ada.pk), lines=[LINE])
    del of_ada["organisation_id"]
    made = post(office, "/documents", of_ada, "bill")
    assert made.status_code == 201, made.json()


def left():
    return list(VatCheck.objects.values_list("state", "told_name", "told_address", "again_at"))


def test_an_invoice_that_bears_the_number_keeps_when_it_was_asked_about(berlin, office, ask, cast):
    outbox.drain()
    invoiced(office, ask, cast)
    assert VatCheck.objects.get().told_name == "Beispiel Aktiengesellschaft"
    erase(cast.ada.pk)
    assert left() == [("valid", "", "", None)]


def test_an_invoice_without_the_number_keeps_nothing(berlin, office, ask, cast):
    outbox.drain()
    Person.objects.filter(pk=cast.ada.pk).update(vat_number="DE136695976")
    invoiced(office, ask, cast)
    erase(cast.ada.pk)
    assert left() == []


def test_an_invoice_of_another_issuer_keeps_nothing(berlin, office, ask, cast):
    outbox.drain()
    invoiced(office, ask, cast)
    VatCheck.objects.update(issuer=cast.member.issuer)
    erase(cast.ada.pk)
    assert left() == []


def test_an_invoice_to_a_body_that_the_person_paid_keeps_nothing(berlin, office, ask, cast):
    outbox.drain()
    body = Organisation.objects.create(name="Beispiel GmbH", vat_number=DE, **SEAT)
    made = post(office, "/documents", ask(organisation_id=encode("org", body.pk), lines=[LINE]), "bill")
    assert made.status_code == 201, made.json()
    whole, revision = Document.objects.get(), Revision.objects.get()
    whole.pk = revision.pk = uuid7()
    whole.ordinal, whole.number, whole.person = whole.ordinal + 1, "by Ada", cast.ada
    whole.save(force_insert=True)
    revision.document = whole
    revision.save(force_insert=True)
    erase(cast.ada.pk)
    assert left() == []


@pytest.mark.parametrize("asked_before", [False, True])
def test_an_answer_under_way_writes_nothing_back(berlin, office, ask, cast, monkeypatch, asked_before):
    invoiced(office, ask, cast)
    if asked_before:
        berlin.fails = ["MS_UNAVAILABLE"]
        outbox.drain()
    asked = vies.ask

    def meanwhile(about, by):
        erase(cast.ada.pk)
        return asked(about, by)

    monkeypatch.setattr(vies, "ask", meanwhile)
    outbox.drain()
    if asked_before:
        vat_checks.look_up(VatCheck.objects.get().pk)
    assert left() == ([("unanswered", "", "", None)] if asked_before else [])
