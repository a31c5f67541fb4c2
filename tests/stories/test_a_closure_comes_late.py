"""A closure comes over what is booked: those in it are rescued as if a machine had broken, and stay if it is lifted."""

import pytest

from booking.models import Booking, Claim, RescueCase
from core import outbox
from core.ids import encode
from core.models import Mail
from spaces.models import Closure
from tests.api import client, post
from tests.cast import period
from tests.stories.breaking import booked, sent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def test_a_late_closure_lists_and_rescues(cast, second):
    booking = booked(cast.ada, cast.laser, "2026-12-02 10:00")
    closure = Closure.objects.create(
        resource=cast.laser,
        during=period("2026-12-02 00:00", 24 * 60),
        reason_it="Sciopero",
        reason_en="Strike",
    )
    made = post(client(cast.gina), "/rescues", {"closure_id": encode("clo", closure.pk)})
    assert made.status_code == 201, made.content
    assert [c["booking"]["code"] for c in made.json()["cases"]] == [booking.code]
    assert made.json()["reason"] == "Sciopero"
    assert [r["name"] for r in made.json()["cases"][0]["offers"][0]["resources"]] == ["Laser Due"]


def closed_and_written(cast, booking):
    """The day of the booking and the one before are closed, the rescue is sent; with the closure's address."""
    api = client(cast.dario)
    body = {
        "resource_id": encode("res", cast.laser.pk),
        "period": {"start": "2026-12-01T00:00", "end": "2026-12-03T00:00"},
        "reason_it": "Sciopero",
        "reason_en": "Strike",
    }
    closure = post(api, "/closures", body, "close").json()["id"]
    rescue = post(api, "/rescues", {"closure_id": closure}, "rescue").json()
    sent(cast, rescue)
    outbox.drain()
    assert Claim.objects.filter(item__booking=booking, reason="rescue").count() == 1
    return f"/api/v1/closures/{closure}", rescue


def test_a_closure_that_is_lifted_lets_whoever_was_written_to_stay(cast, second, at):
    booking = booked(cast.ada, cast.laser, "2026-12-02 10:00")
    address, _ = closed_and_written(cast, booking)
    assert client(cast.dario).delete(address).status_code == 204
    outbox.drain()
    assert RescueCase.objects.get().answer == "void"
    assert [c.kind for c in Claim.objects.filter(item__booking=booking)] == ["booked"]
    stands = Mail.objects.filter(person_id=cast.ada.pk, subject__startswith="La tua prenotazione resta")
    assert stands.count() == 1
    at("2026-12-02 09:59")
    outbox.drain()
    assert Booking.objects.get(pk=booking.pk).state == "confirmed"


def test_a_closure_that_changes_takes_up_whom_it_meets_now_and_lets_go_of_the_others(cast, second):
    first, later = (booked(cast.ada, cast.laser, f"2026-12-0{day} 10:00") for day in (2, 3))
    address, rescue = closed_and_written(cast, first)
    moved = {"period": {"start": "2026-12-03T00:00", "end": "2026-12-04T00:00"}}
    assert client(cast.bruno).patch(address, moved).status_code == 404
    assert client(cast.dario).patch(address, moved).status_code == 200
    outbox.drain()
    seen = client(cast.gina).get(f"/api/v1/rescues/{rescue['id']}").json()
    assert {c["booking"]["code"]: c["answer"] for c in seen["cases"]} == {
        first.code: "void",
        later.code: "",
    }
    assert not Claim.objects.filter(item__booking=first, reason="rescue").exists()
    assert Claim.objects.filter(item__booking=later, reason="rescue").exists()


def test_a_closure_that_has_begun_does_not_begin_at_another_time(cast, second, at):
    booking = booked(cast.ada, cast.laser, "2026-12-02 10:00")
    address, _ = closed_and_written(cast, booking)
    at("2026-12-01 08:00")
    api = client(cast.dario)
    earlier = {"period": {"start": "2026-11-30T12:00", "end": "2026-12-03T00:00"}}
    assert [p["code"] for p in api.patch(address, earlier).json()["pointers"]] == ["begun"]
    past = {"period": {"start": "2026-12-01T00:00", "end": "2026-12-01T07:00"}}
    assert [p["code"] for p in api.patch(address, past).json()["pointers"]] == ["past"]
    shorter = {
        "period": {"start": "2026-12-01T00:00", "end": "2026-12-02T09:00"},
        "reason_en": "Short strike",
    }
    assert api.patch(address, shorter).json()["reason_en"] == "Short strike"
    outbox.drain()
    assert RescueCase.objects.get().answer == "void"
