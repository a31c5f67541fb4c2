"""A small town in which every kind of thing exists once, and everybody who may ask for it."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from billing.models import Deposit, PassKind, SavedMethod
from core import outbox
from core.clock import now
from core.ids import decode, encode
from core.money import Money
from equipment.models import Equipment
from people.models import Group, GroupMember, Organisation, Person
from tests.api import client, post, wish
from tests.cast import Cast

ROLES = ("visitor", "stranger", "owner", "delegate", "staff", "member", "lead", "accountant", "administrator")

TWICE = {
    "repeat": "dates",
    "dates": ["2026-12-10", "2026-12-17"],
    "hours": {"start": "10:00", "end": "11:00"},
    "first_on": "2026-12-10",
    "last_on": "2026-12-17",
}


class World:
    """Ada's paid booking, held booking and document; her choir's request and series; a block; an export; by public id."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        # Roles first: each makes the partner it is for.
        self.people: dict[str, Person | None] = {
            "visitor": None,
            "stranger": cast.carla,
            "owner": cast.ada,
            "delegate": cast.bruno,
            "staff": cast.gina,
            "member": cast.elena,
            "lead": cast.dario,
            "accountant": cast.franco,
            "administrator": cast.ivo,
        }
        cast.carla.tax_code = ""  # so that the others' code, where it shows, is not her own
        cast.carla.save()
        self.choir: Organisation = cast.association
        self.ids = dict(vars(self._made()))

    def _made(self) -> SimpleNamespace:
        ada, gina, bruno, franco = (
            client(self.people[r]) for r in ("owner", "staff", "delegate", "accountant")
        )
        made = SimpleNamespace(
            venue=encode("ven", self.cast.venue.pk),
            resource=encode("res", self.cast.room.pk),
            other_resource=encode("res", self.cast.other_room.pk),
            organisation=encode("org", self.choir.pk),
            person=encode("per", self.cast.ada.pk),
            consortium=encode("con", self.cast.consortium.pk),
            lead_partner=encode("prt", self.cast.lead.pk),
            member_partner=encode("prt", self.cast.member.pk),
        )
        soci = Group.objects.create(name="Soci", partner=self.cast.lead)
        GroupMember.objects.create(group=soci, person=self.cast.ada, from_on=date(2026, 1, 1))
        made.lead_group = encode("grp", soci.pk)
        made.vat = encode("vat", self.cast.vat22.pk)
        sold = PassKind.objects.create(
            venue=self.cast.venue,
            name="Cinque ore",
            unit="minutes",
            amount=300,
            price=Money(5000),
            vat_rate=self.cast.vat22,
            kinds=["laser"],
        )
        made.kind = encode("pkd", sold.pk)
        given = {"pass_kind_id": made.kind, "person_id": made.person, "reason": "Prova"}
        made.carnet = sure(post(gina, "/passes", given))["id"]
        grant = {
            "venue_id": made.venue,
            "sponsor_id": made.organisation,
            "name": "Ore per i giovani",
            "from_on": "2026-12-01",
            "last_on": "2027-05-31",
            "joining": "list",
            "budgets": [{"unit": "minutes", "given": 600, "kinds": ["desk"]}],
        }
        dario = client(self.people["lead"])
        made.grant = sure(post(dario, "/programmes", grant))["id"]
        listed = post(dario, f"/programmes/{made.grant}/beneficiaries", {"emails": [self.cast.ada.email]})
        made.place = sure(listed)["data"][0]["id"]
        flex = {
            "venue_id": made.venue,
            "name": "Flex",
            "every": "month",
            "price_cents": 0,
            "vat_rate_id": made.vat,
        }
        made.flex = sure(post(dario, "/plans", flex, "w-plan"))["id"]
        quoted = sure(post(ada, "/quotes", {"plan_id": made.flex}))
        taken = {"quote_id": quoted["id"], "booking_ids": [], "method": "none"}
        sure(post(ada, "/checkouts", taken, "w-taken"))
        made.membership = ada.get("/api/v1/subscriptions").json()["data"][0]["id"]
        made.held = sure(post(ada, "/bookings", wish(self.cast.other_room, title=TITLE), "w1"))["id"]
        made.held_quote = sure(post(ada, "/quotes", {"booking_ids": [made.held]}))["id"]
        made.booking = sure(post(ada, "/bookings", wish(self.cast.room, title=TITLE), "w2"))["id"]
        made.checkout = self._paid(gina, made.booking)
        asked = wish(self.cast.asked_room, organisation_id=made.organisation, title=TITLE)
        made.asked = sure(post(bruno, "/bookings", asked, "w3"))["id"]
        quote = sure(post(bruno, "/quotes", {"booking_ids": [made.asked]}))
        sure(
            post(
                bruno, "/checkouts", {"quote_id": quote["id"], "booking_ids": [made.asked], "method": "none"}
            )
        )
        again = {
            "items": [{"resource_id": encode("res", self.cast.asked_room.pk)}],
            "rule": TWICE,
            "organisation_id": made.organisation,
            "title": TITLE,
        }
        plan = sure(post(bruno, "/series/plans", again, "w-splan"))
        weekly = sure(post(bruno, "/series", {"plan_id": plan["id"]}, "w-series"))
        made.series, made.dated = weekly["id"], weekly["bookings"][0]["id"]
        quote = sure(post(bruno, "/quotes", {"booking_ids": [made.dated]}, "w-squote"))
        dates = {"quote_id": quote["id"], "booking_ids": [made.dated], "method": "none"}
        sure(post(bruno, "/checkouts", dates, "w-dated"))
        blocked = {
            "resource_id": made.resource,
            "period": {"start": "2026-12-03T10:00:00", "end": "2026-12-03T12:00:00"},
            "kind": "maintenance",
            "reason": "Proiettore rotto",
        }
        made.block = sure(post(gina, "/blocks", blocked))["id"]
        fault = {"resource_id": made.resource, "severity": "with_care", "text": "Cigola"}
        made.fault = sure(post(ada, "/faults", fault))["id"]
        careful = {"resource_id": made.resource, "severity": "with_care", "reason": "Cigola"}
        made.outage = sure(post(gina, "/outages", careful))["id"]
        Equipment.objects.create(resource=self.cast.room)
        note = {"resource_id": made.resource, "on": "2026-11-20", "text": "Oliata"}
        made.note = sure(post(gina, "/service-notes", note))["id"]
        made.rescue = sure(post(gina, "/rescues", {"outage_id": made.outage}))["id"]
        outbox.drain()
        paper = ada.get("/api/v1/documents").json()["data"][0]
        made.document, self.number = paper["id"], paper["number"]
        issuers = franco.get("/api/v1/issuers").json()["data"]
        made.issuer = next(i["id"] for i in issuers if i["name"] == self.cast.lead.short_name)
        line = {"description": "Sala", "unit_price": "10.00", "rate": "22"}
        offered = {"issuer_id": made.issuer, "person_id": made.person, "lines": [line]}
        quoted = {"kind": "quotation", "valid_until": "2026-12-31", "document": offered}
        made.preliminary = sure(post(franco, "/preliminaries", quoted))["id"]
        month = {"kind": "month", "issuer_id": made.issuer, "month": "2026-11"}
        made.vat = encode("vat", self.cast.vat22.pk)
        ware = {
            "venue_id": made.venue,
            "name": "Compensato",
            "price": {"cents": 450},
            "vat_rate_id": made.vat,
        }
        made.extra = sure(post(franco, "/extras", ware | {"stock": 9}))["id"]
        code = {"venue_id": made.venue, "code": "MENO20", "name": "Meno 20", "percent": "20"}
        made.coupon = sure(post(franco, "/coupons", code | {"from_on": "2026-11-01"}))["id"]
        listed = franco.get("/api/v1/tariffs").json()["data"][0]["id"]
        draft = {"venue_id": made.venue, "name": "2027", "from_on": "2027-01-01", "copy_of": listed}
        made.draft = sure(post(franco, "/tariffs", draft))["id"]
        made.job = sure(post(franco, "/exports", month))["id"]
        outbox.drain()
        dario, month = client(self.people["lead"]), {"consortium_id": made.consortium, "month": "2026-10"}
        spent = {
            "consortium_id": made.consortium,
            "kind": "direct",
            "on": "2026-10-05",
            "net_cents": 5000,
            "paid_by_id": made.lead_partner,
            "resource_id": made.resource,
            "supplier": SUPPLIER,
        }
        sure(post(dario, "/costs", spent, "w6"))
        made.settlement = sure(post(dario, "/settlements", month, "w4"))["id"]
        sure(post(dario, f"/settlements/{made.settlement}/share", {"objections_until": "2026-12-31"}))
        made.drafted = sure(post(dario, "/settlements", month | {"month": "2026-09"}, "w5"))["id"]
        made.mail = self._a_message()
        made.deposit = self._a_deposit(made.booking)
        made.method = self._a_method()
        return made

    def _a_method(self) -> str:
        saved = SavedMethod.objects.create(
            person=self.cast.ada,
            state="usable",
            kind="card",
            customer_ref="cus_1",
            method_ref="pm_1",
            session_until=now(),
        )
        return encode("pmt", saved.pk)

    def _a_deposit(self, booking: str) -> str:
        kept = Deposit.objects.create(
            booking_id=decode("bkg", booking),
            person=self.cast.ada,
            resource=self.cast.room,
            vat_rate=self.cast.vat22,
            amount=Money(15000),
            release_minutes=60,
        )
        return encode("dep", kept.pk)

    def _paid(self, gina: Any, booking: str) -> str:
        quote = sure(post(gina, "/quotes", {"booking_ids": [booking]}))
        body = {"quote_id": quote["id"], "booking_ids": [booking], "method": "cash"}
        return str(sure(post(gina, "/checkouts", body))["id"])

    def _a_message(self) -> str:
        from core.models import Mail

        return encode("mai", Mail.objects.filter(person_id=self.cast.ada.pk).earliest("made_at").pk)

    @cached_property
    def secrets(self) -> list[str]:
        """What a stranger's answer must never carry."""
        named = [p for role, p in self.people.items() if p is not None and role != "stranger"]
        words = [p.name for p in named] + [p.email for p in named]
        return [*words, self.choir.name, self.number, TITLE, self.cast.ada.tax_code, self.choir.tax_code]

    @property
    def of_the_lead(self) -> list[str]:
        """What is the lead partner's alone: its staff, customers, documents and costs."""
        staff = [p.email for role, p in self.people.items() if p and role in ("staff", "lead", "accountant")]
        return [
            *staff,
            self.cast.ada.name,
            self.cast.ada.email,
            self.choir.name,
            self.number,
            TITLE,
            SUPPLIER,
        ]


TITLE = "Prova del coro"
SUPPLIER = "Officine Riservate"


def sure(answer: Any) -> dict[str, Any]:
    assert answer.status_code < 300, answer.content
    found: dict[str, Any] = answer.json()
    return found
