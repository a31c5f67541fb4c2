"""A sale's document as an electronic invoice: valid, accepted by the controls, the same bytes every time."""

from __future__ import annotations

import pytest
from lxml import etree

from billing.models import Document, Revision
from billing.papers.controls import faults
from billing.papers.fatturapa import _named, _on_behalf, _vat_id, sender_of, xml
from core.clock import now
from core.periods import local_date
from tests.billing.sales import book, sell
from tests.cast import ROME, rome

pytestmark = pytest.mark.django_db


def drawn(document: Document) -> bytes:
    return xml(Revision.objects.get(document=document).snapshot, "00001")


def test_a_sale_becomes_an_invoice_that_the_sdi_would_take(cast):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    document = Document.objects.get()
    content = drawn(document)
    assert faults(content, local_date(now(), ROME)) == []
    root = etree.fromstring(content)
    assert root.findtext(".//TipoDocumento") == "TD01"
    assert root.findtext(".//ImportoTotaleDocumento") == f"{document.gross.cents / 100:.2f}"
    assert root.findtext(".//CessionarioCommittente//Cognome")
    assert drawn(document) == content


@pytest.mark.parametrize(
    ("country", "number", "code"),
    [
        ("CH", "CHE123456788", "CHE123456788"),
        ("AT", "ATU12345675", "U12345675"),
        ("AT", "U12345675", "U12345675"),
        ("GR", "EL123456789", "123456789"),
        ("GR", "123456789", "123456789"),
        ("ES", "ESX1234567X", "X1234567X"),
        ("IT", "IT00743110157", "00743110157"),
    ],
)
def test_a_vat_number_abroad_loses_its_country_and_nothing_of_its_own(country, number, code):
    found = etree.Element("DatiAnagrafici")
    _vat_id(found, country, number)
    assert found.findtext("IdFiscaleIVA/IdCodice") == code


@pytest.mark.parametrize(
    ("name", "person", "tax_code", "said"),
    [
        ("Giuseppe Verdi", False, "VRDGPP75M10A944E", {"Nome": "Giuseppe", "Cognome": "Verdi"}),
        ("Verdi Giuseppe", False, "VRDGPP75M10A944E", {"Nome": "Giuseppe", "Cognome": "Verdi"}),
        (
            "Officina Verdi di Giuseppe Verdi",
            False,
            "VRDGPP75M10A944E",
            {"Denominazione": "Officina Verdi di Giuseppe Verdi"},
        ),
        ("Alfa S.p.A.", False, "00743110157", {"Denominazione": "Alfa S.p.A."}),
        ("Jeanne Martin", True, "", {"Nome": "Jeanne", "Cognome": "Martin"}),
    ],
)
def test_a_firm_of_one_is_called_by_its_name_and_a_person_by_two(name, person, tax_code, said):
    found = etree.Element("DatiAnagrafici")
    _named(found, {"name": name, "is_person": person, "tax_code": tax_code})
    assert {one.tag: one.text for one in found.find("Anagrafica")} == said


def test_who_sends_is_named_without_the_letters_of_italy():
    assert sender_of({"tax_code": "", "vat_number": "IT03123450375"}) == "03123450375"
    assert sender_of({"tax_code": "VRDGPP75M10A944E", "vat_number": "02110980378"}) == "VRDGPP75M10A944E"


def test_who_issues_for_another_may_have_no_vat_number():
    header = etree.Element("FatturaElettronicaHeader")
    _on_behalf(header, {"name": "Rete di quartiere", "vat_number": "", "tax_code": "93026890017"})
    assert header.find(".//IdFiscaleIVA") is None
    assert header.findtext(".//CodiceFiscale") == "93026890017"
