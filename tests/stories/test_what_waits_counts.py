"""What waits to be paid, agreed to or taken over counts against limits as what one has, and once."""

import pytest

from booking.models import Booking
from spaces.models import Rules
from tests.api import client, codes, post, wish
from tests.cast import LONG_AGO
from tests.stories.changing import buy, move, pay, span, squares, to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def limited(cast, **limits):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"horizon_days": 365, **limits})


def also(api, cast, start, end, key="also"):
    return post(api, "/bookings", wish(cast.room, f"2026-12-{start}:00", f"2026-12-{end}:00"), key)


def test_time_that_waits_to_be_paid_counts_already(cast, bank):
    limited(cast, daily_limit=120)
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    assert move(api, booking, to("03T10:00", "03T12:00")).json()["change"]["waits_for"] == "payment"
    refused = also(api, cast, "03T15:00", "03T16:00")
    assert (refused.status_code, codes(refused)) == (403, ["daily-limit"])
    assert refused.json()["reasons"][0]["detail"] == "Il limite è 120 minuti al giorno: già 120."
    assert span(pay(api, bank, booking["id"], "more"))[1] == "2026-12-03T11:00:00Z"
    squares()


def test_a_move_within_the_day_counts_once(cast, bank):
    """Whichever of the two times it will have, it is an hour."""
    limited(cast, daily_limit=120, approval_when={"hours": [{"start": "14:00", "end": "20:00"}]})
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    assert move(api, booking, to("03T15:00", "03T16:00")).json()["change"]["waits_for"] == "approval"
    assert also(api, cast, "03T12:00", "03T13:00").status_code == 201
    assert codes(also(api, cast, "03T13:00", "03T13:30", "third")) == ["daily-limit"]


def test_a_day_that_a_booking_would_move_to_is_counted_too(cast, bank):
    limited(cast, daily_limit=60, approval=True)
    api = client(cast.ada)
    held = post(api, "/bookings", wish(cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00"), "h").json()
    Booking.objects.update(state="confirmed", held_until=None)
    assert move(api, held, to("04T10:00", "04T11:00")).json()["change"]["waits_for"] == "approval"
    for day in ("03", "04"):
        assert codes(also(api, cast, f"{day}T15:00", f"{day}T16:00", day)) == ["daily-limit"]
    post(api, f"/bookings/{held['id']}/withdraw")
    assert also(api, cast, "04T15:00", "04T16:00", "again").status_code == 201


def test_bookings_that_somebody_agreed_to_take_over_count_together(cast, bank):
    limited(cast, daily_limit=60)
    first = buy(client(cast.ada), bank, cast.room, key="a")
    second = buy(client(cast.carla), bank, cast.room, "2026-12-03T15:00:00", "2026-12-03T16:00:00", "c")
    for giver, booking in ((cast.ada, first), (cast.carla, second)):
        body = {"email": cast.bruno.email, "message": ""}
        assert post(client(giver), f"/bookings/{booking['id']}/hand-over", body, "h").status_code == 200
    bruno = client(cast.bruno)
    assert post(bruno, f"/bookings/{first['id']}/accept", key="a").status_code == 200
    shown = bruno.get(f"/api/v1/bookings/{second['id']}").json()["actions"]["accept"]
    assert [r["code"] for r in shown["reasons"]] == ["daily-limit"]
    assert codes(post(bruno, f"/bookings/{second['id']}/accept", key="b")) == ["daily-limit"]
    pay(bruno, bank, first["id"], "p")
    mine = Booking.objects.filter(person=cast.bruno, state="confirmed")
    assert [b.period.minutes for b in mine] == [60]
    squares()


def test_money_for_a_lapsed_change_comes_back_if_its_time_is_too_much_by_then(cast, bank, at):
    limited(cast, daily_limit=120)
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    move(api, booking, to("03T10:00", "03T12:00"))
    quote = api.post("/api/v1/quotes", {"booking_ids": [booking["id"]]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "card"}
    bank.pay(post(api, "/checkouts", body, "late").json()["redirect_url"])
    at("2026-11-30 10:30")
    api = client(cast.ada)
    assert also(api, cast, "03T15:00", "03T16:00").status_code == 201
    bank.tell_everything()
    assert span(api.get(f"/api/v1/bookings/{booking['id']}").json())[1] == "2026-12-03T10:00:00Z"
    squares()
