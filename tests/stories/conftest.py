"""What the stories of deposits, of passes and of machines that break begin with."""

import pytest

from billing.models import PassKind, Rate, Tariff, VatRate
from core.money import Money
from equipment.models import Equipment

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


@pytest.fixture
def carnet(cast):
    """Five hours of the laser."""
    return PassKind.objects.create(
        venue=cast.venue,
        name="Cinque ore di laser",
        unit="minutes",
        amount=300,
        price=Money(7320),
        vat_rate=cast.vat22,
        kinds=["laser"],
        valid_days=90,
    )


@pytest.fixture
def second(cast):
    """Another laser, for whoever may use the first."""
    other = cast._whole("laser-2", "laser", "Laser Due")
    Equipment.objects.create(resource=other).skills.add(cast.laser_skill)
    return other
