"""What the stories of deposits begin with."""

import pytest

from billing.models import Rate, Tariff, VatRate
from core.money import Money

TWO_DAYS = 2880


@pytest.fixture
def deposit_asked(cast, at, bank):
    """The laser asks 150.00, kept two days after the end; what is taken of it is outside VAT."""
    at("2026-11-30 09:00")
    damage = VatRate.objects.create(
        name="Penali", percent=0, natura="N1", legal_text="Escluso art. 15 DPR 633/72"
    )
    _ = cast.venue
    Rate.objects.create(
        tariff=Tariff.objects.get(),
        per="deposit",
        resource=cast.laser,
        price=Money(15000),
        minutes=TWO_DAYS,
        vat_rate=damage,
    )
