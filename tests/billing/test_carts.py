"""Random carts through the acts and the database: what the lines say is what is charged, documented and entered, to the
cent, and so it stays while parts of them are given back.

The bookings are planted as rows, several to a cart; what is bought with them, quoted, paid and documented goes through
the acts. Ten thousand carts through the pure engine are in tests/properties/test_carts.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from billing.models import (
    ChosenExtra,
    Coupon,
    CouponPart,
    CouponUse,
    DocumentRate,
    Entry,
    Extra,
    Order,
    Rate,
    VatRate,
)
from billing.papers.ledger import left_of
from billing.paying import refunds
from billing.paying.checkout import checkout
from billing.prices.steps import recomputed
from billing.quoting.quotes import quote
from booking import codes
from booking.models import Booking, Claim, Item
from core.locks import act
from core.money import ZERO, Money, total
from core.periods import Period
from spaces.layout import takes
from tests.cast import LONG_AGO, Cast, rome

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CARTS = 300
BEGINS = "2026-12-09 09:00"


def priced_town(cast: Cast) -> list[Any]:
    """Three things sold in three ways, at two rates of VAT, by the hour, the stretch, with a reduction and a least price."""
    listed = cast.venue.tariffs.get()
    things = [cast.laser, cast.room, cast.other_room]
    for thing, issuing, owner in zip(
        things, ("single", "share", "owner"), (None, None, cast.member), strict=True
    ):
        thing.issuing, thing.owner = issuing, owner
        thing.save()
    ten = VatRate.objects.create(name="IVA 10%", percent=Decimal(10))
    Rate.objects.create(tariff=listed, per="stretch", minutes=150, price=Money(4111), vat_rate=cast.vat22)
    Rate.objects.create(tariff=listed, per="reduction", percent=Decimal("7.5"), price=Money(0))
    Rate.objects.create(tariff=listed, resource=cast.other_room, price=Money(1277), vat_rate=ten)
    Rate.objects.create(tariff=listed, resource=cast.other_room, per="head", price=Money(133), vat_rate=ten)
    return things


def planted(cast: Cast, chance: Random, things: Sequence[Any]) -> list[list[Booking]]:
    """Held bookings in carts of one to three, each thing on a day of its own: rows as holding them writes them."""
    carts, bookings, items, claims = [], [], [], []
    units = takes([thing.pk for thing in things])
    names, until = iter(codes.new_codes(3 * CARTS)), rome(BEGINS)
    for n in range(CARTS):
        cart = []
        for thing in chance.sample(things, chance.randint(1, 3)):
            start = rome(BEGINS) + timedelta(days=n, hours=chance.choice([0, 4, 8]))
            during = Period(start, start + timedelta(minutes=chance.choice([30, 90, 210, 390])))
            made = Booking(
                code=next(names), venue=cast.venue, person=cast.ada, made_by=cast.ada, period=during,
                people=chance.choice([None, 2, 7]), held_until=until, earliest_start=start,
            )  # fmt: skip
            item = Item(booking=made, resource=thing, period=during)
            cart.append(made)
            items.append(item)
            (take,) = units[thing.pk]
            claims.append(Claim(unit_id=take.choices[0], item=item, during=during, kind="held", reason="checkout", until=until))  # fmt: skip
        bookings += cart
        carts.append(cart)
    Booking.objects.bulk_create(bookings)
    Item.objects.bulk_create(items)
    Claim.objects.bulk_create(claims)
    return carts


def with_more(cast: Cast, chance: Random, carts: Sequence[Sequence[Booking]]) -> None:
    """Something by the piece with every third, a coupon on every other: as choosing them writes them."""
    sheet = Extra.objects.create(
        venue=cast.venue, name="Foglio", price=Money(333), vat_rate=cast.vat22, stock=9
    )
    found = [
        Coupon.objects.create(venue=cast.venue, code=code, name=code, from_on=LONG_AGO, **off)
        for code, off in (("PART", {"percent": Decimal("12.5")}), ("WHOLE", {"amount": Money(501)}))
    ]
    chosen, uses, parts = [], [], []
    for cart in carts:
        if chance.random() < 0.3:
            pieces = chance.randint(1, 4)
            chosen.append(ChosenExtra(booking=cart[0], extra=sheet, quantity=pieces, unit_price=Money(333), vat_rate=cast.vat22))  # fmt: skip
        if chance.random() < 0.5:
            coupon = chance.choice(found)
            use = CouponUse(coupon=coupon, person=cast.ada)
            uses.append(use)
            off = coupon.amount.split([1] * len(cart)) if coupon.amount else [ZERO] * len(cart)
            parts += [CouponPart(use=use, booking=b, amount=part) for b, part in zip(cart, off, strict=True)]
    ChosenExtra.objects.bulk_create(chosen)
    CouponUse.objects.bulk_create(uses)
    CouponPart.objects.bulk_create(parts)


Sums = dict[tuple[Any, ...], tuple[Money, ...]]


def by_order(rows: Iterable[Any], key: Any, sign: Any = lambda row: 1) -> Sums:
    """Net, VAT and gross of rows by order, issuer and rate."""
    found: dict[tuple[Any, ...], list[Money]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for row in rows:
        for place, name in enumerate(("net", "vat", "gross")):
            found[key(row)][place] += getattr(row, name).times(sign(row))
    return {k: tuple(v) for k, v in found.items() if any(v)}


def documented() -> Sums:
    rates = DocumentRate.objects.select_related("document")
    return by_order(
        rates,
        lambda r: (r.document.order_id, r.document.issuer_id, r.rate, r.natura),
        lambda r: -1 if r.document.kind == "credit_note" else 1,
    )


def entered() -> Sums:
    return by_order(Entry.objects.all(), lambda e: (e.order_id, e.issuer_id, e.rate, e.natura))


def of_orders(sums: Sums) -> dict[Any, Money]:
    found: dict[Any, Money] = defaultdict(lambda: ZERO)
    for (order, *_), (_, _, gross) in sums.items():
        found[order] += gross
    return found


def test_what_the_lines_say_is_charged_documented_and_entered(cast):
    chance = Random(1125)
    carts = planted(cast, chance, priced_town(cast))
    with_more(cast, chance, carts)
    sold = []
    for cart in carts:
        made = checkout(cast.ivo, quote(cast.ada, cart, None).pk, "cash")
        assert made.state == "done"
        sold.append((cart, made.order.payments.first()))
    orders = list(Order.objects.order_by("pk").prefetch_related("lines", "payments"))
    assert len(orders) == CARTS
    papers = documented()
    assert papers == entered()
    told = of_orders(papers)
    for order in orders:
        lines = list(order.lines.all())
        assert [recomputed(line.steps) for line in lines] == [line.gross for line in lines]
        said = total(line.gross for line in lines)
        (payment,) = order.payments.all() if said else [None]
        assert said == order.total == told[order.pk] == (payment.amount if payment else ZERO)
    assert len({issuer for _, issuer, _, _ in papers}) == 2
    assert len({rate for _, _, rate, _ in papers}) == 2

    # Parts of them come back, in any order, until some have nothing left.
    for cart, payment in chance.sample([(c, p) for c, p in sold if p is not None], CARTS // 6):
        for booking in chance.sample(cart, len(cart)):
            left = total(left_of(booking, payment).values())
            part = Money(chance.choice([left.cents, chance.randint(0, left.cents)]))
            act(refunds.give_back)(None, booking, payment, part, "asked")
    papers = documented()
    assert papers == entered()
    told = of_orders(papers)
    for order in Order.objects.prefetch_related("payments"):
        kept = total(payment.amount - payment.refunded for payment in order.payments.all())
        assert told[order.pk] == kept >= ZERO
