"""The last sheet and the last use of a coupon, wanted by many at once."""

import threading
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.db import connections
from django.db.models import F

from billing import coupons, extras
from billing.models import ChosenExtra, Coupon, CouponUse, Extra
from booking.models import Booking
from config import postgres
from core.errors import CouponNotUsable, OutOfStock
from core.ids import encode
from core.money import Money
from tests.api import client
from tests.billing.sales import book
from tests.cast import rome
from tests.races.conftest import at_once, tally

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ASKING = 15


@pytest.fixture
def holding(cast, crowd):
    """Each of some people holds an hour of their own; in turn of different things, which queue apart."""
    things, found = [cast.laser, cast.room, cast.other_room], []
    for n, person in enumerate(crowd[:ASKING]):
        found.append((person, book(person, things[n % 3], rome(f"2026-12-03 {9 + n // 3:02}:00"))))
    return found


@pytest.fixture
def plywood(cast):
    return Extra.objects.create(
        venue=cast.venue, name="Compensato", price=Money(450), vat_rate=cast.vat22, stock=10
    )


def wanting(person, booking, extra):
    api, body = client(person), {"extras": [{"extra_id": encode("ext", extra.pk), "quantity": 3}]}
    return lambda: api.put(f"/api/v1/bookings/{encode('bkg', booking.pk)}/extras", body)


def using(person, booking, code="ONE"):
    api, body = client(person), {"booking_ids": [encode("bkg", booking.pk)], "coupon": code}
    return lambda: api.post("/api/v1/quotes", body)


@pytest.fixture
def without(server, database):
    """Takes a constraint away, and brings it back for the next test."""
    owner, gone = server.url(postgres.OWNER, database), []

    def remove(table, name):
        with psycopg.connect(owner, autocommit=True) as db:
            [(what,)] = db.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
            ).fetchall()
            db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        gone.append((table, name, what))

    yield remove
    connections.close_all()
    with psycopg.connect(owner, autocommit=True) as db:
        for table, name, what in gone:
            db.execute(f"TRUNCATE {table} CASCADE")
            db.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {what}")


def test_three_of_ten_sheets_each_are_had_by_three(holding, plywood):
    answers = at_once([wanting(person, booking, plywood) for person, booking in holding])
    assert tally(answers) == {200: 3, 409: ASKING - 3}
    plywood.refresh_from_db()
    assert (plywood.stock, ChosenExtra.objects.count()) == (1, 3)


def test_without_looking_and_taking_in_one_more_is_had_than_there_is(holding, plywood, monkeypatch, without):
    """The twin: who looks first and takes after, with no constraint, sells what is not there."""

    def careless(pk, quantity):
        if Extra.objects.get(pk=pk).stock < quantity:
            raise OutOfStock(what="", left=0)
        gate.wait(timeout=20)
        Extra.objects.filter(pk=pk).update(stock=F("stock") - quantity)

    gate = threading.Barrier(3)
    Extra.objects.update(stock=7)
    without("billing_extra", "billing_no_stock_below_zero")
    monkeypatch.setattr(extras, "take", careless)
    at_once([wanting(person, booking, plywood) for person, booking in holding[:3]])
    plywood.refresh_from_db()
    assert plywood.stock == -2


def test_the_last_use_of_a_coupon_is_had_by_one(cast, holding):
    made = Coupon.objects.create(
        venue=cast.venue, code="ONE", name="Uno", percent=Decimal(50), from_on=date(2026, 1, 1), most_uses=1
    )
    answers = at_once([using(person, booking) for person, booking in holding])
    assert tally(answers) == {201: 1, 409: ASKING - 1}
    made.refresh_from_db()
    assert (made.used, CouponUse.objects.count()) == (1, 1)


def test_without_counting_and_using_in_one_the_last_use_is_had_by_many(cast, holding, monkeypatch, without):
    """The twin: the coupon is found usable by three before any of them has used it."""
    gate = threading.Barrier(3)
    made = Coupon.objects.create(
        venue=cast.venue, code="ONE", name="Uno", percent=Decimal(50), from_on=date(2026, 1, 1), most_uses=1
    )

    def careless(code, bookings, payer):
        found = Coupon.objects.get(code=code)
        if found.used >= 1:
            raise CouponNotUsable(why=coupons.USED_UP)
        gate.wait(timeout=20)
        Coupon.objects.filter(pk=found.pk).update(used=F("used") + 1)
        return found

    without("billing_coupon", "billing_a_coupon_is_not_used_too_often")
    monkeypatch.setattr(coupons, "_counted", careless)
    at_once([using(person, booking) for person, booking in holding[:3]])
    made.refresh_from_db()
    assert made.used == 3


def test_somebody_in_two_windows_uses_their_one_coupon_once(cast, crowd):
    Coupon.objects.create(
        venue=cast.venue, code="ONE", name="Uno", percent=Decimal(50), from_on=date(2026, 1, 1), most_each=1
    )
    mine = [book(crowd[0], cast.laser, rome(f"2026-12-03 {h:02}:00")) for h in (9, 11, 13)]
    answers = at_once([using(crowd[0], booking) for booking in mine])
    assert tally(answers) == {201: 1, 409: 2}
    assert Booking.objects.filter(coupon_part__isnull=False).count() == 1
