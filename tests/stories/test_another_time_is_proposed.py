"""Staff answer a request with another time, and the guest says yes or no."""

import pytest

from booking.holding import lapsing
from booking.models import Booking, Change, Claim
from core import outbox
from core.models import Mail
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO
from tests.stories.changing import buy, move, span, squares, to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


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
