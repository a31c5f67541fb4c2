"""Between the letter and its hour a booking changes: what was asked of it no longer counts."""

import pytest

from billing.models import Payment, Refund
from billing.paying import payments
from booking.models import Booking, Claim, RescueCase
from core import outbox
from core.ids import encode
from equipment.models import Certification
from tests.api import client, post, wish
from tests.cast import LONG_AGO
from tests.stories.breaking import booked, broken, secret_of, sent
from tests.stories.test_a_series_is_edited import RULE, changed, confirmed, planned

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def out_of_order(cast, room, start, end):
    """The room cannot be used in these hours; the rescue of whoever is in it, to be sent."""
    said = {"resource_id": encode("res", room.pk), "reason": "Guasto", "from_at": start, "until_at": end}
    outage = post(client(cast.gina), "/outages", said, "out")
    assert outage.status_code == 201, outage.content
    return post(client(cast.gina), "/rescues", {"outage_id": outage.json()["id"]}, "rescue").json()


def handed_to_bruno(cast, booking):
    """Bruno has taken it over and paid for it."""
    Certification.objects.create(person=cast.bruno, skill=cast.laser_skill, from_on=LONG_AGO)
    ref, bruno = encode("bkg", booking.pk), client(cast.bruno)
    offer = {"email": "bruno@example.org", "message": ""}
    assert post(client(cast.ada), f"/bookings/{ref}/hand-over", offer, "hand").status_code == 200
    assert post(bruno, f"/bookings/{ref}/accept", key="accept").status_code == 200
    quote = bruno.post("/api/v1/quotes", {"booking_ids": [ref]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [ref], "method": "card"}
    assert post(bruno, "/checkouts", body, "pay").status_code == 201
    payments.settle(Payment.objects.get(order__person=cast.bruno).pk)


def test_who_handed_it_over_does_not_answer_for_it(cast):
    booking = booked(cast.ada, cast.laser, "2026-12-03 10:00")
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    secret = secret_of(cast.ada)
    handed_to_bruno(cast, booking)
    case = client().get(f"/api/v1/answers/{secret}").json()["cases"][0]["id"]
    answer = post(client(), f"/answers/{secret}", {"case_id": case, "choice": "refund"}, "late")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal-move")
    booking.refresh_from_db()
    assert (booking.state, booking.person) == ("confirmed", cast.bruno)


def test_what_is_handed_over_and_still_cannot_be_kept_is_taken_up_for_its_new_person(cast):
    booking = booked(cast.ada, cast.laser, "2026-12-03 10:00")
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    handed_to_bruno(cast, booking)
    outbox.drain()
    old, new = RescueCase.objects.order_by("pk")
    assert (old.answer, new.answer, new.letter) == ("void", "", None)
    assert post(client(cast.gina), f"/rescues/{rescue['id']}/send", key="again").status_code == 200
    outbox.drain()
    assert secret_of(cast.bruno)


def test_a_date_that_an_edit_moves_out_of_an_outage_is_not_cancelled_by_its_default(cast, at):
    made = confirmed(cast, RULE)
    rescue = out_of_order(cast, cast.room, "2027-01-19T08:00:00", "2027-01-19T23:00:00")
    case = RescueCase.objects.get()
    if case.chosen is not None:
        body = {"cases": [{"case_id": encode("rca", case.pk), "chosen": None}]}
        assert client(cast.gina).patch(f"/api/v1/rescues/{rescue['id']}", body).status_code == 200
    sent(cast, rescue)
    api = client(cast.ada)
    elsewhere = RULE | {
        "repeat": "dates",
        "dates": ["2027-01-21"],
        "hours": {"start": "10:00", "end": "12:00"},
    }
    edit = planned(api, made, "this", on="2027-01-19", rule=elsewhere)
    assert changed(api, made, edit).status_code == 200
    at("2026-12-02 09:01")
    outbox.drain()
    case.refresh_from_db()
    assert (case.answer, case.by_default) == ("void", False)
    assert Booking.objects.get(pk=case.booking_id).state == "confirmed"
    assert RescueCase.objects.count() == 1  # nothing is in its way there


def test_a_request_that_takes_the_time_proposed_is_not_cancelled_by_the_default(cast, at):
    api, staff = client(cast.ada), client(cast.gina)
    wanted = wish(cast.asked_room, "2026-12-10T10:00:00", "2026-12-10T11:00:00")
    held = post(api, "/bookings", wanted, "h").json()
    quote = api.post("/api/v1/quotes", {"booking_ids": [held["id"]]}).json()
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "none"}, "c")
    sent(cast, out_of_order(cast, cast.asked_room, "2026-12-10T08:00:00", "2026-12-10T22:00:00"))
    other = {"start": "2026-12-11T10:00:00", "end": "2026-12-11T11:00:00"}
    assert (
        post(staff, f"/bookings/{held['id']}/propose", {"period": other, "message": "x"}, "p").status_code
        == 200
    )
    assert post(api, f"/bookings/{held['id']}/accept", key="a").status_code == 200
    at("2026-12-02 09:01")
    outbox.drain()
    assert (RescueCase.objects.get().answer, Booking.objects.get().state) == ("void", "confirmed")


def test_who_has_been_there_is_not_cancelled_when_it_is_over(cast, at):
    booking = booked(cast.ada, cast.laser, "2026-11-30 10:00")
    at("2026-11-30 10:05")
    assert (
        post(client(cast.gina), f"/bookings/{encode('bkg', booking.pk)}/check-in", key="in").status_code
        == 200
    )
    at("2026-11-30 10:50")
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    at("2026-11-30 11:06")
    outbox.drain()
    case = RescueCase.objects.get()
    assert (case.answer, case.by_default) == ("keep", True)
    assert Booking.objects.get(pk=booking.pk).state == "confirmed"
    assert not Refund.objects.exists()


def test_who_had_begun_before_they_were_written_to_keeps_it_unless_they_say_otherwise(cast, at):
    booking = booked(cast.ada, cast.laser, "2026-11-30 10:00", 120)
    at("2026-11-30 10:30")
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    at("2026-11-30 10:46")
    outbox.drain()
    assert RescueCase.objects.get().answer == "keep"
    assert Booking.objects.get(pk=booking.pk).state == "confirmed"
    assert Claim.objects.filter(item__booking=booking, kind="booked").exists()
