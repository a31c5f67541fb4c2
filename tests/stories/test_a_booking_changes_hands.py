"""A booking passes to another person: whom it was offered to, who pays, who hears of it; through the API."""

import pytest

from billing.models import Document, Refund
from booking.changing import changes
from booking.models import Booking, Claim
from core import outbox
from core.models import Mail
from core.money import Money
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO
from tests.stories.changing import buy, hand, pay, squares
from tests.stories.test_a_series_of_several_things import items, thing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


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
    told = [Mail.objects.filter(to=to).count() for to in ("bruno@example.org", "nobody@example.org")]
    assert told == [2, 2]  # that it is offered, and that the giver keeps it


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
    told = Mail.objects.filter(person_id=cast.ada.pk).latest("pk")
    assert told.subject.startswith("Prenotazione non presa")


def test_who_was_named_hears_that_the_giver_keeps_it(cast, bank):
    giver = client(cast.ada)
    booking = buy(giver, bank, cast.room)
    hand(giver, booking)
    post(giver, f"/bookings/{booking['id']}/withdraw")
    told = Mail.objects.latest("pk")
    assert (told.to, told.subject) == (cast.bruno.email, "Ada A. tiene la prenotazione: Sala Po")


def told_to_bruno(cast):
    return Mail.objects.filter(to=cast.bruno.email).latest("pk").subject


def test_who_was_named_hears_that_the_booking_was_cancelled(cast, bank):
    giver = client(cast.ada)
    booking = buy(giver, bank, cast.room)
    hand(giver, booking)
    assert post(giver, f"/bookings/{booking['id']}/cancel").status_code == 200
    assert told_to_bruno(cast) == "Non si può più prendere: Sala Po"


def test_who_was_named_hears_that_it_was_used_instead(cast, bank, at):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"check_in_from": 60})
    giver = client(cast.ada)
    booking = buy(giver, bank, cast.room)
    hand(giver, booking)
    at("2026-12-03 09:30")
    for act in ("check-in", "check-out"):
        assert post(client(cast.gina), f"/bookings/{booking['id']}/{act}").status_code == 200
    assert told_to_bruno(cast) == "Non si può più prendere: Sala Po"


def test_who_agreed_and_did_not_pay_hears_that_the_time_is_over(cast, bank, at):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.room)
    hand(giver, booking)
    post(receiver, f"/bookings/{booking['id']}/accept")
    at("2026-12-03 10:00")
    changes.sweep()
    assert told_to_bruno(cast) == "Il tempo per prenderla è scaduto: Sala Po"
    changes.sweep()
    assert Mail.objects.filter(to=cast.bruno.email).count() == 2


def test_who_agreed_hears_that_staff_refused_it(cast, bank):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.room)
    hand(giver, booking)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"approval": True})
    assert post(receiver, f"/bookings/{booking['id']}/accept").json()["change"]["waits_for"] == "approval"
    refused = post(client(cast.gina), f"/bookings/{booking['id']}/refuse", {"reason": "No"})
    assert refused.status_code == 200, refused.content
    assert told_to_bruno(cast) == "La prenotazione non passa a te: Sala Po"


def test_who_goes_no_further_in_paying_for_it_has_declined(cast, bank):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.room)
    hand(giver, booking)
    post(receiver, f"/bookings/{booking['id']}/accept")
    quote = receiver.post("/api/v1/quotes", {"booking_ids": [booking["id"]]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "card"}
    paying = post(receiver, "/checkouts", body, "p").json()
    assert post(receiver, f"/checkouts/{paying['id']}/abandon").status_code == 200
    told = Mail.objects.filter(person_id=cast.ada.pk).latest("pk")
    assert told.subject.startswith("Prenotazione non presa")
    assert Mail.objects.filter(to=cast.bruno.email).count() == 1  # that it was offered


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


def test_whoever_takes_over_has_their_own_terms_on_record(cast, bank):
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = buy(giver, bank, cast.room)
    Booking.objects.update(accepted_terms=["ada-read-this"])
    post(giver, f"/bookings/{booking['id']}/hand-over", {"email": "bruno@example.org", "message": ""}, "h")
    post(receiver, f"/bookings/{booking['id']}/accept", {"accepted_terms": ["bruno-read-this"]}, "a")
    pay(receiver, bank, booking["id"], "p")
    assert Booking.objects.get().accepted_terms == ["bruno-read-this"]


def test_whoever_takes_over_several_things_accepts_the_terms_of_each(cast):
    loom = thing(cast, "telaio", "Telaio", 600)
    giver, receiver = client(cast.ada), client(cast.bruno)
    booking = post(giver, "/bookings", wish(cast.room) | {"items": items(cast.room, loom)}, "hold").json()
    Booking.objects.update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    Rules.objects.create(resource=loom, from_on=LONG_AGO, data={"terms": "telaio-2"})
    hand(giver, booking)
    offered = receiver.get(f"/api/v1/bookings/{booking['id']}").json()["actions"]["accept"]
    # The giver never accepted them: that is the receiver's to do.
    assert (offered["allowed"], offered["reasons"]) == (True, [])
    assert offered["terms"]["to_accept"] == [{"terms": "telaio-2", "names": ["Telaio"]}]
    refused = post(receiver, f"/bookings/{booking['id']}/accept", {"accepted_terms": []}, "a0")
    assert [r["code"] for r in refused.json()["reasons"]] == ["terms-to-accept"]
    told = {"accepted_terms": [one["terms"] for one in offered["terms"]["to_accept"]]}
    assert post(receiver, f"/bookings/{booking['id']}/accept", told, "a1").status_code == 200
