"""Random carts through the acts: what the lines say is what is charged, documented and entered, to the cent."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from billing import coupons, extras, payments
from billing.checkout import checkout
from billing.models import Coupon, Document, Entry, Extra, OrderLine, Rate
from billing.quotes import quote
from billing.steps import recomputed
from core.money import Money, total
from tests.billing.sales import book
from tests.cast import LONG_AGO, rome

pytestmark = pytest.mark.django_db(transaction=True)
CARTS = 8


def test_what_the_lines_say_is_charged_documented_and_entered(cast):
    chance, begins = Random(1125), rome("2026-12-09 09:00")
    listed, room = cast.venue.tariffs.get(), cast.room
    room.issuing = "share"
    room.save()
    Rate.objects.create(tariff=listed, per="stretch", minutes=150, price=Money(4111), vat_rate=cast.vat22)
    Rate.objects.create(tariff=listed, per="reduction", percent=Decimal("7.5"), price=Money(0))
    ware = Extra.objects.create(
        venue=cast.venue, name="Foglio", price=Money(333), vat_rate=cast.vat22, stock=99
    )
    for code, off in (("PART", {"percent": Decimal("12.5")}), ("WHOLE", {"amount": Money(501)})):
        Coupon.objects.create(venue=cast.venue, code=code, name=code, from_on=LONG_AGO, **off)
    for n in range(CARTS):
        day = begins + timedelta(days=n)
        things = chance.sample([cast.laser, room, cast.other_room], chance.randint(1, 3))
        cart = [book(cast.ada, thing, day, chance.choice([30, 90, 210, 390])) for thing in things]
        if pieces := chance.randint(0, 3):
            extras.choose(cast.ada, cart[0].pk, {ware.pk: pieces})
        if code := chance.choice(["", "PART", "WHOLE"]):
            coupons.use(cast.ada, [b.pk for b in cart], code, None)
        made = checkout(cast.ada, quote(cast.ada, cart, None).pk, "card")
        payment = made.order.payments.get()
        payments.settle(payment.pk)
        lines = OrderLine.objects.filter(order=made.order)
        said = total(line.gross for line in lines)
        assert [recomputed(line.steps) for line in lines] == [line.gross for line in lines]
        assert said == made.order.total == payment.amount
        assert said == total(d.gross for d in Document.objects.filter(order=made.order))
        assert said == total(e.gross for e in Entry.objects.filter(order=made.order))
