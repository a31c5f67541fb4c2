"""A future line of an order: whose sale it is, what it is called, how much of it is left to pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing.models import Issuer
from billing.prices.drawing import Part
from billing.prices.pricing import Price
from booking.claims import Ask
from booking.models import Booking, Item
from core.ids import encode
from core.money import Money
from core.periods import Period, in_words, local_date
from people.consortium import shares_on
from spaces.models import Resource


@dataclass(frozen=True, slots=True)
class Priced:
    """One future line of an order: whose sale, what, how much, with every step."""

    booking: Booking | None
    item: Item | None
    issuer: UUID
    partner: UUID
    description: str
    gross: Money  # what is left to pay: the price less what budgets pay
    price: Price
    vat_rate: UUID
    extra: UUID | None = None
    draws: tuple[Part, ...] = ()
    pass_kind: UUID | None = None
    plan: UUID | None = None
    ask: Ask | None = None  # what is had for it, if that is time

    def plain(self) -> dict[str, Any]:
        """The line as JSON: what is shown, compared and kept."""
        return {
            "booking_id": encode("bkg", self.booking.pk) if self.booking is not None else None,
            "item_id": encode("itm", self.item.pk) if self.item is not None else None,
            "extra_id": encode("ext", self.extra) if self.extra is not None else None,
            "pass_kind_id": encode("pkd", self.pass_kind) if self.pass_kind is not None else None,
            "plan_id": encode("pla", self.plan) if self.plan is not None else None,
            "issuer_id": encode("iss", self.issuer),
            "description": self.description,
            "gross": {"cents": self.gross.cents, "currency": self.gross.currency},
            "vat_rate": str(self.price.vat.rate),
            "natura": self.price.vat.natura,
            "legal_text": self.price.vat.legal_text,
            "list_price": {"cents": self.price.listed.cents, "currency": self.gross.currency},
            "charge_by": self.price.charge_by,
            "steps": [step.plain() for step in self.price.steps],
            "draws": [
                {
                    "budget_id": encode("bud", d.budget),
                    "kind": d.kind,
                    "name": d.name,
                    "unit": d.unit,
                    "units": d.units,
                    "left": d.left,
                    "worth": {"cents": d.worth.cents, "currency": d.worth.currency},
                }
                for d in self.draws
            ],
        }


def issuers_by_partner() -> dict[UUID, UUID]:
    """Who issues for each partner."""
    return dict(Issuer.objects.values_list("partner_id", "pk"))


@dataclass(frozen=True, slots=True)
class Side:
    """In whose name a part is sold, and whose the takings are."""

    issuing: UUID
    earning: UUID


def parts_of(resource: Resource, gross: Money, period: Period) -> list[tuple[Side, Money]]:
    """The gross by issuer: whole (single issuer, or the owner), or split by the shares in force that day."""
    runner = resource.venue.partner
    owner = resource.owner or runner
    if resource.issuing == Resource.Issuing.OWNER:
        return [(Side(owner.pk, owner.pk), gross)]
    if resource.issuing == Resource.Issuing.SHARE and runner.consortium_id:
        shares = shares_on(runner.consortium_id, local_date(period.start, resource.venue.zone))
        if shares:
            parts = gross.split(list(shares.values()))
            return [(Side(partner, partner), part) for partner, part in zip(shares, parts, strict=True)]
    return [(Side(runner.pk, owner.pk), gross)]


def describe(ask: Ask | Item, booking: Booking) -> str:
    """What a document says of the line: resource, day and wall-clock hours."""
    times = f" × {ask.quantity}" if ask.quantity > 1 else ""
    return f"{ask.resource.name}{times}, {in_words(ask.period, booking.venue.zone)} ({booking.code})"
