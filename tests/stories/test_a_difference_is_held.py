"""What a change holds besides the booking's own time is held as long as its first page can be paid, and no longer."""

import pytest

from booking.models import Change
from core import outbox
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO, rome
from tests.stories.changing import buy, move, pay, span, squares, to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def page(api, booking, key):
    """Asks for another quote and another page to pay it."""
    quote = api.post("/api/v1/quotes", {"booking_ids": [booking["id"]]})
    if quote.status_code != 201:
        return quote
    body = {"quote_id": quote.json()["id"], "booking_ids": [booking["id"]], "method": "card"}
    return post(api, "/checkouts", body, key)


def test_another_page_does_not_hold_it_longer(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room)
    move(client(cast.ada), booking, to("03T10:00", "03T12:00"))
    for n, minute in enumerate(("09:05", "09:30", "09:36")):
        at(f"2026-11-30 {minute}")
        assert page(client(cast.ada), booking, f"p{n}").status_code == 201
        assert Change.objects.get().until == rome("2026-11-30 09:38")
    at("2026-11-30 09:39")
    assert page(client(cast.ada), booking, "late").status_code != 201
    rival = wish(cast.room, *to("03T11:00", "03T12:00")["period"].values())
    assert post(client(cast.bruno), "/bookings", rival, "rival").status_code == 201
    outbox.drain()
    squares()


def test_the_last_page_opened_in_time_can_be_paid(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room)
    move(client(cast.ada), booking, to("03T10:00", "03T12:00"))
    page(client(cast.ada), booking, "first")
    at("2026-11-30 09:30")
    assert span(pay(client(cast.ada), bank, booking["id"], "second"))[1] == "2026-12-03T11:00:00Z"
    squares()


def test_a_page_does_not_shorten_the_days_that_staff_s_yes_gave(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"approval": True, "horizon_days": 365})
    move(client(cast.ada), booking, to("10T10:00", "10T12:00"))
    assert post(client(cast.gina), f"/bookings/{booking['id']}/approve").status_code == 200
    three_days = Change.objects.get().until
    page(client(cast.ada), booking, "first")
    assert Change.objects.get().until == three_days > rome("2026-12-02 09:00")
