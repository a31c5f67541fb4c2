"""The sandbox on loopback, and the product's own gateway, which speaks to it through Stripe's real client."""

import pytest

from billing.gateways.stripe import StripeGateway


@pytest.fixture
def gateway(bank):
    return StripeGateway()


@pytest.fixture
def stripe_(gateway):
    """Stripe's client itself, for what the gateway does not show."""
    return gateway.client.v1
