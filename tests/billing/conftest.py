import pytest


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch, at):
    """Monday morning; payments are settled by the tests themselves."""
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.checkout.open_page", lambda made: None)
