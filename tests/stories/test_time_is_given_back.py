"""A cancellation taken back within its ten seconds, and time given back too late for all its money."""

import pytest

from billing.models import GivenBack, Refund
from booking.models import Claim
from core import outbox
from core.models import Mail
from core.money import Money
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO
from tests.stories.changing import buy, span, squares, to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


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


def test_the_house_s_cancellation_is_not_the_guest_s_to_undo(cast, bank):
    api, staff = client(cast.ada), client(cast.gina)
    booking = buy(api, bank, cast.room)
    assert post(staff, f"/bookings/{booking['id']}/cancel", key="x").status_code == 200
    refused = post(api, f"/bookings/{booking['id']}/undo", key="u")
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (403, "no-right")
    assert post(staff, f"/bookings/{booking['id']}/undo", key="v").status_code == 200
