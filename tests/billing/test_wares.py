"""Extras out of a stock and coupons: chosen while one holds, seen in the price, given back with the booking."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import ChosenExtra, Coupon, CouponUse, Document, Extra, Order, OrderLine, Payment
from billing.paying import payments
from billing.prices.steps import recomputed
from booking.holding import lapsing
from booking.holding.locking import lock_bookings
from booking.models import Booking
from core.ids import encode
from core.locks import act
from core.money import Money, total
from tests.api import client, post
from tests.billing.sales import book
from tests.booking.confirmed import cancel_for_good
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plywood(cast):
    return Extra.objects.create(
        venue=cast.venue, name="Compensato", price=Money(450), vat_rate=cast.vat22, stock=10, most=8
    )


def coupon(cast, **data):
    data = {"code": "REDUC20", "name": "Prova", "from_on": date(2026, 1, 1)} | data
    return Coupon.objects.create(venue=cast.venue, **data)


def held(cast, start="2026-12-03 10:00", person=None):
    return book(person or cast.ada, cast.laser, rome(start))


def quote(person, *bookings, **more):
    return client(person).post(
        "/api/v1/quotes", {"booking_ids": [encode("bkg", b.pk) for b in bookings], **more}
    )


def choose(person, booking, extra, quantity):
    body = {"extras": [{"extra_id": encode("ext", extra.pk), "quantity": quantity}]}
    return client(person).put(f"/api/v1/bookings/{encode('bkg', booking.pk)}/extras", body)


def pay(person, offered, *bookings, method="card"):
    body = {"quote_id": offered["id"], "booking_ids": [encode("bkg", b.pk) for b in bookings]}
    return post(client(person), "/checkouts", body | {"method": method}, key=offered["id"])


def left(extra):
    extra.refresh_from_db()
    return extra.stock


def test_sheets_are_chosen_priced_documented_and_come_back_with_the_booking(cast, plywood):
    booking = held(cast)
    assert choose(cast.ada, booking, plywood, 3).json()["data"][0]["chosen"] == 3
    assert choose(cast.ada, booking, plywood, 2).status_code == 200
    assert left(plywood) == 8
    offered = quote(cast.ada, booking).json()
    assert [line["gross"]["cents"] for line in offered["lines"]] == [1830, 900]
    assert pay(cast.ada, offered, booking).status_code == 201
    assert choose(cast.ada, booking, plywood, 1).status_code == 409  # it is being paid
    payments.settle(Payment.objects.get().pk)
    assert Document.objects.get().gross == Money(2730)
    assert [recomputed(line.steps) for line in OrderLine.objects.order_by("position")] == [
        Money(1830),
        Money(900),
    ]
    cancel_for_good(cast.ada, booking.pk)
    assert (left(plywood), ChosenExtra.objects.filter(given_back_at=None).count()) == (10, 0)


def test_no_more_is_had_than_is_left_or_offered(cast, plywood):
    first, second = held(cast), held(cast, "2026-12-03 12:00")
    assert choose(cast.ada, first, plywood, 9).json()["code"] == "invalid"  # at most eight of one booking
    assert choose(cast.ada, first, plywood, 8).status_code == 200
    refused = choose(cast.ada, second, plywood, 3).json()
    assert (refused["code"], refused["data"]["left"]) == ("out-of-stock", 2)
    assert left(plywood) == 2


def test_a_lapsed_hold_puts_back_its_sheets_and_its_coupon(cast, plywood, at):
    once = coupon(cast, percent=Decimal(20), most_uses=1)
    booking = held(cast)
    choose(cast.ada, booking, plywood, 5)
    assert quote(cast.ada, booking, coupon="reduc20").status_code == 201
    at("2026-11-30 12:00")
    held(cast)  # whoever comes next finds the slot, the sheets and the coupon
    once.refresh_from_db()
    assert (left(plywood), once.used, Booking.objects.get(pk=booking.pk).state) == (10, 0, "lapsed")


def test_money_that_comes_late_has_its_sheets_again_or_goes_back(cast, plywood, at):
    booking = held(cast)
    choose(cast.ada, booking, plywood, 6)
    pay(cast.ada, quote(cast.ada, booking).json(), booking)
    at("2026-11-30 14:00")
    lapsing.sweep_dead()
    assert left(plywood) == 10
    Extra.objects.update(stock=5)
    payments.settle(Payment.objects.get().pk)
    assert Order.objects.get().state == "refunded"
    assert left(plywood) == 5


@pytest.mark.parametrize(
    ("data", "first", "off"),
    [
        ({"percent": Decimal(20)}, 97, 323),  # each line by itself: 97 + 97 + 1102
        ({"amount": Money(300)}, 99, 300),  # split over the bookings: 22 + 278, as F5
    ],
)
def test_a_coupon_takes_its_part_off_every_line(cast, data, first, off):
    coupon(cast, **data)
    bookings = [held(cast), held(cast, "2026-12-03 12:00")]
    cast.venue.tariffs.get().rates.update(price=121)
    dear = Extra.objects.create(venue=cast.venue, name="Piano", price=Money(1377), vat_rate=cast.vat22)
    choose(cast.ada, bookings[1], dear, 1)
    offered = quote(cast.ada, *bookings, coupon="REDUC20").json()
    cents = [line["gross"]["cents"] for line in offered["lines"]]
    assert offered["coupon"] == "REDUC20"
    assert [recomputed(line["steps"]).cents for line in offered["lines"]] == cents
    assert (cents[0], sum(cents)) == (first, offered["total"]["cents"])
    assert sum(cents) == 121 + 121 + 1377 - off
    assert pay(cast.ada, offered, *bookings).json()["total"]["cents"] == sum(cents)


def test_a_coupon_says_why_it_cannot_be_used(cast):
    booking = held(cast)
    coupon(cast, code="OLD", percent=Decimal(10), until_on=date(2026, 11, 30))
    coupon(cast, code="HALLS", percent=Decimal(10), kinds=["hall"])
    coupon(cast, code="HUNDRED", amount=Money(10_000))
    coupon(cast, code="GONE", percent=Decimal(10), most_uses=0)
    for code, why in (
        ("NONE", "non esiste"), ("OLD", "giorni"), ("HALLS", "quello che prenoti"), ("HUNDRED", "100.00"), ("GONE", "usato")
    ):  # fmt: skip
        refused = quote(cast.ada, booking, coupon=code).json()
        assert refused["code"] == "coupon-not-usable", refused
        assert why in refused["detail"]
    assert not CouponUse.objects.exists()
    assert list(Coupon.objects.values_list("used", flat=True).distinct()) == [0]


def test_each_person_uses_a_coupon_so_often_and_may_change_their_mind(cast):
    made = coupon(cast, percent=Decimal(50), most_each=1)
    first, second = held(cast), held(cast, "2026-12-03 12:00")
    for _ in range(2):  # the same cart again is the same use
        assert quote(cast.ada, first, coupon="REDUC20").json()["total"]["cents"] == 915
    assert quote(cast.ada, second, coupon="REDUC20").json()["code"] == "coupon-not-usable"
    assert quote(cast.ada, first, coupon="").json()["total"]["cents"] == 1830
    assert quote(cast.ada, second, coupon="REDUC20").json()["total"]["cents"] == 915
    made.refresh_from_db()
    assert made.used == 1


def test_a_coupon_for_a_cart_comes_back_with_the_last_of_its_bookings(cast):
    made = coupon(cast, amount=Money(1000), most_uses=1)
    bookings = [held(cast), held(cast, "2026-12-03 12:00")]
    pay(cast.ada, quote(cast.ada, *bookings, coupon="REDUC20").json(), *bookings)
    payments.settle(Payment.objects.get().pk)
    assert Payment.objects.get().amount == Money(2660)
    for booking, used in zip(bookings, (1, 0), strict=True):
        cancel_for_good(cast.ada, booking.pk)
        made.refresh_from_db()
        assert made.used == used
    assert total(d.gross for d in Document.objects.filter(kind="credit_note")) == Money(2660)


def test_a_paid_booking_with_sheets_and_a_coupon_moves_for_nothing(cast, plywood):
    """What a move costs is the difference to what was paid, sheets and coupon included."""
    coupon(cast, percent=Decimal(20))
    booking = held(cast)
    choose(cast.ada, booking, plywood, 2)
    pay(cast.ada, quote(cast.ada, booking, coupon="REDUC20").json(), booking)
    payments.settle(Payment.objects.get().pk)
    Extra.objects.update(price=900)
    later = {"period": {"start": "2026-12-03T15:00", "end": "2026-12-03T16:00"}}
    body = {"booking_id": encode("bkg", booking.pk), **later}
    answer = client(cast.ada).post("/api/v1/quotes", body).json()
    assert (answer["total"]["cents"], answer["back"]["cents"]) == (0, 0)


def test_who_keeps_prices_keeps_extras_and_coupons_of_their_own_venues(cast, plywood):
    body = {"name": "Filo", "unit": "g", "price": {"cents": 4}, "vat_rate_id": encode("vat", cast.vat22.pk)}
    mine, theirs = client(cast.franco), client(cast.elena)
    venue = {"venue_id": encode("ven", cast.venue.pk)}
    made = post(mine, "/extras", body | venue).json()
    assert (made["stock"], made["most"]) == (None, 100)
    assert post(theirs, "/extras", body | venue).status_code == 404
    path = f"/api/v1/extras/{encode('ext', plywood.pk)}"
    assert theirs.patch(path, {"stock": 99}).status_code == 404
    assert mine.patch(path, {"is_offered": False}).json()["stock"] == 10
    names = lambda api: [e["name"] for e in api.get("/api/v1/extras").json()["data"]]  # noqa: E731
    assert (names(client()), names(mine)) == (["Filo"], ["Compensato", "Filo"])
    code = {"code": "ciao-10", "name": "Ciao", "percent": "10", "from_on": "2026-12-01"} | venue
    assert post(mine, "/coupons", code).json()["code"] == "CIAO-10"
    assert post(mine, "/coupons", code, key="k2").json()["pointers"][0]["code"] == "taken"
    assert theirs.get("/api/v1/coupons").json()["data"] == []
    assert post(mine, "/coupons", code | {"amount": {"cents": 5}}, key="k3").status_code == 422


def test_what_is_let_go_twice_comes_back_once(cast, plywood):
    from billing.quoting import extras

    booking = held(cast)
    choose(cast.ada, booking, plywood, 4)

    @act
    def twice():
        rows = lock_bookings([booking.pk])
        extras.let_go(rows)
        extras.let_go(rows)

    twice()
    assert left(plywood) == 10
