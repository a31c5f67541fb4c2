"""Handing over writes to any address in the house's name: a few times a booking and a day, and some a person."""

import pytest

from booking.changing import handing
from booking.models import Change
from core.models import Mail
from tests.api import client, post
from tests.booking.confirmed import book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def hand(api, booking_id, key, email="victim@example.net"):
    return post(api, f"/bookings/{booking_id}/hand-over", {"email": email, "message": "ciao"}, f"h{key}")


@pytest.fixture
def booking(cast):
    made = book(cast.ada, cast.room)
    return client(cast.ada).get("/api/v1/bookings").json()["data"][0]["id"], made


def offered_and_withdrawn(api, booking_id, times):
    return [
        (
            hand(api, booking_id, n).status_code,
            post(api, f"/bookings/{booking_id}/withdraw", key=f"w{n}").status_code,
        )
        for n in range(times)
    ]


def test_a_booking_is_handed_over_three_times_a_day(cast, booking, at):
    shown, _ = booking
    api = client(cast.ada)
    assert offered_and_withdrawn(api, shown, 3) == [(200, 200)] * 3
    action = api.get(f"/api/v1/bookings/{shown}").json()["actions"]["hand_over"]
    assert [r["code"] for r in action["reasons"]] == ["handed-too-often"]
    assert action["reasons"][0]["holds_from"] == "2026-12-01T08:00:00Z"
    refused = hand(api, shown, "4")
    assert (refused.status_code, [r["code"] for r in refused.json()["reasons"]]) == (
        403,
        ["handed-too-often"],
    )
    written = Mail.objects.filter(to="victim@example.net")
    assert written.filter(subject__contains="ti passa").count() == 3
    assert written.filter(subject__contains="tiene la prenotazione").count() == written.count() - 3 == 3
    assert hand(client(cast.gina), shown, "staff").status_code == 200
    post(client(cast.gina), f"/bookings/{shown}/withdraw", key="ws")
    at("2026-12-01 09:01")
    assert hand(client(cast.ada), shown, "tomorrow").status_code == 200


def test_the_reason_is_said_in_english_too(cast, booking):
    shown, _ = booking
    api = client(cast.ada)
    offered_and_withdrawn(api, shown, 3)
    said = api.get(f"/api/v1/bookings/{shown}", headers={"Accept-Language": "en"}).json()["actions"][
        "hand_over"
    ]
    assert said["reasons"][0]["detail"] == "In one day a booking is handed over at most 3 times."


def test_one_person_hands_over_so_many_bookings_a_day(cast, booking, monkeypatch):
    shown, made = booking
    monkeypatch.setattr(handing, "MOST_OF_A_PERSON", 2)
    for n in range(2):
        other = book(cast.ada, cast.other_room, f"2026-12-0{4 + n} 10:00")
        handing.offer(cast.ada, other.pk, "someone@example.net")
    refused = hand(client(cast.ada), shown, "x")
    assert [r["code"] for r in refused.json()["reasons"]] == ["hands-over-too-many"]
    assert not Change.objects.filter(booking=made).exists()
