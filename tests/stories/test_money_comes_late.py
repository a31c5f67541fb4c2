"""Money that comes when something else has happened: it has what it was for, or it goes back."""

import pytest

from billing.models import Checkout, Order, Payment, Refund
from booking.changing import changes
from booking.models import Booking, Claim
from core.ids import encode
from core.money import Money
from spaces import relayout
from spaces.models import Resource, Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO
from tests.stories.changing import buy, hand, move, pay, span, squares, to
from tests.stories.changing import longer as longer_by
from tests.stories.test_a_series_is_edited import RULE, changed, planned
from tests.stories.test_an_association_books_a_series import booked, plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def page_for(api, booking, key="p"):
    """The page on which what the booking's change costs besides is paid; nobody has looked at it yet."""
    quote = api.post("/api/v1/quotes", {"booking_ids": [booking["id"]]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "card"}
    made = post(api, "/checkouts", body, key)
    assert made.status_code == 201, made.content
    return made.json()["redirect_url"]


def longer(api, booking, key="m"):
    moved = move(api, booking, to("03T10:00", "03T12:00"), key)
    assert moved.json()["change"]["waits_for"] == "payment", moved.content


def paid(bank, page):
    bank.pay(page)
    bank.tell_everything()
    assert not Payment.objects.filter(state="captured", settled_at=None).exists()


def came_back():
    return [(r.amount.cents, r.reason) for r in Refund.objects.all()]


# -- the room is another one meanwhile ----------------------------------------------------------------------


def test_a_room_divided_while_a_change_waits_is_not_had_twice(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    longer(api, booking)
    relayout.divide(cast.ivo, cast.room.pk, ["Sala Po A", "Sala Po B"])
    assert span(pay(api, bank, booking["id"], "more"))[1] == "2026-12-03T11:00:00Z"
    half = Resource.objects.get(name="Sala Po A")
    wanted = wish(half, "2026-12-03T11:00:00", "2026-12-03T12:00:00")
    assert post(client(cast.bruno), "/bookings", wanted, "rival").status_code == 409
    assert Claim.objects.filter(kind="booked").count() == 3  # the room and its halves, once each
    squares()


def test_a_part_joined_again_while_a_change_waits_gives_the_money_back(cast, bank):
    relayout.divide(cast.ivo, cast.room.pk, ["Sala Po A", "Sala Po B"])
    api = client(cast.ada)
    booking = buy(api, bank, Resource.objects.get(name="Sala Po A"))
    longer(api, booking)
    page = page_for(api, booking)
    relayout.join(cast.ivo, cast.room.pk)
    paid(bank, page)
    assert came_back() == [(1830, "slot-gone")]
    assert span(api.get(f"/api/v1/bookings/{booking['id']}").json())[1] == "2026-12-03T10:00:00Z"


def test_what_the_guard_refuses_goes_back_and_nothing_is_half_written(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    longer(api, booking)
    page = page_for(api, booking)
    rival = buy(client(cast.bruno), bank, cast.room, "2026-12-04T10:00:00", "2026-12-04T11:00:00", "rival")
    held = Claim.objects.get(reason="change")
    during = held.during
    held.delete()
    Claim.objects.filter(item__booking__person=cast.bruno).update(during=during)  # as no act would leave it
    paid(bank, page)
    assert came_back() == [(1830, "slot-gone")]
    assert span(api.get(f"/api/v1/bookings/{booking['id']}").json())[1] == "2026-12-03T10:00:00Z"
    assert Claim.objects.filter(item__booking__person=cast.ada).count() == 1
    assert rival["state"] == "confirmed"


# -- whoever paid has gone, or never came -------------------------------------------------------------------


def test_who_has_left_is_not_given_more_time_and_has_their_money_back(cast, bank, at):
    Rules.objects.create(
        resource=cast.room, from_on=LONG_AGO, data={"leaving_frees": True, "horizon_days": 365}
    )
    booking = buy(client(cast.ada), bank, cast.room)
    at("2026-12-03 10:10")
    api, staff = client(cast.ada), client(cast.gina)
    longer(api, booking)
    page = page_for(api, booking)
    post(staff, f"/bookings/{booking['id']}/check-in", key="in")
    assert post(staff, f"/bookings/{booking['id']}/check-out", key="out").status_code == 200
    at("2026-12-03 10:12")
    wanted = wish(cast.room, *to("03T10:30", "03T12:00")["period"].values())
    assert post(client(cast.bruno), "/bookings", wanted, "rival").status_code == 201
    paid(bank, page)
    assert came_back() == [(1830, "slot-gone")]
    squares()


def test_who_did_not_come_is_not_moved_by_money_that_comes_late(cast, bank, at):
    rules = {"needs_check_in": True, "grace": 15, "release_no_show": True, "horizon_days": 365}
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=rules)
    booking = buy(client(cast.ada), bank, cast.room)
    at("2026-12-03 09:50")
    api = client(cast.ada)
    longer(api, booking)
    page = page_for(api, booking)
    at("2026-12-03 10:20")
    assert post(client(cast.gina), f"/bookings/{booking['id']}/no-show", key="ns").status_code == 200
    paid(bank, page)
    assert came_back() == [(1830, "slot-gone")]
    assert Booking.objects.get().period.minutes == 60
    assert not Claim.objects.filter(
        kind="booked", during__endswith__gt=Booking.objects.get().period.end
    ).exists()


# -- the booking is elsewhere meanwhile ---------------------------------------------------------------------


def test_money_for_a_lapsed_change_does_not_bring_a_date_back_to_where_its_series_left(cast, bank, at):
    api = client(cast.ada)
    made = booked(api, plan(api, cast.room, RULE)).json()
    ids = [b["id"] for b in made["bookings"]]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    body = {"quote_id": quote["id"], "booking_ids": ids, "method": "card"}
    paid(bank, post(api, "/checkouts", body, "all").json()["redirect_url"])
    second = made["bookings"][1]
    more = {"period": {"start": "2027-01-19T18:00:00", "end": "2027-01-19T21:00:00"}}
    assert move(api, second, more).json()["change"]["waits_for"] == "payment"
    bank.pay(page_for(api, second))
    at("2026-11-30 10:00")
    changes.sweep()
    api = client(cast.ada)
    thursdays = RULE | {"weekdays": ["thu"], "first_on": "2027-01-14", "last_on": "2027-02-04"}
    assert changed(api, made, planned(api, made, "all", rule=thursdays)).status_code == 200
    moved = span(api.get(f"/api/v1/bookings/{second['id']}").json())
    bank.tell_everything()
    assert span(api.get(f"/api/v1/bookings/{second['id']}").json()) == moved
    assert came_back() == [(1830, "slot-gone")]


def test_money_for_a_time_that_is_over_goes_back(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room)
    at("2026-12-03 10:50")
    api = client(cast.ada)
    longer(api, booking)
    bank.pay(page_for(api, booking))
    at("2026-12-03 12:01")
    bank.tell_everything()
    assert came_back() == [(1830, "slot-gone")]


# -- what is owed -------------------------------------------------------------------------------------------


def billed(cast, api, days=("03",)):
    """Bruno's bookings for the association, confirmed and owed on one bill."""
    ids = [
        post(
            api,
            "/bookings",
            wish(
                cast.room,
                *to(f"{day}T10:00", f"{day}T11:00")["period"].values(),
                organisation_id=encode("org", cast.association.pk),
            ),
            day,
        ).json()["id"]
        for day in days
    ]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    made = post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "account"}, "bill")
    assert made.status_code == 201, made.content
    return ids, made.json()["id"]


@pytest.mark.parametrize("undone", [True, False])
def test_a_bill_paid_in_the_seconds_of_a_cancellation_counts_for_its_undo(cast, bank, at, undone):
    api = client(cast.bruno)
    (booking,), bill = billed(cast, api)
    page = post(api, f"/checkouts/{bill}/retry", key="r").json()["redirect_url"]
    post(api, f"/bookings/{booking}/cancel", key="x")
    paid(bank, page)
    assert came_back() == []
    if undone:
        assert post(api, f"/bookings/{booking}/undo", key="u").status_code == 200
    else:
        at("2026-11-30 09:01")
        changes.sweep()
    squares()
    if undone:
        shown = api.get(f"/api/v1/bookings/{booking}").json()
        assert shown["state"] == "confirmed"
        assert (shown["money"]["paid"]["cents"], shown["money"]["due"]["cents"]) == (1830, 0)
    else:
        assert Booking.objects.get().state == "cancelled"
    assert came_back() == ([] if undone else [(1830, "cancelled")])


def test_a_move_of_the_same_length_asks_for_nothing_more_than_what_is_owed(cast, bank):
    api, booking = longer_by(cast, bank, "account")
    moved = move(api, booking, to("03T10:30", "03T12:30"), "once-more").json()
    assert moved["change"] is None
    assert [o.total for o in Order.objects.filter(state="owed")] == [Money(1830)]


def test_what_was_extended_on_account_is_no_debt_of_whoever_handed_it_over(cast, bank):
    api, booking = longer_by(cast, bank, "account")
    hand(api, booking, "ada@example.org")
    ada = client(cast.ada)
    assert post(ada, f"/bookings/{booking['id']}/accept", key="a").status_code == 200
    assert pay(ada, bank, booking["id"], "taken-over")["money"]["paid"]["cents"] == 3660
    assert not Order.objects.filter(state="owed").exists()
    assert came_back() == [(1830, "handed-over")]
    squares()


def test_whoever_takes_over_one_booking_of_a_bill_sees_nothing_of_the_others(cast, bank):
    bruno, ada = client(cast.bruno), client(cast.ada)
    (one, _), _ = billed(cast, bruno, ("03", "04"))
    hand(bruno, {"id": one}, "ada@example.org")
    post(ada, f"/bookings/{one}/accept", key="a")
    pay(ada, bank, one, "taken-over")
    rest = encode("cho", Checkout.objects.get(order__state="owed").pk)
    assert bruno.get(f"/api/v1/checkouts/{rest}").json()["total"]["cents"] == 1830
    assert ada.get(f"/api/v1/checkouts/{rest}").status_code == 404
