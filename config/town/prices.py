"""What the town's price lists say beside the price of an hour: a reduction, a season, a deposit, extras and coupons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing.models import Coupon, Extra, Rate, VatRate
from config.town.town import Town
from core.money import Money

LASERS, PRINTERS, ROOMS = ["laser"], ["printer_3d"], ["meeting_room", "hall", "classroom"]


def plant_prices(town: Town, vat: VatRate, today: date) -> None:
    """Associations pay a fifth less at Open Incet, whose hall is dearer around Christmas; Toolbox sells sheets of
    plywood, filament and coffee, gives a code to whoever comes first, and asks a deposit for what is carried away."""
    incet, toolbox = town.venues["open-incet"], town.venues["toolbox"]
    listed = incet.tariffs.get()
    Rate.objects.create(
        tariff=listed, per="reduction", percent=20, price=Money(0), group=town.groups["ets"], name="Riduzione ETS"
    )  # fmt: skip
    hall = town.resources["salone"]
    usual = listed.rates.get(resource=hall, per="hour", group=None)
    Rate.objects.create(
        tariff=listed, resource=hall, price=usual.price.times(Decimal("1.2")), vat_rate=vat,
        season_from=date(today.year, 12, 8), season_until=date(today.year + 1, 1, 7), yearly=True,
    )  # fmt: skip
    damage = VatRate.objects.create(
        name="Penali, fuori dall'IVA",
        percent=Decimal(0),
        natura="N1",
        legal_text="Escluso art. 15 DPR 633/72",
    )
    Rate.objects.create(
        tariff=toolbox.tariffs.get(), per="deposit", kind="equipment", price=Money(8000), minutes=48 * 60,
        vat_rate=damage,
    )  # fmt: skip
    for name, unit, cents, stock, kinds in (
        ("Compensato 4 mm, 60 × 40 cm", "foglio", 450, 40, LASERS),
        ("Plexiglas 3 mm, 60 × 40 cm", "foglio", 1200, 12, LASERS),
        ("Filamento PLA", "g", 4, None, PRINTERS),
        ("Caffè e acqua", "persona", 250, None, ROOMS),
    ):
        Extra.objects.create(
            venue=toolbox, name=name, unit=unit, price=Money(cents), vat_rate=vat, stock=stock, kinds=kinds
        )
    first = date(today.year, 1, 1)
    Coupon.objects.create(
        venue=toolbox, code="BENVENUTO10", name="Prima volta", percent=10, from_on=first, most_each=1
    )
    Coupon.objects.create(
        venue=toolbox, code="LASER5", name="Cinque euro sul laser", amount=Money(500), from_on=first,
        kinds=LASERS, most_uses=100,
    )  # fmt: skip
