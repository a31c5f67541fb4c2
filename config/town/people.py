"""Who: the cast that can sign in, and the townspeople and associations who book."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from config import demo_cast
from config.town.town import START, Town
from equipment.models import Certification
from people.models import GroupMember, Membership, Organisation, Person, Role

FIRST = [
    "Alessia",
    "Bianca",
    "Carlo",
    "Davide",
    "Elisa",
    "Fabio",
    "Giulia",
    "Hamid",
    "Irene",
    "Jacopo",
    "Katia",
    "Luca",
    "Marta",
    "Nicola",
    "Olga",
    "Paolo",
    "Rita",
    "Samir",
    "Teresa",
    "Ugo",
    "Vera",
    "Youssef",
    "Zoe",
    "Andrea",
]
LAST = [
    "Barbero",
    "Cerutti",
    "Demichelis",
    "Esposito",
    "Ferrero",
    "Giordano",
    "Haddad",
    "Ippolito",
    "Lombardi",
    "Martini",
    "Negro",
    "Occhetto",
    "Pautasso",
    "Quaglia",
    "Rinaldi",
    "Sanna",
    "Tosi",
    "Usseglio",
    "Viale",
    "Zanetti",
]
BODIES = [
    ("Coro Barriera in Canto", "97654320015"),
    ("Associazione Cinema in Cortile", "97654330014"),
    ("Scuola popolare di italiano", "97654340013"),
    ("Teatro dei Ballatoi APS", "97654350012"),
    ("Banca del Tempo Aurora", "97654360011"),
]
ADDRESS = {"street": "Via Cigna 96", "postcode": "10155", "city": "Torino", "province": "TO"}
CODE = "RSSMRA80A01H501U"


@dataclass
class Crowd:
    """Everybody, and who may book for whom."""

    cast: dict[str, Person] = field(default_factory=dict)
    makers: list[Person] = field(default_factory=list)
    bodies: list[tuple[Organisation, Person]] = field(default_factory=list)


def plant_people(town: Town, chance: random.Random, today: date) -> Crowd:
    """The cast with the demo's password; townspeople who cannot sign in."""
    crowd = Crowd()
    for member in demo_cast.MEMBERS:
        crowd.cast[member.key] = Person.objects.create_user(
            member.email, demo_cast.PASSWORD, name=member.name, language=member.language, tax_code=CODE,
            is_staff=member.key == "ivo", is_superuser=member.key == "ivo", **ADDRESS,
        )  # fmt: skip
    roles = [
        ("dario", "manager", "brodolini"),
        ("elena", "manager", "make"),
        ("franco", "accountant", "brodolini"),
        ("gina", "staff", "brodolini"),
        ("gina", "staff", "toolbox"),
        ("franco", "accountant", "toolbox"),
        ("dario", "manager", "toolbox"),
    ]
    for key, kind, partner in roles:
        Role.objects.create(person=crowd.cast[key], kind=kind, partner=town.partners[partner])
    Role.objects.create(person=crowd.cast["ivo"], kind="administrator")
    Certification.objects.create(
        person=crowd.cast["ada"], skill=town.skills["L1"], from_on=START, given_by=crowd.cast["gina"]
    )
    others = [
        Person(
            email=f"{first}.{last}.{n}@town.example".lower(),
            name=f"{first} {last}",
            password="!",
            tax_code=CODE,
            **ADDRESS,
        )
        for n, (first, last) in enumerate((f, la) for f in FIRST for la in LAST)
    ]
    chance.shuffle(others)
    crowd.makers = [crowd.cast["ada"], *Person.objects.bulk_create(others[:240])]
    for n, maker in enumerate(crowd.makers[1:]):
        if n % 3 == 0:
            Certification.objects.create(person=maker, skill=town.skills["L1"], from_on=START)
        if n % 5 == 0:
            GroupMember.objects.create(group=town.groups["members"], person=maker, from_on=START)
    for n, (name, code) in enumerate(BODIES):
        body = Organisation.objects.create(name=name, tax_code=code, **ADDRESS)
        delegate = crowd.cast["carla"] if n == 0 else crowd.makers[10 + n]
        Membership.objects.create(person=delegate, organisation=body, is_delegate=True, from_on=START)
        GroupMember.objects.create(group=town.groups["ets"], organisation=body, from_on=START)
        crowd.bodies.append((body, delegate))
    return crowd
