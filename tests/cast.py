"""The people and places that every test knows, each made when asked for.

Ada (maker, certified for the laser) · Bruno (not certified) · Carla (a stranger) · Dario (manager of the lead
partner) · Elena (manager of a member partner) · Franco (accountant of the lead) · Gina (staff) · Ivo (administrator).
Venues in Turin: a hall divisible in two, a pool of desks, a laser cutter, two rooms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from billing.models import CancellationTerms, Issuer, NumberSeries, Rate, Tariff, VatRate
from core.money import Money
from core.periods import Period
from equipment.models import Certification, Equipment, Skill
from people.models import (
    Agreement,
    Consortium,
    Membership,
    Organisation,
    Partner,
    Person,
    Role,
    Share,
)
from spaces import layout, opening
from spaces.models import Resource, Rules, Venue

ROME = ZoneInfo("Europe/Rome")
LONG_AGO = date(2025, 1, 1)
ADDRESS = {"street": "Via Agostino da Montefeltro 2", "postcode": "10134", "city": "Torino", "province": "TO"}


def rome(wall: str) -> datetime:
    """An instant by Turin's wall clock."""
    return datetime.fromisoformat(wall).replace(tzinfo=ROME).astimezone(UTC)


def period(start: str, minutes: int = 60) -> Period:
    begin = rome(start)
    return Period(begin, begin + timedelta(minutes=minutes))


@dataclass
class Cast:
    """One town; every attribute makes its row the first time."""

    password: str = "a-long-test-password"

    def person(self, name: str, **data: object) -> Person:
        return Person.objects.create_user(
            f"{name.lower()}@example.org",
            None,
            name=f"{name} {name[0]}.",
            tax_code="RSSMRA80A01H501U",
            **ADDRESS,
            **data,
        )

    @cached_property
    def ada(self) -> Person:
        person = self.person("Ada")
        Certification.objects.create(person=person, skill=self.laser_skill, from_on=LONG_AGO)
        return person

    @cached_property
    def bruno(self) -> Person:
        return self.person("Bruno")

    @cached_property
    def carla(self) -> Person:
        return self.person("Carla")

    @cached_property
    def dario(self) -> Person:
        return self._with_role("Dario", "manager", self.lead)

    @cached_property
    def elena(self) -> Person:
        return self._with_role("Elena", "manager", self.member)

    @cached_property
    def franco(self) -> Person:
        return self._with_role("Franco", "accountant", self.lead)

    @cached_property
    def gina(self) -> Person:
        return self._with_role("Gina", "staff", self.lead)

    @cached_property
    def ivo(self) -> Person:
        person = self.person("Ivo", is_staff=True, is_superuser=True)
        Role.objects.create(person=person, kind="administrator")
        return person

    def _with_role(self, name: str, kind: str, partner: Partner) -> Person:
        person = self.person(name)
        Role.objects.create(person=person, kind=kind, partner=partner)
        return person

    # -- bodies ------------------------------------------------------------------------------------------

    @cached_property
    def consortium(self) -> Consortium:
        return Consortium.objects.create(name="Centro")

    @cached_property
    def lead(self) -> Partner:
        lead = self._partner("Fondazione", is_lead=True)
        agreement = Agreement.objects.create(consortium=self.consortium, version=1, from_on=LONG_AGO)
        Share.objects.create(agreement=agreement, partner=lead, percent=Decimal(60))
        Share.objects.create(agreement=agreement, partner=self.member, percent=Decimal(40))
        return lead

    @cached_property
    def member(self) -> Partner:
        return self._partner("Cooperativa")

    def _partner(self, name: str, *, is_lead: bool = False) -> Partner:
        body = Organisation.objects.create(
            name=name, kind="company", vat_number="12345670017", tax_code="12345670017", **ADDRESS
        )
        partner = Partner.objects.create(
            organisation=body, consortium=self.consortium, is_lead=is_lead, short_name=name
        )
        issuer = Issuer.objects.create(partner=partner)
        NumberSeries.objects.create(issuer=issuer, code="FE", kinds=["invoice", "credit_note"])
        NumberSeries.objects.create(issuer=issuer, code="RC", kinds=["receipt"])
        return partner

    @cached_property
    def association(self) -> Organisation:
        body = Organisation.objects.create(name="Coro di Barriera", tax_code="97654320015", **ADDRESS)
        Membership.objects.create(person=self.bruno, organisation=body, is_delegate=True, from_on=LONG_AGO)
        return body

    # -- places ------------------------------------------------------------------------------------------

    @cached_property
    def venue(self) -> Venue:
        venue = Venue.objects.create(
            slug="officina",
            name="Officina",
            partner=self.lead,
            street="Via Egeo 16",
            city="Torino",
            holidays_of="IT-TO",
        )
        opening.set_hours(venue, range(1, 8), time(8), time(22), first_on=LONG_AGO)
        Rules.objects.create(venue=venue, from_on=LONG_AGO, data={"horizon_days": 365})
        tariff = Tariff.objects.create(
            venue=venue, partner=self.lead, name="Listino", from_on=LONG_AGO, published_at=rome("2025-01-01")
        )
        Rate.objects.create(tariff=tariff, price=Money(1830), vat_rate=self.vat22)
        for hours, percent in ((24, 100), (2, 50)):
            CancellationTerms.objects.create(venue=venue, hours_before=hours, percent_back=percent)
        return venue

    @cached_property
    def vat22(self) -> VatRate:
        return VatRate.objects.create(name="IVA 22%", percent=Decimal(22))

    def resource(self, slug: str, kind: str, name: str, **data: object) -> Resource:
        return Resource.objects.create(venue=self.venue, slug=slug, kind=kind, name=name, **data)

    def _planned(self, resource: Resource) -> Resource:
        opening.plan(resource, date(2026, 9, 1))
        resource.refresh_from_db()
        return resource

    def _whole(self, slug: str, kind: str, name: str, **data: object) -> Resource:
        resource = self.resource(slug, kind, name, **data)
        layout.make_whole(resource)
        return self._planned(resource)

    @cached_property
    def laser_skill(self) -> Skill:
        return Skill.objects.create(
            code="L1",
            name_it="Laser L1",
            name_en="Laser L1",
            how_it="Corso del giovedì.",
            how_en="Thursday's course.",
            partner=self.lead,
        )

    @cached_property
    def laser(self) -> Resource:
        laser = self._whole("laser", "laser", "Laser CO₂")
        Equipment.objects.create(resource=laser).skills.add(self.laser_skill)
        return laser

    @cached_property
    def room(self) -> Resource:
        return self._whole("sala-po", "meeting_room", "Sala Po", capacity=8, features=["projector"])

    @cached_property
    def other_room(self) -> Resource:
        return self._whole("sala-dora", "meeting_room", "Sala Dora", capacity=30, features=["projector"])

    @cached_property
    def asked_room(self) -> Resource:
        """A room that needs approval."""
        room = self._whole("sala-stura", "classroom", "Sala Stura", capacity=40)
        Rules.objects.create(resource=room, from_on=LONG_AGO, data={"approval": True})
        return room

    @cached_property
    def hall(self) -> Resource:
        hall = self.resource("salone", "hall", "Salone")
        layout.make_divisible(hall, self._half_a, self._half_b)
        self._planned(self._half_a)
        self._planned(self._half_b)
        return self._planned(hall)

    @cached_property
    def _half_a(self) -> Resource:
        return self.resource("salone-a", "hall", "Salone A")

    @cached_property
    def _half_b(self) -> Resource:
        return self.resource("salone-b", "hall", "Salone B")

    @property
    def half(self) -> Resource:
        _ = self.hall
        return self._half_a

    def pool(self, size: int) -> Resource:
        desks = self.resource("postazioni", "desk", "Postazioni")
        layout.make_pool(desks, size)
        return self._planned(desks)
