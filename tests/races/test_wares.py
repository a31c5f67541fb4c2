"""The last sheet and the last use of a coupon, wanted by many at once."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Q

from billing.models import ChosenExtra, Coupon, CouponUse, Extra
from booking.models import Booking
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


def test_three_of_ten_sheets_each_are_had_by_three(holding, plywood):
    answers = at_once([wanting(person, booking, plywood) for person, booking in holding])
    assert tally(answers) == {200: 3, 409: ASKING - 3}
    plywood.refresh_from_db()
    assert (plywood.stock, ChosenExtra.objects.count()) == (1, 3)


@pytest.fixture
def careless(monkeypatch):
    """What is left is not asked for in the statement that takes it: only the constraint is there to judge."""
    for act in ("extras", "coupons"):
        monkeypatch.setattr(f"billing.quoting.{act}.Q", lambda **_: Q())


def test_without_asking_what_is_left_the_constraint_still_stands(holding, plywood, careless):
    answers = at_once([wanting(person, booking, plywood) for person, booking in holding[:5]])
    assert [getattr(one, "status_code", None) for one in answers].count(200) == 3
    plywood.refresh_from_db()
    assert plywood.stock == 1


def test_without_both_more_is_had_than_there_is(holding, plywood, careless, without):
    without("billing_extra", "billing_no_stock_below_zero")
    answers = at_once([wanting(person, booking, plywood) for person, booking in holding[:5]])
    assert tally(answers) == {200: 5}
    plywood.refresh_from_db()
    assert plywood.stock == -5


def test_the_last_use_of_a_coupon_is_had_by_one(cast, holding):
    made = one_use(cast)
    answers = at_once([using(person, booking) for person, booking in holding])
    assert tally(answers) == {201: 1, 409: ASKING - 1}
    made.refresh_from_db()
    assert (made.used, CouponUse.objects.count()) == (1, 1)


def one_use(cast):
    return Coupon.objects.create(
        venue=cast.venue, code="ONE", name="Uno", percent=Decimal(50), from_on=date(2026, 1, 1), most_uses=1
    )


def test_without_asking_how_often_the_constraint_still_stands(cast, holding, careless):
    made = one_use(cast)
    answers = at_once([using(person, booking) for person, booking in holding[:3]])
    assert [getattr(one, "status_code", None) for one in answers].count(201) == 1
    made.refresh_from_db()
    assert made.used == 1


def test_without_both_the_last_use_is_had_by_many(cast, holding, careless, without):
    made = one_use(cast)
    without("billing_coupon", "billing_a_coupon_is_not_used_too_often")
    answers = at_once([using(person, booking) for person, booking in holding[:3]])
    assert tally(answers) == {201: 3}
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
