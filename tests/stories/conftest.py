"""What the stories of deposits, of passes, of receipts and of machines that break begin with."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Issuer, PassKind, Rate, Tariff, VatRate
from core.money import Money
from equipment.models import Equipment
from people.models import Group, GroupMember

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


@pytest.fixture
def members(cast, at, bank):
    """A room costs members of an association 90.00 outside VAT, by receipt; the rate by which it does."""
    at("2026-12-01 09:00")
    _ = cast.venue
    group = Group.objects.create(name="Soci", partner=cast.lead)
    for person in (cast.ada, cast.dario):
        GroupMember.objects.create(group=group, person=person, from_on=date(2026, 1, 1))
    institutional = VatRate.objects.create(
        name="Istituzionale",
        percent=Decimal(0),
        natura="N2.2",
        legal_text="Fuori campo IVA art. 4 DPR 633/72",
        receipted=True,
    )
    tariff = cast.venue.tariffs.get()
    Rate.objects.create(
        tariff=tariff, resource=cast.room, group=group, price=Money(9000), vat_rate=institutional
    )
    Issuer.objects.filter(partner=cast.lead).update(third_sector=True)
    return institutional
