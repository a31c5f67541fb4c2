"""Whose the account at the gateway is."""

from __future__ import annotations

from billing.models import Issuer


def holder() -> Issuer | None:
    """The issuer to whom the gateway pays out: the one that says so, else the lead partner's, else the first."""
    rows = Issuer.objects.select_related("partner__organisation")
    return rows.order_by("-holds_gateway", "-partner__is_lead", "pk").first()
