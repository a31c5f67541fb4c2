"""Fiscal data are judged when they are typed."""

import re
from pathlib import Path

import pytest

from people import fiscal
from people.countries import COUNTRIES
from people.models import Organisation, Person

ADDRESS = {"street": "Via Egeo 16", "postcode": "10134", "city": "Torino", "province": "TO"}
OFFICE = Organisation.Kind.PUBLIC


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (Person(tax_code="RSSMRA80A01H501U"), None),
        (Person(tax_code="RSSMRA80A01H501X"), "tax-code-wrong"),
        (Organisation(tax_code="12345670017"), None),
        (Organisation(vat_number="12345670017"), None),
        (Organisation(vat_number="12345670018"), "vat-number-wrong"),
        (Organisation(vat_number="DE12", country="DE"), None),
        (Organisation(recipient_code="ABC1234"), None),
        (Organisation(recipient_code="ABC123"), "recipient-code-wrong"),
        (Organisation(recipient_code="XXXXXXX"), "recipient-code-wrong"),
        (Organisation(recipient_code="XXXXXXX", country="DE"), None),
        (Organisation(recipient_code="UFABC1", kind=OFFICE), None),
        (Organisation(recipient_code="ABC1234", kind=OFFICE), "recipient-code-wrong"),
        (Organisation(recipient_code="XXXXXXX", country="CH", kind=OFFICE), None),
        (Organisation(country="ZZ"), "country-wrong"),
        (Organisation(country="GR", vat_number="EL123456789"), None),
        (Organisation(certified_email="studio@pec.example.it"), None),
        (Organisation(certified_email="studio@caffè.example.it"), "certified-email-wrong"),
        (Organisation(certified_email="sdi01@pec.fatturapa.it"), "certified-email-wrong"),
        (Person(postcode="1013"), "postcode-wrong"),
        (Person(province="T1"), "province-wrong"),
    ],
)
def test_what_is_written_is_right_or_named(identity, code):
    assert list(fiscal.faults(identity).values()) == ([code] if code else [])


@pytest.mark.parametrize(
    ("identity", "lacking"),
    [
        (Person(**ADDRESS), ["tax_code"]),
        (Person(tax_code="RSSMRA80A01H501U"), ["street", "city", "postcode", "province"]),
        (Person(street="Unter den Linden 1", city="Berlin", country="DE"), []),
        (Organisation(kind="company", **ADDRESS), ["vat_number"]),
        (Organisation(kind="association", tax_code="12345670017", **ADDRESS), []),
        (Organisation(kind=OFFICE, tax_code="12345670017", **ADDRESS), ["recipient_code"]),
        (Organisation(kind="company", street="Allee 1", city="Lyon", country="FR"), ["vat_number"]),
    ],
)
def test_each_kind_of_customer_lacks_its_own(identity, lacking):
    assert fiscal.missing(identity) == lacking


def test_every_code_has_its_sentence():
    everything_wrong = Organisation(
        province="T1",
        tax_code="1",
        vat_number="1",
        recipient_code="1",
        postcode="1",
        certified_email="è@è.it",
    )
    found = {*fiscal.faults(everything_wrong).values(), *fiscal.faults(Organisation(country="ZZ")).values()}
    assert found == set(fiscal.SENTENCES)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("vat_number", "IT 007 431 101-57", "00743110157"),
        ("vat_number", "el 123456789", "EL123456789"),
        ("vat_number", "de-123.456.789", "DE123456789"),
        ("tax_code", "rss mra 80a01 h501u", "RSSMRA80A01H501U"),
        ("tax_code", "it00743110157", "00743110157"),
        ("country", "el", "GR"),
        ("country", "uk", "GB"),
        ("recipient_code", "abc 1234", "ABC1234"),
    ],
)
def test_what_is_typed_is_kept_as_documents_carry_it(name, typed, kept):
    values = {name: typed}
    fiscal.tidy(values)
    assert values == {name: kept}


def test_the_screen_and_the_server_know_the_same_countries():
    text = (Path(__file__).parents[2] / "frontend/src/kernel/countries.ts").read_text()
    letters = re.findall(r"[A-Z]{400,}", text)[0]
    assert {letters[at : at + 2] for at in range(0, len(letters), 2)} == COUNTRIES
    assert len(COUNTRIES) == 249


def test_the_certified_address_is_held_to_the_schema_s_own_pattern():
    schema = (Path(fiscal.__file__).parents[1] / "billing/schemas/Schema_VFPR12_v1.2.3.xsd").read_text()
    assert fiscal.ATOMS in schema


@pytest.mark.parametrize(
    ("number", "right"), [("IT60X0542811101000000123456", True), ("IT60X054281110", False)]
)
def test_an_iban_has_check_digits(number, right):
    assert fiscal.is_iban(number) is right
