"""What the waiting list offers to somebody is free to them by every way in which they are told so."""

import pytest

from booking.models import Booking, Claim, Waiting
from core.ids import encode
from tests.api import client, post, wish
from tests.booking.confirmed import cancel_for_good
from tests.cast import period
from tests.stories.changing import buy, move, pay, span, squares, to
from tests.stories.test_a_series_is_edited import changed, confirmed, planned
from tests.stories.test_an_association_books_a_series import TUESDAYS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def wait_for(api, resource, start, end, key="w"):
    body = {
        "resource_id": encode("res", resource.pk),
        "period": {"start": f"2026-12-{start}:00", "end": f"2026-12-{end}:00"},
    }
    assert post(api, "/waiting-list", body, key).status_code == 201


@pytest.fixture
def offered(cast, bank, at):
    """Ada's paid hour from ten, and the hour after it offered to her."""
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    rival = buy(client(cast.bruno), bank, cast.room, "2026-12-03T11:00:00", "2026-12-03T12:00:00", "r")
    wait_for(api, cast.room, "03T11:00", "03T12:00")
    cancel_for_good(cast.bruno, Booking.objects.get(code=rival["code"]).pk)
    assert Claim.objects.get(kind="offered").during == period("2026-12-03 11:00")
    return booking


def test_what_is_offered_to_oneself_is_there_to_extend_into(cast, bank, offered):
    api = client(cast.ada)
    shown = api.get(f"/api/v1/bookings/{offered['id']}").json()["actions"]["extend"]
    assert shown["allowed"]
    more = move(api, offered, to("03T10:00", "03T11:30"))
    assert more.status_code == 200, more.content
    assert more.json()["change"]["waits_for"] == "payment"
    assert Waiting.objects.get().state == "taken"
    assert span(pay(api, bank, offered["id"], "more"))[1] == "2026-12-03T10:30:00Z"
    assert [c.during for c in Claim.objects.filter(item__booking__person=cast.ada)] == [
        period("2026-12-03 10:00", 90)
    ]
    squares()


def test_what_it_leaves_of_the_offer_goes_to_the_next(cast, bank, offered):
    wait_for(client(cast.carla), cast.room, "03T11:30", "03T12:00", "c")
    assert not Claim.objects.filter(kind="offered", item__booking__person=cast.carla).exists()
    move(client(cast.ada), offered, to("03T10:00", "03T11:30"))
    assert Claim.objects.get(kind="offered").during == period("2026-12-03 11:30", 30)
    assert Booking.objects.get(state="offered").person == cast.carla


def test_to_others_it_is_taken(cast, bank, offered):
    other = buy(client(cast.carla), bank, cast.room, "2026-12-03T12:00:00", "2026-12-03T13:00:00", "o")
    refused = move(client(cast.carla), other, to("03T11:30", "03T13:00"))
    assert (refused.status_code, refused.json()["code"]) == (409, "slot-taken")
    assert Waiting.objects.get().state == "offered"


def test_a_series_moves_into_its_person_s_offer_and_leaves_their_others_alone(cast, at):
    rule = TUESDAYS | {"last_on": "2026-12-22"}
    series = confirmed(cast, rule)
    api, bruno = client(cast.ada), cast.bruno
    rivals = []
    for start in ("15T20:00", "17T20:00"):
        body = wish(cast.room, f"2026-12-{start}:00", f"2026-12-{start[:3]}21:00:00")
        rivals.append(post(client(bruno), "/bookings", body, start).json())
        wait_for(api, cast.room, start, f"{start[:3]}21:00", start)
    Booking.objects.filter(person=bruno).update(state="confirmed", held_until=None)
    Claim.objects.filter(item__booking__person=bruno).update(kind="booked", until=None, reason=None)
    for rival in rivals:
        cancel_for_good(bruno, Booking.objects.get(code=rival["code"]).pk)
    assert Claim.objects.filter(kind="offered").count() == 2
    edit = planned(client(cast.ada), series, "all", rule=rule | {"hours": {"start": "19:00", "end": "21:00"}})
    assert {d["verdict"] for d in edit["dates"] if d["on"] != "2026-12-08"} == {"free"}
    done = changed(client(cast.ada), series, edit)
    assert done.status_code == 200, done.content
    assert [c.during for c in Claim.objects.filter(kind="offered")] == [period("2026-12-17 20:00")]
    assert sorted(Waiting.objects.values_list("state", flat=True)) == ["offered", "taken"]
