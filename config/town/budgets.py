"""What is paid ahead in the town: passes on sale, one of them Ada's, a city's hours for young people, partners' own."""

from __future__ import annotations

from datetime import date, timedelta

from billing.budgets import allowances, passes, programmes
from billing.models import Included, PassKind, Plan, Programme, VatRate
from config.town.people import ADDRESS, Crowd
from config.town.town import Town
from core.money import Money
from people.models import Membership, Organisation

KINDS = [
    ("Dieci ingressi in postazione", "entries", 10, ["desk"], 12000),
    ("Carnet di 20 ore al laser", "minutes", 1200, ["laser"], 36000),
    ("Cinque giornate in postazione", "days", 5, ["desk"], 7500),
]


def plant_budgets(town: Town, crowd: Crowd, today: date) -> None:
    """Inside the planting: kinds of pass of the coworking, a pass that Ada was given, and a programme that she is in."""
    venue, vat = town.venues["toolbox"], VatRate.objects.get(percent=22)
    kinds = [
        PassKind.objects.create(
            venue=venue, name=name, unit=unit, amount=amount, kinds=of, price=Money(cents), vat_rate=vat
        )
        for name, unit, amount, of, cents in KINDS
    ]
    passes.make(kinds[0], crowd.cast["ada"], None, crowd.cast["gina"], "Premio della maratona dei maker")
    flex = Plan.objects.create(
        venue=venue, name="Toolbox Flex", price=Money(12000), vat_rate=vat, group=town.groups["members"]
    )
    Included.objects.create(plan=flex, unit="entries", amount=8, kinds=["desk"])
    Included.objects.create(plan=flex, unit="minutes", amount=240, kinds=["meeting_room"])
    full = Plan.objects.create(
        venue=venue, name="Toolbox Piena", price=Money(24000), vat_rate=vat, group=town.groups["members"]
    )
    Included.objects.create(plan=full, unit="entries", amount=22, kinds=["desk"])
    Included.objects.create(plan=full, unit="minutes", amount=900, kinds=["meeting_room"])
    city = Organisation.objects.create(
        name="Città di Torino", kind="public", tax_code="00514490010", **ADDRESS
    )
    Membership.objects.create(
        person=crowd.cast["elena"], organisation=city, is_delegate=True, from_on=today.replace(day=1)
    )
    programme = Programme(
        venue=venue,
        sponsor=city,
        name="Ore per i giovani maker",
        text="La Città paga l'80% delle ore di stampa 3D a chi ha meno di 30 anni e un progetto da provare.",
        from_on=today.replace(day=1),
        until_on=today.replace(day=1) + timedelta(days=365),
        percent=80,
        joining=Programme.Joining.APPLICATION,
    )
    grant = programmes.Grant("Stampa 3D", "minutes", 6000, ["printer_3d"], cap=600)
    programmes.open_with(crowd.cast["dario"], programme, [grant])
    programme.beneficiaries.create(email=crowd.cast["ada"].email, person=crowd.cast["ada"])
    plant_allowances(town, crowd, today)


def plant_allowances(town: Town, crowd: Crowd, today: date) -> None:
    """Inside the planting: two partners have hours of the shared house, and Franco books for the lead's body."""
    venue, first = town.venues["open-incet"], today.replace(day=1)
    agreed = {
        "brodolini": allowances.Terms(venue.pk, first, 2400, carried=600, told=True),
        "make": allowances.Terms(venue.pk, first, 1200, beyond="refused", told=True),
    }
    for key, terms in agreed.items():
        allowances.grant(crowd.cast["dario"], town.partners[key], venue, terms)
    Membership.objects.create(
        person=crowd.cast["franco"],
        organisation=town.partners["brodolini"].organisation,
        is_delegate=True,
        from_on=first,
    )
