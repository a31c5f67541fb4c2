"""A price with an expiry and a fingerprint, which checkout compares."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from billing.budgets import allowances
from billing.budgets import draws as draw
from billing.models import ChosenExtra, Quote
from billing.papers.vat import RateKey, summaries
from billing.prices.deposit_terms import Asked, asked
from billing.prices.discounts import taken_off
from billing.prices.drawing import AtMost
from billing.prices.priced import Priced, describe, issuers_by_partner, parts_of
from billing.prices.pricing import Price
from billing.prices.steps import Step, reckon
from billing.prices.tariffs import PriceList
from booking.claims import Ask
from booking.models import Booking, Change, Item
from core.clock import now
from core.money import Money, total
from core.periods import Period
from people.models import Organisation, Person

VALID_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Use:
    """In which time each item was used, and when its price was agreed: by the prices of then it is charged."""

    periods: Mapping[UUID, Period]
    agreed_at: datetime


def priced(
    bookings: Sequence[Booking],
    person: Person,
    organisation: Organisation | None,
    instead: Mapping[UUID, Ask] | None = None,
    at_most: AtMost | None = None,
    use: Use | None = None,
    back: Mapping[UUID, int] | None = None,
) -> list[Priced]:
    """The lines that these bookings (with venue) would make for who pays, in a fixed order: their time less what
    budgets would pay, what goes with them, all less what their coupon takes off.

    `instead` prices other asks in the place of what the items are: where a change would take them; `at_most`
    says how many units budgets may pay of each, if not all that they have; `use` in which time each was used;
    `back` which percent of what each gives up comes back to them, where it keeps its own before another has any.
    """
    items = list(
        Item.objects.filter(booking__in=bookings)
        .select_related("resource__venue__partner", "resource__owner")
        .order_by("booking__period", "pk")
    )
    by_pk = {b.pk: b for b in bookings}
    asks = {i.pk: (instead or {}).get(i.pk, Ask.of(i)) for i in items}
    agreed_at = use.agreed_at if use is not None else None
    prices = PriceList([ask.resource for ask in asks.values()], person, organisation, agreed_at=agreed_at)
    issuers = issuers_by_partner()
    lines: list[Priced] = []
    found_by_item = {
        item.pk: prices.price(
            asks[item.pk].resource,
            asks[item.pk].period,
            quantity=asks[item.pk].quantity,
            people=by_pk[item.booking_id].people,
            used=use.periods.get(item.pk) if use is not None else None,
        )
        for item in items
    }
    asks = {pk: ask._replace(period=found_by_item[pk].charged or ask.period) for pk, ask in asks.items()}
    grosses = {pk: found.gross for pk, found in found_by_item.items()}
    draws = draw.covered(asks, grosses, person, organisation, bookings, at_most, back)
    for item in items:
        booking = by_pk[item.booking_id]
        ask, found, paid = asks[item.pk], found_by_item[item.pk], draws.get(item.pk, [])
        vat_rate = found.vat_rate_id
        if vat_rate is None:
            continue
        left = found.gross - total(part.worth for part in paid)
        found = found.then(*(Step("draw", amount=-part.worth, name=part.name) for part in paid))
        shown = tuple(paid)  # on the first of its lines, where the price is several partners'
        parts = parts_of(ask.resource, left, ask.period)
        weights = tuple(str(part.cents) for _, part in parts)
        for index, (partner, share) in enumerate(parts):
            if share or not left:
                shared = left and len(parts) > 1
                of_it = found.then(Step("share", weights=weights, index=index)) if shared else found
                lines.append(
                    Priced(
                        booking,
                        item,
                        issuers[partner.issuing],
                        partner.earning,
                        describe(ask, booking),
                        share,
                        of_it,
                        vat_rate,
                        draws=shown,
                        ask=ask,
                    )
                )
                shown = ()
    lines += _of_extras(items, by_pk, issuers)
    return taken_off(lines, person)


def _of_extras(
    items: Sequence[Item], bookings: Mapping[UUID, Booking], issuers: Mapping[UUID, UUID]
) -> list[Priced]:
    """What goes with these bookings, at the price of when it was chosen: sold by whoever runs the venue."""
    first: dict[UUID, Item] = {}
    for item in items:
        first.setdefault(item.booking_id, item)
    rows = ChosenExtra.objects.filter(booking__in=first, given_back_at=None)
    found = []
    for chosen in rows.select_related("extra", "vat_rate").order_by("booking__period", "pk"):
        booking, vat = bookings[chosen.booking_id], chosen.vat_rate
        steps, gross = reckon(
            [Step("extra", unit_price=chosen.unit_price, count=chosen.quantity, name=chosen.extra.name)]
        )
        runner = first[booking.pk].resource.venue.partner
        key = RateKey(vat.percent, vat.natura, vat.legal_text)
        found.append(
            Priced(
                booking,
                first[booking.pk],
                issuers[runner.pk],
                runner.pk,
                f"{chosen.quantity} × {chosen.extra.name} ({booking.code})",
                gross,
                Price(gross, key, vat.pk, steps),
                vat.pk,
                chosen.extra_id,
            )
        )
    return found


def heed_allowances(lines: Sequence[Priced], organisation: Organisation | None) -> None:
    """Nothing happens unless money would pay for what a partner's agreement refuses. Raises AllowanceSpent."""
    allowances.heed([line.ask for line in lines if line.ask is not None and line.gross], organisation)


def fingerprint(lines: Sequence[Priced]) -> str:
    """What has to be the same for a quote to hold: what is sold by whom for how much and what budgets pay of it, not how
    that was reached or by which law it bears no VAT, nor what is then left for others to draw."""
    besides = ("steps", "legal_text")
    said = [{key: value for key, value in line.plain().items() if key not in besides} for line in lines]
    for line in said:
        line["draws"] = [{k: v for k, v in d.items() if k != "left"} for d in line["draws"]]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def quote(
    person: Person,
    bookings: Sequence[Booking],
    organisation: Organisation | None,
    *,
    change: Change | None = None,
    lines: Sequence[Priced] | None = None,
    also: Sequence[Priced] = (),
) -> Quote:
    """A price for these held bookings, or for what a change of one costs (with its `lines`), valid for half an hour
    or as long as they are held; `also` is what is bought besides. Raises AllowanceSpent."""
    to_leave: list[Asked] = []
    if lines is None:
        lines = [*priced(bookings, person, organisation), *also]
        to_leave = asked(bookings, person, organisation)
    heed_allowances(lines, organisation)
    ends = [change.until] if change is not None else [b.held_until for b in bookings if b.held_until]
    made = Quote.objects.create(
        person=person,
        organisation=organisation,
        plan=next((line.plan for line in also if line.plan is not None), None),
        pass_kinds=[line.pass_kind for line in also if line.pass_kind is not None],
        lines=[line.plain() for line in lines],
        total=total(line.gross for line in lines),
        deposits=[one.plain() for one in to_leave],
        fingerprint=fingerprint(lines),
        change=change,
        expires_at=min([now() + VALID_FOR, *ends]),
    )
    made.bookings.set(bookings)
    return made


def outcome_of(bookings: Sequence[Booking], amount: Money) -> str:
    """What the button does: `request`, `book` or `pay`."""
    if any(b.needs_approval for b in bookings):
        return "request"
    return "pay" if amount else "book"


def vat_of(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """VAT by rate of a quote's lines, as documents will sum it."""
    keyed = [
        (RateKey(Decimal(line["vat_rate"]), line["natura"]), Money(line["gross"]["cents"])) for line in lines
    ]
    return [
        {
            "rate": str(s.key.rate),
            "natura": s.key.natura or None,
            "net": s.net,
            "vat": s.vat,
            "gross": s.gross,
        }
        for s in summaries(keyed)
    ]
