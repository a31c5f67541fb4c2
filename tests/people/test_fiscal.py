"""Fiscal data are judged when they are typed."""

import pytest

from people import fiscal
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
        (Person(postcode="1013"), "postcode-wrong"),
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
    everything_wrong = Organisation(tax_code="1", vat_number="1", recipient_code="1", postcode="1")
    assert set(fiscal.faults(everything_wrong).values()) == set(fiscal.SENTENCES)


@pytest.mark.parametrize(
    ("number", "right"), [("IT60X0542811101000000123456", True), ("IT60X054281110", False)]
)
def test_an_iban_has_check_digits(number, right):
    assert fiscal.is_iban(number) is right
