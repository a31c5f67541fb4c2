import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import Incomplete, Issuer
from billing.paying import payments
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core.ids import encode
from people.models import Organisation
from tests.api import client
from tests.billing.sales import book
from tests.billing.union_register import DE, PATH, SEAT, union_register
from tests.cast import ADDRESS, rome

LINE = {"description": "Sala riunioni", "quantity": "3", "unit": "ore", "unit_price": "25.00", "rate": "22"}


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch, at):
    """Monday morning; payments are settled by the tests themselves."""
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


@pytest.fixture
def house(cast, at):
    at("2026-11-02 09:00")
    _ = cast.dario, cast.elena, cast.room
    for partner, iban in (
        (cast.lead, "IT60X0542811101000000123456"),
        (cast.member, "IT42L1234512345123456789012"),
    ):
        Issuer.objects.filter(partner=partner).update(iban=iban)
    return cast


@pytest.fixture
def alfa():
    return Organisation.objects.create(
        name="Alfa S.p.A.",
        kind="company",
        vat_number="00743110157",
        tax_code="00743110157",
        recipient_code="ABC1234",
        **ADDRESS,
    )


@pytest.fixture
def ask(cast, alfa, at):
    at("2026-10-20 10:00")
    issuer = encode("iss", cast.lead.issuer.pk)

    def body(**more):
        whole = {
            "issuer_id": issuer,
            "organisation_id": encode("org", alfa.pk),
            "lines": [LINE],
            "method": "card",
        }
        return whole | more

    return body


@pytest.fixture
def office(cast):
    return client(cast.franco)


@pytest.fixture
def send(cast, office):
    def upload(content, name="banca.csv", person=None):
        body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "file": SimpleUploadedFile(name, content)}
        return (client(person) if person else office).post(
            "/api/v1/bank-statements", body, format="multipart"
        )

    return upload


@pytest.fixture
def sale(cast):
    """Ada paid; her tax code went missing between the promise and the money."""
    made = checkout(
        cast.ada, quote(cast.ada, [book(cast.ada, cast.laser, rome("2026-12-05 10:00"))], None).pk, "card"
    )
    tax_code, cast.ada.tax_code = cast.ada.tax_code, ""
    cast.ada.save()
    payments.settle(made.order.payments.get().pk)
    cast.ada.tax_code = tax_code
    return Incomplete.objects.get()


@pytest.fixture
def register(settings):
    with union_register() as found:
        settings.VIES_URL = f"http://127.0.0.1:{found.server_port}{PATH}"
        found.known[DE] = {"name": "Beispiel Aktiengesellschaft", "address": "Hauptstr. 1\n10115 Berlin"}
        found.requesters.add(SEAT)
        yield found


@pytest.fixture
def wished(register, cast):
    """The lead's issuer has its customers' numbers looked up."""
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(asks_vies=True)
    return register
