"""Where and with what: the partners, venues, resources, hours, rules and prices of the demo town."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

from dateutil.easter import easter

from billing.models import CancellationTerms, Issuer, NumberSeries, Rate, Tariff, VatRate
from config.town.catalogue import CAMPIDOGLIO, INCET, TOOLBOX, Kind
from config.town.prices import plant_prices
from config.town.town import START, Town
from core.clock import now
from core.money import Money
from core.periods import Period, local_day
from equipment.models import Equipment, Skill
from people.models import Agreement, Consortium, Group, Organisation, Partner, Share
from spaces import layout, opening
from spaces.models import Closure, Resource, Rules, SchoolHoliday, Venue

EVERY_DAY, WEEKDAYS, WORKDAYS = range(1, 8), range(1, 6), range(1, 7)


PARTNERS = [
    ("brodolini", "Fondazione Giacomo Brodolini", "Fondazione Brodolini", "10799880017", Decimal(30)),
    ("focus", "Consorzio Focus Piemonte", "Focus Piemonte", "10987650016", Decimal(20)),
    ("make", "Make a Change", "Make a Change", "07654320014", Decimal("12.5")),
    ("nodo", "Consorzio Il Nodo", "Il Nodo", "11335570013", Decimal("12.5")),
    ("italiacamp", "ItaliaCamp", "ItaliaCamp", "09988770013", Decimal(15)),
    ("foorcoop", "Foorcoop", "Foorcoop", "01234560017", Decimal(10)),
]
COLOURS = ["#96391c", "#1f5c4a", "#5b3a82", "#7a4b00", "#1d4f8a", "#8a1d4f"]


def plant_places(today: date) -> Town:
    """Partners, venues and everything in them; opened from a year and a half ago."""
    town = Town()
    toolbox = _partner("toolbox", "Toolbox Coworking srl", "Toolbox", "12345670017", "#96391c", None, town)
    _consortium(today, town)
    vat = VatRate.objects.create(name="IVA 22%", percent=Decimal(22))
    VatRate.objects.create(
        name="Fuori campo", percent=Decimal(0), natura="N2.2", legal_text="Fuori campo art. 4 DPR 633/72"
    )
    for code, name_it, name_en in (("L1", "Laser L1", "Laser L1"), ("C1", "Fresa C1", "Mill C1")):
        town.skills[code] = Skill.objects.create(
            code=code, name_it=name_it, name_en=name_en, partner=toolbox,
            how_it="Il corso si tiene ogni giovedì alle 18: chiedi alla segreteria.", how_en="The course is every Thursday at 6 pm: ask the desk.",
        )  # fmt: skip
    _school(today)
    town.groups["members"] = Group.objects.create(name="Soci Toolbox", partner=toolbox)
    town.groups["ets"] = Group.objects.create(
        name="Enti del terzo settore", partner=town.partners["brodolini"]
    )
    _venue(
        town,
        "toolbox",
        "Toolbox",
        toolbox,
        "Via Agostino da Montefeltro 2",
        "Coworking e fablab in un'ex fonderia.",
        "Coworking and fablab in a former foundry.",
        0,
    )
    _venue(
        town,
        "open-incet",
        "Open Incet",
        town.partners["brodolini"],
        "Piazza Teresa Noce 17",
        "Centro polifunzionale in Barriera di Milano.",
        "Multi-purpose centre in Barriera di Milano.",
        1,
    )
    _venue(
        town,
        "campidoglio",
        "Campidoglio living lab",
        town.partners["brodolini"],
        "Via Nicola Fabrizi 55",
        "Punti di prova all'aperto nel borgo Campidoglio.",
        "Outdoor test spots in the Campidoglio quarter.",
        2,
    )
    for slug, kinds, hours in (
        ("toolbox", TOOLBOX, ((WEEKDAYS, time(8), time(22)), ((6,), time(9), time(18)))),
        ("open-incet", INCET, ((WORKDAYS, time(8), time(23)), ((7,), time(10), time(20)))),
        ("campidoglio", CAMPIDOGLIO, ((EVERY_DAY, time(0), None),)),
    ):
        venue = town.venues[slug]
        for days, start, end in hours:
            opening.set_hours(venue, days, start, end, first_on=START)
        _christmas(venue, today)
        tariff = Tariff.objects.create(
            venue=venue, partner=venue.partner, name="Listino", from_on=START, published_at=now()
        )
        for position, kind in enumerate(kinds):
            _resource(town, venue, tariff, vat, kind, position)
        for before, percent in ((48, 100), (24, 50)):
            CancellationTerms.objects.create(venue=venue, hours_before=before, percent_back=percent)
    plant_prices(town, vat, today)
    layout.make_divisible(town.resources["salone"], town.resources["salone-a"], town.resources["salone-b"])
    since = today - timedelta(days=560)
    for resource in Resource.objects.select_related("venue"):
        opening.plan(resource, since)
    return town


def _partner(
    key: str,
    name: str,
    short: str,
    vat: str,
    colour: str,
    consortium: Consortium | None,
    town: Town,
    *,
    lead: bool = False,
) -> Partner:
    body = Organisation.objects.create(
        name=name, kind="company", vat_number=vat, tax_code=vat, recipient_code="0000000",
        street="Via Agostino da Montefeltro 2", postcode="10134", city="Torino", province="TO",
    )  # fmt: skip
    partner = Partner.objects.create(organisation=body, consortium=consortium, is_lead=lead, short_name=short)
    issuer = Issuer.objects.create(
        partner=partner,
        colour=colour,
        iban="IT60X0542811101000000123456",
        footer_it="Grazie.",
        footer_en="Thank you.",
    )
    NumberSeries.objects.create(issuer=issuer, code="FE", kinds=["invoice", "credit_note"])
    NumberSeries.objects.create(issuer=issuer, code="RC", kinds=["receipt"])
    town.partners[key] = partner
    return partner


def _consortium(today: date, town: Town) -> None:
    consortium = Consortium.objects.create(name="ATI Open Incet")
    for (key, name, short, vat, _), colour in zip(PARTNERS, COLOURS, strict=True):
        _partner(key, name, short, vat, colour, consortium, town, lead=key == "brodolini")
    first = Agreement.objects.create(consortium=consortium, version=1, from_on=START)
    second = Agreement.objects.create(consortium=consortium, version=2, from_on=date(today.year, 1, 1))
    equal = [Decimal("16.6667")] * 4 + [Decimal("16.6666")] * 2
    for (key, *_, percent), even in zip(PARTNERS, equal, strict=True):
        Share.objects.create(agreement=first, partner=town.partners[key], percent=even)
        Share.objects.create(agreement=second, partner=town.partners[key], percent=percent)


def _venue(
    town: Town, slug: str, name: str, partner: Partner, street: str, it: str, en: str, position: int
) -> None:
    town.venues[slug] = Venue.objects.create(
        slug=slug, name=name, partner=partner, street=street, city="Torino", holidays_of="IT-TO",
        school_region="Piemonte", description_it=it, description_en=en, position=position,
    )  # fmt: skip


def _school(today: date) -> None:
    """Piedmont's school calendar for the years around today, as an example: whoever runs a venue corrects it."""
    year = today.year if today.month >= 8 else today.year - 1
    for began in (year - 1, year, year + 1):
        easter_day = easter(began + 1)
        for name_it, name_en, first, last in (
            ("Ponte dell'Immacolata", "Immaculate Conception break", date(began, 12, 7), date(began, 12, 8)),
            ("Vacanze di Natale", "Christmas holidays", date(began, 12, 23), date(began + 1, 1, 6)),
            ("Carnevale", "Carnival", easter_day - timedelta(days=50), easter_day - timedelta(days=46)),
            ("Vacanze di Pasqua", "Easter holidays", easter_day - timedelta(days=3), easter_day + timedelta(days=2)),
            ("Vacanze estive", "Summer holidays", date(began + 1, 6, 11), date(began + 1, 9, 12)),
        ):  # fmt: skip
            SchoolHoliday.objects.create(
                region="Piemonte", name_it=name_it, name_en=name_en, first_on=first, last_on=last
            )


def _christmas(venue: Venue, today: date) -> None:
    for year in (today.year - 2, today.year - 1, today.year, today.year + 1):
        first, last = local_day(date(year, 12, 24), venue.zone), local_day(date(year + 1, 1, 6), venue.zone)
        Closure.objects.create(
            venue=venue,
            during=Period(first.start, last.end),
            reason_it="Chiusura natalizia",
            reason_en="Christmas closure",
        )


def _resource(town: Town, venue: Venue, tariff: Tariff, vat: VatRate, kind: Kind, position: int) -> None:
    resource = Resource.objects.create(
        venue=venue, slug=kind.slug, kind=kind.kind, name=kind.name, description_it=kind.it, description_en=kind.en,
        capacity=kind.capacity, features=list(kind.features), position=position,
        owner=town.partners.get(kind.owner),
        issuing=Resource.Issuing.SHARE if kind.slug.startswith("salone") else Resource.Issuing.SINGLE,
    )  # fmt: skip
    town.resources[kind.slug] = resource
    Rules.objects.create(resource=resource, from_on=START, data=kind.rules)
    if kind.pool:
        layout.make_pool(resource, kind.pool)
    elif not kind.slug.startswith("salone"):
        layout.make_whole(resource)
    if kind.kind in ("laser", "printer_3d", "mill", "bench"):
        machine = Equipment.objects.create(resource=resource, serial_number=f"TBX-{position:03}", maker="")
        if kind.skill:
            machine.skills.add(town.skills[kind.skill])
    if kind.cents:
        Rate.objects.create(tariff=tariff, resource=resource, price=Money(kind.cents), vat_rate=vat)
        Rate.objects.create(
            tariff=tariff, resource=resource, per="day", price=Money(kind.cents * 6), vat_rate=vat
        )
        if venue.slug != "open-incet":  # where associations have a reduction on everything (`prices.py`)
            Rate.objects.create(
                tariff=tariff,
                resource=resource,
                group=town.groups["members"],
                price=Money(kind.cents * 8 // 10),
                vat_rate=vat,
            )
