"""What a booking has to leave as a deposit, by the tariff of its day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.models import Rate
from billing.prices.tariffs import PriceList
from booking.models import Booking, Item
from core.ids import encode
from core.money import Money, total
from people.models import Organisation, Person


@dataclass(frozen=True, slots=True)
class Asked:
    """The deposit that a booking will have to leave: for what it books, VAT of what is taken of it, until when."""

    booking: UUID
    resource: UUID
    vat_rate: UUID
    amount: Money
    minutes: int

    def plain(self) -> dict[str, Any]:
        return {
            "booking_id": encode("bkg", self.booking),
            "amount": {"cents": self.amount.cents, "currency": self.amount.currency},
            "release_minutes": self.minutes,
        }


def asked(
    bookings: Sequence[Booking],
    person: Person,
    organisation: Organisation | None = None,
    agreed_at: datetime | None = None,
) -> list[Asked]:
    """What these bookings (with venue) have to leave, by the tariffs of now or of when it was agreed: one deposit a
    booking, of all that it books. One statement where no tariff asks for any."""
    if not any_asked(b.venue_id for b in bookings):
        return []
    items = list(
        Item.objects.filter(booking__in=bookings).select_related("resource__venue").order_by("booking", "pk")
    )
    prices = PriceList([item.resource for item in items], person, organisation, agreed_at=agreed_at)
    found: dict[UUID, list[tuple[Money, Asked]]] = {}
    for item in items:
        rule = prices.deposit(item.resource, item.period)
        if rule is not None and rule.vat_rate_id is not None:
            amount = rule.price.times(item.quantity)
            one = Asked(item.booking_id, item.resource_id, rule.vat_rate_id, amount, rule.minutes)
            found.setdefault(item.booking_id, []).append((amount, one))
    made = []
    for several in found.values():
        # Named for the dearest of what is booked; kept for as long as any of it asks.
        most = max(several, key=lambda one: one[0])[1]
        amount = total(amount for amount, _ in several)
        minutes = max(one.minutes for _, one in several)
        made.append(Asked(most.booking, most.resource, most.vat_rate, amount, minutes))
    return made


def any_asked(venues: Iterable[UUID]) -> bool:
    """Whether any published tariff of these venues asks for a deposit at all."""
    rates = Rate.objects.filter(per=Rate.Per.DEPOSIT, tariff__venue__in=set(venues))
    return rates.filter(tariff__published_at__isnull=False).exists()
