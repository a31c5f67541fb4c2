"""A pass is bought, pays for bookings hour by hour, and has back what is cancelled; staff grant and correct it."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Budget, ChosenExtra, Coupon, Document, Extra, Order, OrderLine, PassKind
from billing.prices.steps import recomputed
from booking.models import Booking
from core import outbox
from core.ids import decode, encode
from core.money import Money
from tests.api import client, post, wish
from tests.cast import rome
from tests.stories.passes import booked, cancelled, checked_out, grant, held, left, quoted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-30 09:00")


def test_a_pass_is_bought_with_its_document_and_shown_with_what_is_left(cast, bank, carnet):
    api = client(cast.ada)
    kinds = api.get("/api/v1/pass-kinds").json()["data"]
    assert [(kind["name"], kind["can_edit"]) for kind in kinds] == [("Cinque ore di laser", False)]
    quote = post(api, "/quotes", {"pass_kind_ids": [kinds[0]["id"]]}).json()
    assert (quote["total"]["cents"], quote["outcome"], quote["vat"][0]["vat"]["cents"]) == (7320, "pay", 1320)
    made = checked_out(api, quote, method="card").json()
    assert api.get("/api/v1/passes").json()["data"] == []
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    bank.tell_everything()
    (mine,) = api.get("/api/v1/passes").json()["data"]
    assert (mine["left"], mine["given"], mine["expired"]) == (300, 300, False)
    assert Document.objects.get().gross == Money(7320)
    assert mine["until"] == "2027-02-28T23:00:00Z"


def test_its_hours_pay_first_and_the_quote_says_what_is_left_of_them(cast, carnet):
    mine = grant(cast, carnet)
    api = client(cast.ada)
    quote = quoted(api, held(api, cast.laser))
    assert (quote["total"]["cents"], quote["outcome"], quote["methods"]) == (0, "book", ["none"])
    (draw,) = quote["lines"][0]["draws"]
    assert (draw["budget_id"], draw["units"], draw["left"], draw["worth"]["cents"]) == (mine, 120, 180, 3660)
    assert left(mine) == 300


def test_what_it_does_not_cover_is_paid_in_proportion(cast, carnet, bank):
    mine = grant(cast, carnet)
    api = client(cast.ada)
    booked(api, cast.laser, start="2026-12-01T10:00:00", end="2026-12-01T14:00:00")
    booking = held(api, cast.laser)
    quote = quoted(api, booking)
    assert (quote["total"]["cents"], quote["lines"][0]["draws"][0]["units"]) == (1830, 60)
    made = checked_out(api, quote, [booking], "card").json()
    assert left(mine) == 0
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    assert left(mine) == 0
    assert Document.objects.get().gross == Money(1830)
    # Of both, all comes back while the terms give all back.
    cancelled(api, booking)
    assert left(mine) == 60


def test_a_coupon_takes_its_part_of_what_the_hours_leave_and_sheets_are_no_hours(cast, carnet, bank):
    carnet.amount = 60
    carnet.save()
    mine = grant(cast, carnet)
    Coupon.objects.create(
        venue=cast.venue, code="VENTI", name="Venti", from_on=date(2026, 1, 1), percent=Decimal(20)
    )
    wood = Extra.objects.create(venue=cast.venue, name="Betulla", price=Money(500), vat_rate=cast.vat22)
    ada = client(cast.ada)
    booking = held(ada, cast.laser)
    ChosenExtra.objects.create(
        booking_id=decode("bkg", booking),
        extra=wood,
        quantity=1,
        unit_price=wood.price,
        vat_rate=wood.vat_rate,
    )
    quote = quoted(ada, booking, coupon="VENTI")
    assert [(line["gross"]["cents"], line["list_price"]["cents"]) for line in quote["lines"]] == [
        (1464, 3660),
        (400, 500),
    ]
    assert [len(line["draws"]) for line in quote["lines"]] == [1, 0]
    made = checked_out(ada, quote, [booking], "card").json()
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    assert Booking.objects.get().state == Booking.State.CONFIRMED
    assert left(mine) == 0
    assert [(line.gross, recomputed(line.steps)) for line in OrderLine.objects.order_by("position")] == [
        (Money(1464), Money(1464)),
        (Money(400), Money(400)),
    ]


def test_a_late_cancellation_gives_back_the_terms_part_of_the_hours(cast, carnet, at):
    mine = grant(cast, carnet)
    api = client(cast.ada)
    booking = booked(api, cast.laser)
    assert left(mine) == 180
    at("2026-12-02 06:00")
    cancelled(client(cast.ada), booking)
    assert left(mine) == 240
    outbox.drain()
    assert left(mine) == 240


def test_a_hold_that_lapses_gives_its_hours_back(cast, carnet, at, bank):
    mine = grant(cast, carnet)
    api = client(cast.ada)
    booking = held(api, cast.laser, "2026-12-02T10:00:00", "2026-12-02T16:00:00")
    assert checked_out(api, quoted(api, booking), [booking], "card").status_code == 201
    assert left(mine) == 0
    post(api, f"/bookings/{booking}/release", key="let-go")
    at("2026-11-30 12:00")
    from booking.holding.lapsing import sweep_dead

    sweep_dead()
    outbox.drain()
    assert left(mine) == 300


def test_the_one_that_expires_first_pays_first(cast, carnet):
    later = grant(cast, carnet)
    sooner = grant(cast, carnet)
    Budget.objects.filter(pk=decode("bud", sooner)).update(until_at=rome("2026-12-20"))
    booked(client(cast.ada), cast.laser)
    assert (left(later), left(sooner)) == (300, 180)


def test_a_pass_pays_only_for_its_kinds_and_while_it_is_valid(cast, carnet):
    grant(cast, carnet)
    api = client(cast.ada)
    assert quoted(api, held(api, cast.room))["lines"][0]["draws"] == []
    after = held(api, cast.laser, "2027-03-02T10:00:00", "2027-03-02T11:00:00")
    assert quoted(api, after)["total"]["cents"] == 1830
    other = client(cast.bruno)
    assert quoted(other, held(other, cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00"))["total"][
        "cents"
    ]


def test_what_was_spent_meanwhile_is_said_with_the_price_of_now(cast, carnet):
    grant(cast, carnet)
    api = client(cast.ada)
    first = held(api, cast.laser, "2026-12-01T10:00:00", "2026-12-01T14:00:00")
    second = held(api, cast.laser, "2026-12-02T10:00:00", "2026-12-02T14:00:00")
    one, two = quoted(api, first), quoted(api, second)
    assert checked_out(api, one, [first]).status_code == 201
    answer = checked_out(api, two, [second])
    assert (answer.status_code, answer.json()["code"]) == (409, "budget-spent")
    assert answer.json()["data"]["total"]["cents"] == 3 * 1830


def test_moving_costs_nothing_more_and_a_longer_time_draws_more(cast, carnet):
    mine = grant(cast, carnet)
    api = client(cast.ada)
    booking = booked(api, cast.laser)
    longer = {"period": {"start": "2026-12-03T10:00:00", "end": "2026-12-03T13:00:00"}}
    moved = post(api, f"/bookings/{booking}/move", longer, key="longer")
    assert (moved.status_code, moved.json()["state"]) == (200, "confirmed"), moved.content
    assert left(mine) == 120
    shorter = {"period": {"start": "2026-12-03T10:00:00", "end": "2026-12-03T11:00:00"}}
    assert post(api, f"/bookings/{booking}/move", shorter, key="shorter").status_code == 200
    assert left(mine) == 240


def test_more_than_the_pass_has_is_paid_before_the_booking_grows(cast, carnet, bank):
    mine = grant(cast, carnet)
    api = client(cast.ada)
    booking = booked(api, cast.laser, start="2026-12-02T10:00:00", end="2026-12-02T14:00:00")
    longer = {"period": {"start": "2026-12-02T10:00:00", "end": "2026-12-02T17:00:00"}}
    post(api, f"/bookings/{booking}/move", longer, key="longer")
    quote = quoted(api, booking)
    assert quote["total"]["cents"] == 2 * 1830
    assert left(mine) == 60
    made = checked_out(api, quote, [booking], "card").json()
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    assert left(mine) == 0
    assert Booking.objects.get(pk=decode("bkg", booking)).period.minutes == 420


def test_what_was_paid_in_money_is_not_drawn_from_a_pass_bought_since(cast, carnet, bank):
    api = client(cast.ada)
    booking = held(api, cast.laser)
    made = checked_out(api, quoted(api, booking), [booking], "card").json()
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    mine = grant(cast, carnet)
    later = {"period": {"start": "2026-12-03T10:00:00", "end": "2026-12-03T12:00:00"}}
    assert post(api, f"/bookings/{booking}/move", later, key="later").status_code == 200
    assert left(mine) == 300
    assert api.get(f"/api/v1/bookings/{booking}").json()["money"]["refunded"]["cents"] == 0


def test_a_refused_request_gives_its_hours_back(cast, carnet):
    PassKind.objects.update(kinds=[])
    mine = grant(cast, PassKind.objects.get())
    api = client(cast.ada)
    booking = held(api, cast.asked_room)
    assert checked_out(api, quoted(api, booking), [booking]).json()["state"] == "done"
    assert left(mine) == 180
    post(client(cast.gina), f"/bookings/{booking}/refuse", {"reason": "Chiuso"}, key="no")
    outbox.drain()
    assert left(mine) == 300


def test_a_cart_of_a_booking_and_a_pass_is_paid_as_one(cast, carnet, bank):
    api = client(cast.ada)
    booking = held(api, cast.laser)
    quote = quoted(api, booking, pass_kind_ids=[encode("pkd", carnet.pk)])
    assert quote["total"]["cents"] == 3660 + 7320
    made = checked_out(api, quote, [booking], "card").json()
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    assert [p["left"] for p in api.get("/api/v1/passes").json()["data"]] == [300]
    assert api.get(f"/api/v1/bookings/{booking}").json()["state"] == "confirmed"
    assert Document.objects.get().gross == Money(3660 + 7320)


def test_an_owed_pass_stays_owed_when_its_booking_is_cancelled(cast, carnet):
    api = client(cast.bruno)
    booking = post(
        api, "/bookings", wish(cast.room, organisation_id=encode("org", cast.association.pk))
    ).json()["id"]
    quote = quoted(api, booking, pass_kind_ids=[encode("pkd", carnet.pk)])
    assert checked_out(api, quote, [booking], "account").json()["state"] == "done"
    cancelled(api, booking)
    assert Order.objects.get(state="owed").total == Money(7320)
    assert Budget.objects.count() == 1


def test_staff_correct_with_a_reason_and_never_below_nothing(cast, carnet):
    mine = grant(cast, carnet)
    gina = client(cast.gina)
    fixed = post(gina, f"/passes/{mine}/correct", {"units": -60, "reason": "Usata a voce"}, key="c1")
    assert fixed.json()["left"] == 240
    assert fixed.json()["moves"][0]["reason"] == "Usata a voce"
    assert post(gina, f"/passes/{mine}/correct", {"units": -241, "reason": "No"}, key="c2").status_code == 422
    assert left(mine) == 240


def test_what_the_house_gives_back_late_can_still_be_used(cast, carnet, at):
    mine = grant(cast, carnet)
    booking = booked(client(cast.ada), cast.laser)
    Budget.objects.update(until_at=rome("2026-12-02 11:00"))
    from billing.changes.acts import refund_in_full
    from booking.changing import changes
    from booking.holding import lifecycle
    from core.locks import act

    @act
    def cannot_keep():
        found = changes.lock_for(decode("bkg", booking))
        refund_in_full(None, found)
        lifecycle.cancel_inside(found, cast.gina)

    cannot_keep()
    outbox.drain()
    assert left(mine) == 300
    assert Budget.objects.get().until_at > rome("2026-12-29 00:00")
