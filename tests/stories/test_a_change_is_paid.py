"""The money of a booking that changes: paid before more is had, given back as the terms say, owed once."""

import pytest

from billing.changes.acts import refund_in_full, square_cancelled
from billing.models import Document, Entry, Order, Rate, Refund
from booking.changing.changes import lock_for
from booking.models import Booking, Change, Claim
from core.ids import encode
from core.locks import act
from core.money import Money
from tests.api import client, post, wish
from tests.booking.confirmed import cancel_for_good
from tests.stories.changing import buy, longer, move, pay, span, squares, to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def test_a_longer_time_is_paid_before_it_is_had(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    asked = move(api, booking, to("03T10:00", "03T12:00"))
    assert asked.status_code == 200, asked.content
    change = asked.json()["change"]
    assert (change["kind"], change["waits_for"]) == ("move", "payment")
    assert change["price_difference"] == {"cents": 1830, "currency": "EUR"}
    assert span(asked.json()) == ("2026-12-03T09:00:00Z", "2026-12-03T10:00:00Z")
    assert sorted((c.kind, c.during.minutes) for c in Claim.objects.all()) == [("booked", 60), ("held", 60)]
    paid = pay(api, bank, booking["id"], "more")
    assert span(paid) == ("2026-12-03T09:00:00Z", "2026-12-03T11:00:00Z")
    assert paid["change"] is None
    assert paid["money"]["paid"]["cents"] == 3660
    assert [(c.kind, c.during.minutes) for c in Claim.objects.all()] == [("booked", 120)]
    assert sorted(d.gross.cents for d in Document.objects.all()) == [1830, 1830]
    squares()


def test_a_difference_nobody_pays_is_dropped(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    move(api, booking, to("03T10:00", "03T12:00"))
    at("2026-11-30 09:11")
    taken = post(
        client(cast.bruno), "/bookings", wish(cast.room, *to("03T11:00", "03T12:00")["period"].values()), "b"
    )
    assert taken.status_code == 201
    shown = api.get(f"/api/v1/bookings/{booking['id']}").json()
    assert (shown["state"], shown["change"], span(shown)[1]) == ("confirmed", None, "2026-12-03T10:00:00Z")
    assert Change.objects.get().state == "lapsed"


def test_money_for_a_change_that_has_lapsed_finds_it_free_or_comes_back(cast, bank, at):
    api = client(cast.ada)
    for day, rival in (("03", False), ("04", True)):
        booking = buy(api, bank, cast.room, f"2026-12-{day}T10:00:00", f"2026-12-{day}T11:00:00", day)
        move(api, booking, to(f"{day}T10:00", f"{day}T12:00"), f"m{day}")
        quote = api.post("/api/v1/quotes", {"booking_id": booking["id"]}).json()
        body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "card"}
        page = post(api, "/checkouts", body, f"late{day}").json()["redirect_url"]
        bank.pay(page)
        at(f"2026-11-30 {'10' if not rival else '11'}:30")
        if rival:
            stranger = wish(cast.room, *to("04T11:00", "04T12:00")["period"].values())
            assert post(client(cast.bruno), "/bookings", stranger, "rival").status_code == 201
        bank.tell_everything()
        shown = api.get(f"/api/v1/bookings/{booking['id']}").json()
        assert span(shown)[1] == f"2026-12-{day}T1{'0' if rival else '1'}:00:00Z"
    assert [r.amount for r in Refund.objects.all()] == [Money(1830)]
    squares()


@pytest.mark.parametrize(
    ("when", "back"), [("2026-11-30 09:00", 915), ("2026-12-02 22:00", 458), ("2026-12-03 09:30", 0)]
)
def test_shortening_gives_back_what_the_terms_say(cast, bank, at, when, back):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    at(when)
    api = client(cast.ada)
    shorter = move(api, booking, to("03T10:00", "03T10:30"))
    assert shorter.status_code == 200, shorter.content
    assert span(shorter.json())[1] == "2026-12-03T09:30:00Z"
    assert [r.amount.cents for r in Refund.objects.all()] == ([back] if back else [])
    notes = [d for d in Document.objects.all() if d.kind == "credit_note"]
    assert len(notes) == (1 if back else 0)
    squares()


def test_what_was_paid_and_never_given_back_counts_for_the_next_move(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    at("2026-12-03 09:30")
    api = client(cast.ada)
    move(api, booking, to("03T10:00", "03T10:30"), "less")
    again = move(api, booking, to("03T10:00", "03T11:00"), "more").json()
    assert (again["change"], span(again)[1]) == (None, "2026-12-03T10:00:00Z")
    assert Refund.objects.count() == 0


def test_who_moves_near_its_time_to_a_far_one_and_cancels_gets_no_more_than_before(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    at("2026-12-03 09:00")
    api = client(cast.ada)
    assert move(api, booking, to("20T10:00", "20T11:00")).status_code == 200
    shown = api.get(f"/api/v1/bookings/{booking['id']}").json()
    assert shown["actions"]["cancel"]["terms"]["refund"]["cents"] == 0


def test_the_price_of_a_move_is_told_before_it_is_asked_for(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    dearer = api.post("/api/v1/quotes", {"booking_id": booking["id"]} | to("03T10:00", "03T12:00"))
    assert dearer.status_code == 201, dearer.content
    assert (dearer.json()["total"]["cents"], dearer.json()["back"]["cents"]) == (1830, 0)
    cheaper = api.post("/api/v1/quotes", {"booking_id": booking["id"]} | to("03T10:00", "03T10:30")).json()
    assert (cheaper["total"]["cents"], cheaper["back"]["cents"]) == (0, 915)
    assert Change.objects.count() == 0


def test_an_organisation_on_account_simply_owes_otherwise(cast, bank):
    api = client(cast.bruno)
    body = wish(
        cast.room,
        *to("03T10:00", "03T11:00")["period"].values(),
        organisation_id=encode("org", cast.association.pk),
    )
    held = post(api, "/bookings", body, "h").json()
    quote = api.post("/api/v1/quotes", {"booking_ids": [held["id"]]}).json()
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "account"}, "c")
    shown = api.get(f"/api/v1/bookings/{held['id']}").json()["actions"]["extend"]["terms"]
    assert shown["price_difference"]["cents"] == 915
    for end, besides in (("12:00", 1830), ("10:30", -915)):
        asked = {"booking_id": held["id"], **to("03T10:00", f"03T{end}")}
        said = api.post("/api/v1/quotes", asked).json()
        assert (said["price_difference"]["cents"], said["outcome"]) == (besides, "book")
    longer = move(api, held, to("03T10:00", "03T12:00")).json()
    assert (longer["change"], longer["money"]["due"]["cents"]) == (None, 3660)
    shorter = move(api, held, to("03T10:00", "03T10:30"), "s").json()
    assert shorter["money"]["due"]["cents"] == 915
    assert Order.objects.filter(state="owed").count() == 1
    assert Entry.objects.count() == 0
    squares()


def test_a_bill_that_was_replaced_and_paid_all_the_same_comes_back(cast, bank):
    api = client(cast.bruno)
    body = wish(
        cast.room,
        *to("03T10:00", "03T11:00")["period"].values(),
        organisation_id=encode("org", cast.association.pk),
    )
    held = post(api, "/bookings", body, "h").json()
    quote = api.post("/api/v1/quotes", {"booking_ids": [held["id"]]}).json()
    made = post(
        api, "/checkouts", {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "account"}, "c"
    ).json()
    page = post(api, f"/checkouts/{made['id']}/retry", key="r").json()["redirect_url"]
    move(api, held, to("03T10:00", "03T12:00"))
    bank.pay(page)
    bank.tell_everything()
    assert [(r.amount.cents, r.reason) for r in Refund.objects.all()] == [(1830, "slot-gone")]
    assert api.get(f"/api/v1/bookings/{held['id']}").json()["money"]["due"]["cents"] == 3660
    squares()


@pytest.mark.parametrize(("method", "back"), [("card", 3660), ("transfer", 1830)])
@pytest.mark.parametrize("by_house", [True, False])
def test_all_that_was_paid_comes_back_once_and_what_was_owed_is_not(cast, bank, method, back, by_house):
    _, booking = longer(cast, bank, method)
    assert span(booking)[1] == "2026-12-03T11:00:00Z"
    made = Booking.objects.get()
    if by_house:
        act(lambda: refund_in_full(cast.ivo, lock_for(made.pk)))()
    cancel_for_good(cast.bruno, made.pk)
    square_cancelled(made.pk)
    assert sum(r.amount.cents for r in Refund.objects.all()) == back
    assert not Order.objects.filter(state="owed").exists()
    assert sum(e.gross.cents for e in Entry.objects.all()) == 0
    squares()


def test_what_a_change_left_owed_is_not_charged_again_by_the_next(cast, bank):
    api, booking = longer(cast, bank, "transfer")
    moved = move(api, booking, to("03T10:00", "03T13:00"), "once-more")
    assert moved.json()["change"] is None
    assert [o.total for o in Order.objects.filter(state="owed")] == [Money(3660)]
    squares()


def by_room(cast):
    """The takings of each room, as the report tells them to who runs the venue."""
    venue = encode("ven", cast.venue.pk)
    found = (
        client(cast.dario)
        .get(f"/api/v1/reports/revenue?venue_id={venue}&on_from=2026-11-01&on_to=2026-12-31")
        .json()
    )
    return {
        row["resource"]["name"]: row["gross"]["cents"]
        for partner in found["partners"]
        for row in partner["detail"] or []
        if row["gross"]["cents"]
    }


def test_what_was_paid_is_the_takings_of_the_room_it_was_moved_to(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    assert by_room(cast) == {"Sala Po": 1830}
    moved = to("03T10:00", "03T11:00", resource_id=encode("res", cast.other_room.pk))
    assert move(api, booking, moved).status_code == 200
    squares()
    assert by_room(cast) == {"Sala Dora": 1830}
    shorter = move(api, booking, to("03T10:00", "03T10:30"), "shorter")
    assert shorter.status_code == 200, shorter.content
    squares()
    assert by_room(cast) == {"Sala Dora": 915}
    assert sum(e.gross.cents for e in Entry.objects.all()) == 915


def test_how_many_come_is_on_record_when_the_time_is_had_for_which_it_was_said(cast, bank, at):
    """A change that nobody paid does not make the time that stays dearer by the heads that were to come to the other."""
    api = client(cast.ada)
    _ = cast.room
    rate = Rate.objects.get()
    Rate.objects.create(tariff=rate.tariff, price=Money(1000), vat_rate=rate.vat_rate, per="head")
    booking = buy(api, bank, cast.room, end="2026-12-03T12:00:00")
    assert booking["money"]["paid"]["cents"] == 4660
    four = to("04T10:00", "04T12:00", people=4)
    change = move(api, booking, four).json()["change"]
    assert (change["waits_for"], change["price_difference"]["cents"]) == ("payment", 3000)
    at("2026-11-30 09:11")
    api = client(cast.ada)
    shorter = {"booking_id": booking["id"], **to("03T10:00", "03T11:00")}
    quote = post(api, "/quotes", shorter, "less").json()
    assert (quote["outcome"], quote["back"]["cents"]) == ("book", 1830)
    assert Booking.objects.get().people is None
    assert move(api, booking, four, "again").json()["change"]["price_difference"]["cents"] == 3000
    paid = pay(api, bank, booking["id"], "more")
    assert (paid["people"], paid["money"]["paid"]["cents"], paid["change"]) == (4, 7660, None)
    assert span(paid) == ("2026-12-04T09:00:00Z", "2026-12-04T11:00:00Z")
    squares()


def test_how_many_come_is_on_record_where_late_money_finds_the_time_free_still(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    move(api, booking, to("03T10:00", "03T12:00", people=4))
    quote = api.post("/api/v1/quotes", {"booking_id": booking["id"]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "card"}
    bank.pay(post(api, "/checkouts", body, "late").json()["redirect_url"])
    at("2026-11-30 10:30")
    bank.tell_everything()
    made = Booking.objects.get()
    assert (made.people, made.period.minutes) == (4, 120)
