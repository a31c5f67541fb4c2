"""A booking passes to another person, is given back, taken back, or answered with another time; through the API."""

import pytest

from billing.models import Document, GivenBack, Refund
from booking import lapsing
from booking.models import Booking, Change, Claim
from core import outbox
from core.ids import encode
from core.models import Mail
from core.money import Money
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO
from tests.stories.test_a_booking_changes import buy, move, pay, span, squares, to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def hand(api, booking, email="bruno@example.org", key="h"):
    return post(api, f"/bookings/{booking['id']}/hand-over", {"email": email, "message": "ciao"}, key)


# -- hand over --------------------------------------------------------------------------------------------


def test_the_receiver_pays_and_the_giver_has_the_money_back_in_one_act(cast, bank):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.room)
    handed = hand(giver, booking)
    assert handed.status_code == 200, handed.content
    change = handed.json()["change"]
    assert (change["kind"], change["waits_for"], change["to"]) == ("hand_over", "answer", "bruno@example.org")
    offered = receiver.get(f"/api/v1/bookings/{booking['id']}").json()
    assert offered["actions"]["accept"]["allowed"]
    assert offered["actions"]["accept"]["terms"]["price"]["cents"] == 1830
    assert (offered["money"], offered["notes"]) == (None, "")
    accepted = post(receiver, f"/bookings/{booking['id']}/accept")
    assert accepted.status_code == 200, accepted.content
    assert accepted.json()["person"]["name"] == "Ada A."
    assert accepted.json()["change"]["waits_for"] == "payment"
    assert accepted.json()["actions"]["pay"]["allowed"]
    assert not accepted.json()["actions"]["cancel"]["allowed"]
    mine = pay(receiver, bank, booking["id"], "take-over")
    assert mine["person"]["name"] == "Bruno B."
    assert mine["money"]["paid"]["cents"] == 1830
    assert mine["money"]["refunded"]["cents"] == 0
    assert [d["kind"] for d in mine["money"]["documents"]] == ["invoice"]
    assert giver.get(f"/api/v1/bookings/{booking['id']}").status_code == 404
    assert [(r.amount.cents, r.reason) for r in Refund.objects.all()] == [(1830, "handed-over")]
    papers = Document.objects.values_list("kind", "person__name")
    assert sorted(papers) == [("credit_note", "Ada A."), ("invoice", "Ada A."), ("invoice", "Bruno B.")]
    assert Claim.objects.get().kind == "booked"
    squares()
    assert Mail.objects.filter(to="ada@example.org", subject__startswith="Prenotazione passata").count() == 1
    assert Mail.objects.filter(to="bruno@example.org", subject__startswith="Prenotazione tua").count() == 1


def test_whoever_takes_it_over_can_cancel_it_for_their_own_money(cast, bank, at):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.room)
    hand(giver, booking)
    post(receiver, f"/bookings/{booking['id']}/accept")
    pay(receiver, bank, booking["id"], "take-over")
    post(receiver, f"/bookings/{booking['id']}/cancel")
    at("2026-11-30 09:01")
    outbox.drain()
    squares()
    assert sorted(r.payment.order.person.name for r in Refund.objects.all()) == ["Ada A.", "Bruno B."]


def test_nobody_learns_whether_an_address_is_known(cast, bank):
    giver = client(cast.ada)
    _ = cast.bruno
    booking = buy(giver, bank, cast.room)
    answers = []
    for n, email in enumerate(("bruno@example.org", "nobody@example.org")):
        answer = hand(giver, booking, email, f"h{n}")
        shown = answer.json()
        shown["change"].pop("id"), shown["change"].pop("to")
        answers.append((answer.status_code, shown))
        post(giver, f"/bookings/{booking['id']}/withdraw", key=f"w{n}")
    assert answers[0] == answers[1]
    assert Mail.objects.filter(to="nobody@example.org").count() == 1


def test_a_stranger_can_neither_see_nor_answer_what_is_handed_to_another(cast, bank):
    booking = buy(client(cast.ada), bank, cast.room)
    hand(client(cast.ada), booking)
    stranger = client(cast.carla)
    assert stranger.get(f"/api/v1/bookings/{booking['id']}").status_code == 404
    assert post(stranger, f"/bookings/{booking['id']}/accept").status_code == 404
    assert post(stranger, f"/bookings/{booking['id']}/decline").status_code == 404


def test_the_receiver_is_judged_by_the_rules(cast, bank):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.laser)
    hand(giver, booking)
    shown = receiver.get(f"/api/v1/bookings/{booking['id']}").json()
    assert [r["code"] for r in shown["actions"]["accept"]["reasons"]] == ["not-certified"]
    refused = post(receiver, f"/bookings/{booking['id']}/accept")
    assert [r["code"] for r in refused.json()["reasons"]] == ["not-certified"]
    assert post(receiver, f"/bookings/{booking['id']}/decline").status_code == 204
    assert giver.get(f"/api/v1/bookings/{booking['id']}").json()["change"] is None


def test_the_giver_may_think_better_of_it_until_it_is_paid(cast, bank):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.room)
    hand(giver, booking)
    post(receiver, f"/bookings/{booking['id']}/accept")
    quote = receiver.post("/api/v1/quotes", {"booking_ids": [booking["id"]]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "card"}
    page = post(receiver, "/checkouts", body, "p").json()["redirect_url"]
    bank.pay(page)
    post(giver, f"/bookings/{booking['id']}/withdraw")
    bank.tell_everything()
    assert giver.get(f"/api/v1/bookings/{booking['id']}").json()["person"]["name"] == "Ada A."
    assert [(r.payment.order.person.name, r.reason) for r in Refund.objects.all()] == [
        ("Bruno B.", "slot-gone")
    ]
    squares()


def test_what_costs_nothing_passes_at_once(cast, bank):
    from billing.models import Rate

    _ = cast.room
    Rate.objects.update(price=Money(0))
    giver, receiver = client(cast.ada), client(cast.bruno)
    held = post(giver, "/bookings", wish(cast.room), "h").json()
    quote = giver.post("/api/v1/quotes", {"booking_ids": [held["id"]]}).json()
    post(giver, "/checkouts", {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "none"}, "c")
    hand(giver, held)
    mine = post(receiver, f"/bookings/{held['id']}/accept").json()
    assert (mine["person"]["name"], mine["change"]) == ("Bruno B.", None)


# -- undo --------------------------------------------------------------------------------------------------


def test_a_cancellation_can_be_taken_back_for_ten_seconds(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    cancelled = post(api, f"/bookings/{booking['id']}/cancel").json()
    assert (cancelled["state"], cancelled["change"]["waits_for"]) == ("cancelled", "undo")
    assert cancelled["actions"]["undo"]["allowed"]
    assert [(c.kind, c.reason) for c in Claim.objects.all()] == [("held", "undo")]
    at("2026-11-30 09:00:09")
    outbox.drain()
    assert not Refund.objects.exists()
    rival = post(
        client(cast.bruno), "/bookings", wish(cast.room, *to("03T10:00", "03T11:00")["period"].values()), "r"
    )
    assert rival.status_code == 409
    undone = post(api, f"/bookings/{booking['id']}/undo").json()
    assert (undone["state"], undone["change"], undone["money"]["paid"]["cents"]) == ("confirmed", None, 1830)
    at("2026-11-30 09:05")
    outbox.drain()
    assert not Refund.objects.exists()
    assert not Mail.objects.filter(subject__startswith="Prenotazione disdetta").exists()
    squares()


def test_after_ten_seconds_it_is_too_late_and_the_money_is_on_its_way(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    post(api, f"/bookings/{booking['id']}/cancel")
    at("2026-11-30 09:00:11")
    late = post(api, f"/bookings/{booking['id']}/undo")
    assert (late.status_code, late.json()["code"]) == (409, "too-late")
    rival = post(
        client(cast.bruno), "/bookings", wish(cast.room, *to("03T10:00", "03T11:00")["period"].values()), "r"
    )
    assert rival.status_code == 201
    outbox.drain()
    outbox.drain()
    assert [r.amount.cents for r in Refund.objects.all()] == [1830]
    assert Mail.objects.filter(subject__startswith="Prenotazione disdetta").count() == 1
    squares()


def test_a_limit_reached_meanwhile_stands_against_the_undo(cast, bank):
    _ = cast.room
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"daily_limit": 60, "horizon_days": 365})
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    post(api, f"/bookings/{booking['id']}/cancel")
    buy(api, bank, cast.room, "2026-12-03T15:00:00", "2026-12-03T16:00:00", "other")
    refused = post(api, f"/bookings/{booking['id']}/undo")
    assert [r["code"] for r in refused.json()["reasons"]] == ["daily-limit"]


# -- give back ---------------------------------------------------------------------------------------------


def test_time_given_back_late_is_credited_when_others_have_paid_for_it(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    assert [r["code"] for r in booking["actions"]["give_back"]["reasons"]] == ["cancel-instead"]
    at("2026-12-03 09:00")
    api = client(cast.ada)
    given = post(api, f"/bookings/{booking['id']}/give-back")
    assert given.status_code == 200, given.content
    assert given.json()["state"] == "cancelled"
    assert (GivenBack.objects.get().kept, Refund.objects.count()) == (Money(1830), 0)
    buy(client(cast.bruno), bank, cast.room, "2026-12-03T10:30:00", "2026-12-03T11:30:00", "taker")
    at("2026-12-03 10:59")
    outbox.drain()
    assert not Refund.objects.exists()
    at("2026-12-03 11:00")
    outbox.drain()
    outbox.drain()
    assert [(r.amount.cents, r.reason) for r in Refund.objects.all()] == [(915, "used-by-others")]
    given = GivenBack.objects.get()
    assert (given.used_minutes, given.credited) == (30, Money(915))
    squares()


def test_time_that_nobody_wants_is_not_credited(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    at("2026-12-03 09:00")
    post(client(cast.ada), f"/bookings/{booking['id']}/give-back")
    at("2026-12-03 12:00")
    outbox.drain()
    assert (GivenBack.objects.get().used_minutes, Refund.objects.count()) == (0, 0)
    squares()


def test_a_piece_at_the_end_can_be_given_back_while_it_runs(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room, "2026-12-03T10:00:00", "2026-12-03T12:00:00")
    at("2026-12-03 10:15")
    api = client(cast.ada)
    middle = post(api, f"/bookings/{booking['id']}/give-back", to("03T10:30", "03T11:00"), "mid")
    assert [r["code"] for r in middle.json()["reasons"]] == ["not-at-an-edge"]
    given = post(api, f"/bookings/{booking['id']}/give-back", to("03T11:00", "03T12:00"), "end").json()
    assert (given["state"], span(given)[1]) == ("confirmed", "2026-12-03T10:00:00Z")
    buy(client(cast.bruno), bank, cast.room, "2026-12-03T11:00:00", "2026-12-03T12:00:00", "taker")
    at("2026-12-03 12:00")
    outbox.drain()
    assert [r.amount.cents for r in Refund.objects.all()] == [1830]
    squares()


# -- another time proposed ---------------------------------------------------------------------------------


def requested(api, cast):
    held = post(
        api, "/bookings", wish(cast.asked_room, *to("03T10:00", "03T11:00")["period"].values()), "h"
    ).json()
    quote = api.post("/api/v1/quotes", {"booking_ids": [held["id"]]}).json()
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "none"}, "c")
    return held


def test_staff_propose_another_time_and_the_guest_takes_it(cast, bank):
    api, staff = client(cast.ada), client(cast.gina)
    booking = requested(api, cast)
    proposed = post(
        staff, f"/bookings/{booking['id']}/propose", to("03T15:00", "03T17:00", message="c'è il coro")
    )
    assert proposed.status_code == 200, proposed.content
    shown = api.get(f"/api/v1/bookings/{booking['id']}").json()
    assert (shown["state"], shown["change"]["kind"], shown["change"]["message"]) == (
        "requested",
        "proposal",
        "c'è il coro",
    )
    assert shown["change"]["price_difference"]["cents"] == 1830
    assert sorted(c.kind for c in Claim.objects.all()) == ["held", "requested"]
    taken = post(api, f"/bookings/{booking['id']}/accept").json()
    assert (taken["state"], span(taken)[0], taken["change"]) == ("confirmed", "2026-12-03T14:00:00Z", None)
    assert taken["money"]["due"]["cents"] == 3660
    assert [c.kind for c in Claim.objects.all()] == ["booked"]
    outbox.drain()
    assert Mail.objects.filter(subject="Un altro orario per te: Sala Stura").count() == 1
    squares()


def test_a_declined_proposal_leaves_the_request_to_staff(cast, bank):
    api, staff = client(cast.ada), client(cast.gina)
    booking = requested(api, cast)
    post(staff, f"/bookings/{booking['id']}/propose", to("03T15:00", "03T16:00"))
    assert post(staff, f"/bookings/{booking['id']}/accept").status_code == 403
    declined = post(api, f"/bookings/{booking['id']}/decline").json()
    assert (declined["state"], declined["change"]) == ("requested", None)
    assert post(staff, f"/bookings/{booking['id']}/approve").json()["state"] == "confirmed"
    assert Claim.objects.count() == 1


def test_a_proposal_for_a_time_that_has_come_is_not_accepted_any_more(cast, bank, at):
    api, staff = client(cast.ada), client(cast.gina)
    held = post(api, "/bookings", wish(cast.asked_room, *to("20T10:00", "20T11:00")["period"].values()), "h")
    ids = [held.json()["id"]]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "none"}, "c")
    sooner = to("01T10:00", "01T11:00", message="prima?")
    assert post(staff, f"/bookings/{ids[0]}/propose", sooner, "p").status_code == 200
    at("2026-12-02 09:00")
    api = client(cast.ada)
    assert post(api, f"/bookings/{ids[0]}/accept", key="late").json()["code"] == "offer-lapsed"
    shown = api.get(f"/api/v1/bookings/{ids[0]}").json()
    assert (shown["state"], shown["change"]) == ("requested", None)


def test_a_move_to_a_time_that_has_come_is_not_approved_any_more(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-20T10:00:00", "2026-12-20T11:00:00")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"approval": True, "horizon_days": 365})
    asked = move(client(cast.ada), booking, to("01T14:00", "01T15:00")).json()
    assert asked["change"]["until"] == "2026-12-01T13:00:00Z"
    at("2026-12-02 09:00")
    staff = client(cast.gina)
    assert post(staff, f"/bookings/{booking['id']}/approve", key="late").status_code == 409
    shown = staff.get(f"/api/v1/bookings/{booking['id']}").json()
    assert span(shown)[0] == "2026-12-20T09:00:00Z"


def test_a_guest_cannot_propose_to_themselves(cast, bank):
    api = client(cast.ada)
    booking = requested(api, cast)
    assert post(api, f"/bookings/{booking['id']}/propose", to("03T15:00", "03T16:00")).status_code == 403


def test_a_request_moves_at_once_and_its_price_with_it(cast, bank):
    api = client(cast.ada)
    booking = requested(api, cast)
    moved = move(api, booking, to("03T14:00", "03T16:00")).json()
    assert (moved["state"], moved["change"], moved["money"]["total"]["cents"]) == ("requested", None, 3660)
    approved = post(client(cast.gina), f"/bookings/{booking['id']}/approve").json()
    assert approved["money"]["due"]["cents"] == 3660


def test_a_request_that_lapses_takes_its_proposal_along(cast, bank, at):
    booking = requested(client(cast.ada), cast)
    post(client(cast.gina), f"/bookings/{booking['id']}/propose", to("03T15:00", "03T16:00"))
    at("2026-12-05 09:00")
    lapsing.sweep_dead()
    outbox.drain()
    assert Booking.objects.get().state == "lapsed"
    assert (Claim.objects.count(), Change.objects.get().state) == (0, "lapsed")


def test_a_bundle_moves_together(cast, bank):
    api = client(cast.ada)
    body = wish(cast.room, *to("03T10:00", "03T11:00")["period"].values())
    body["items"].append({"resource_id": encode("res", cast.laser.pk)})
    held = post(api, "/bookings", body, "h").json()
    booking = pay(api, bank, held["id"])
    moved = move(api, booking, to("03T12:00", "03T13:00")).json()
    assert {i["period"]["start"] for i in moved["items"]} == {"2026-12-03T11:00:00Z"}
    assert Claim.objects.count() == 2


def test_whoever_takes_over_has_their_own_terms_on_record(cast, bank):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.room)
    Booking.objects.update(accepted_terms=["ada-read-this"])
    post(giver, f"/bookings/{booking['id']}/hand-over", {"email": "bruno@example.org", "message": ""}, "h")
    post(receiver, f"/bookings/{booking['id']}/accept", {"accepted_terms": ["bruno-read-this"]}, "a")
    pay(receiver, bank, booking["id"], "p")
    assert Booking.objects.get().accepted_terms == ["bruno-read-this"]


def test_the_house_s_cancellation_is_not_the_guest_s_to_undo(cast, bank):
    api, staff = client(cast.ada), client(cast.gina)
    booking = buy(api, bank, cast.room)
    assert post(staff, f"/bookings/{booking['id']}/cancel", key="x").status_code == 200
    refused = post(api, f"/bookings/{booking['id']}/undo", key="u")
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (403, "no-right")
    assert post(staff, f"/bookings/{booking['id']}/undo", key="v").status_code == 200
