"""A booking moves, grows and shrinks through the API, and its money with it."""

import pytest

from billing.acts import refund_in_full, square_cancelled
from billing.models import Document, Entry, Order, Rate, Refund
from billing.webhooks import unsquared
from booking.changes import lock_for
from booking.models import Booking, Change, Claim
from core import outbox
from core.ids import encode
from core.locks import act
from core.models import Mail
from core.money import Money
from spaces.models import Rules
from tests.api import client, post, wish
from tests.booking.confirmed import cancel_for_good
from tests.cast import LONG_AGO, period

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def buy(api, bank, resource, start="2026-12-03T10:00:00", end="2026-12-03T11:00:00", key="k"):
    """A paid, confirmed booking (18.30 an hour)."""
    held = post(api, "/bookings", wish(resource, start, end), f"{key}-hold")
    assert held.status_code == 201, held.content
    return pay(api, bank, held.json()["id"], key)


def pay(api, bank, booking_id, key="k"):
    quote = api.post("/api/v1/quotes", {"booking_ids": [booking_id]})
    assert quote.status_code == 201, quote.content
    body = {"quote_id": quote.json()["id"], "booking_ids": [booking_id], "method": "card"}
    made = post(api, "/checkouts", body, f"{key}-pay")
    assert made.status_code == 201, made.content
    bank.pay(made.json()["redirect_url"])
    bank.tell_everything()
    return api.get(f"/api/v1/bookings/{booking_id}").json()


def to(start, end, **more):
    return {"period": {"start": f"2026-12-{start}:00", "end": f"2026-12-{end}:00"}, **more}


def move(api, booking, body, key="m"):
    return post(api, f"/bookings/{booking['id']}/move", body, key)


def span(shown):
    return shown["period"]["start"], shown["period"]["end"]


def squares():
    outbox.drain()
    assert unsquared() == {name: [] for name in unsquared()}


def test_a_move_at_the_same_price_is_done_at_once(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.laser)
    moved = move(api, booking, to("03T10:30", "03T11:30"))
    assert moved.status_code == 200, moved.content
    assert span(moved.json()) == ("2026-12-03T09:30:00Z", "2026-12-03T10:30:00Z")
    assert moved.json()["change"] is None
    assert moved.json()["money"]["paid"]["cents"] == 1830
    assert [c.during for c in Claim.objects.all()] == [period("2026-12-03 10:30")]
    assert Document.objects.count() == 1
    outbox.drain()
    assert Mail.objects.filter(subject="Prenotazione cambiata: Laser CO₂").count() == 1
    assert Booking.objects.get().sequence == 1
    squares()


def test_what_it_leaves_is_free_for_others_and_its_own_time_is_not(cast, bank):
    api, other = client(cast.ada), client(cast.bruno)
    booking = buy(api, bank, cast.room)
    move(api, booking, to("03T10:30", "03T11:30"))
    assert (
        post(
            other, "/bookings", wish(cast.room, *to("03T10:00", "03T10:30")["period"].values()), "a"
        ).status_code
        == 201
    )
    taken = post(other, "/bookings", wish(cast.room, *to("03T11:00", "03T12:00")["period"].values()), "b")
    assert taken.status_code == 409


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


def test_every_reason_is_said_and_what_is_near_is_offered(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    post(
        client(cast.bruno), "/bookings", wish(cast.room, *to("03T11:00", "03T12:00")["period"].values()), "b"
    )
    taken = move(api, booking, to("03T10:30", "03T11:30"), "t")
    assert (taken.status_code, taken.json()["code"]) == (409, "slot-taken")
    assert len(taken.json()["alternatives"]) >= 3
    refused = move(api, booking, to("03T05:10", "03T06:10"), "r")
    assert refused.status_code == 403
    assert {r["code"] for r in refused.json()["reasons"]} >= {"closed"}


def test_half_an_hour_more_says_why_not(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    free = booking["actions"]["extend"]
    assert (free["allowed"], free["terms"]["minutes"]) == (True, 30)
    assert free["terms"]["price_difference"]["cents"] == 915
    post(
        client(cast.bruno), "/bookings", wish(cast.room, *to("03T11:00", "03T12:00")["period"].values()), "b"
    )
    taken = api.get(f"/api/v1/bookings/{booking['id']}").json()["actions"]["extend"]
    assert [r["code"] for r in taken["reasons"]] == ["slot-taken"]


def test_a_running_booking_changes_its_end_and_not_its_start(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    at("2026-12-03 10:20")
    api = client(cast.ada)
    shown = api.get(f"/api/v1/bookings/{booking['id']}").json()
    assert shown["actions"]["extend"]["allowed"]
    assert [r["code"] for r in shown["actions"]["move"]["reasons"]] == ["already-started"]
    late = move(api, booking, to("03T10:30", "03T11:30"), "late")
    assert [r["code"] for r in late.json()["reasons"]] == ["already-started"]
    assert move(api, booking, to("03T10:00", "03T11:30"), "more").json()["change"]["waits_for"] == "payment"


def test_the_rules_it_was_made_under_say_how_late_it_may_leave(cast, bank, at):
    _ = cast.room
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"notice": 120, "horizon_days": 365})
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    at("2026-12-03 08:30")
    api = client(cast.ada)
    late = move(api, booking, to("03T15:00", "03T16:00"), "late")
    assert [r["code"] for r in late.json()["reasons"]] == ["too-late-to-leave"]
    assert move(client(cast.gina), booking, to("03T15:00", "03T16:00"), "staff").status_code == 200


def test_another_room_of_the_venue_at_its_own_price(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    rate = Rate.objects.get()
    Rate.objects.create(
        tariff=rate.tariff, price=Money(1000), vat_rate=rate.vat_rate, resource=cast.other_room
    )
    other = encode("res", cast.other_room.pk)
    moved = move(api, booking, to("03T10:00", "03T11:00", resource_id=other)).json()
    assert [i["resource"]["name"] for i in moved["items"]] == ["Sala Dora"]
    assert moved["money"]["refunded"]["cents"] == 830
    squares()


def test_a_move_that_staff_decide_keeps_the_old_time_until_they_do(cast, bank):
    api, staff = client(cast.ada), client(cast.gina)
    booking = buy(api, bank, cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"approval": True, "horizon_days": 365})
    asked = move(api, booking, to("03T14:00", "03T15:00")).json()
    assert (asked["state"], asked["change"]["waits_for"]) == ("confirmed", "approval")
    assert span(asked)[0] == "2026-12-03T09:00:00Z"
    assert staff.get("/api/v1/session").json()["counts"]["approvals"] == 1
    done = post(staff, f"/bookings/{booking['id']}/approve").json()
    assert (done["change"], span(done)[0]) == (None, "2026-12-03T13:00:00Z")
    move(api, booking, to("03T16:00", "03T17:00"), "again")
    refused = post(staff, f"/bookings/{booking['id']}/refuse", {"reason": "no"}, "no").json()
    assert (refused["change"], span(refused)[0], refused["state"]) == (
        None,
        "2026-12-03T13:00:00Z",
        "confirmed",
    )
    assert Claim.objects.count() == 1
    squares()


def test_a_change_can_be_taken_back(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    move(api, booking, to("03T10:00", "03T12:00"))
    second = move(api, booking, to("03T10:00", "03T12:30"), "second")
    assert [r["code"] for r in second.json()["reasons"]] == ["change-pending"]
    back = post(api, f"/bookings/{booking['id']}/withdraw").json()
    assert (back["change"], Claim.objects.count()) == (None, 1)
    assert move(api, booking, to("03T10:00", "03T12:30"), "third").json()["change"]["waits_for"] == "payment"


def test_a_stranger_finds_no_booking_to_move(cast, bank):
    booking = buy(client(cast.ada), bank, cast.room)
    assert move(client(cast.carla), booking, to("03T12:00", "03T13:00")).status_code == 404


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


def longer(cast, bank, method):
    """Bruno's booking for the association, paid by card; an hour more of it by this method."""
    api = client(cast.bruno)
    asked = wish(
        cast.room,
        "2026-12-03T10:00:00",
        "2026-12-03T11:00:00",
        organisation_id=encode("org", cast.association.pk),
    )
    booking = pay(api, bank, post(api, "/bookings", asked, "hold").json()["id"])
    move(api, booking, to("03T10:00", "03T12:00"), "longer")
    quote = api.post("/api/v1/quotes", {"booking_ids": [booking["id"]]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": method}
    made = post(api, "/checkouts", body, "longer-pay")
    assert made.status_code == 201, made.content
    if method == "card":
        bank.pay(made.json()["redirect_url"])
        bank.tell_everything()
    return api, api.get(f"/api/v1/bookings/{booking['id']}").json()


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
