import pytest

from billing.models import Issuer


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch, at):
    """Monday morning; payments are settled by the tests themselves."""
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.checkout.open_page", lambda made: None)


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
