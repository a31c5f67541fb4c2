"""Managers add resources, change what they are made of, and say until when they are offered."""

import pytest

from booking.models import Booking, Claim
from core.ids import encode
from spaces.models import Rules
from tests.api import client, post, wish
from tests.booking.waiters import joined, places, slot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def relayout(cast, resource, key, **how):
    return post(client(cast.dario), f"/resources/{encode('res', resource.pk)}/layout", how, key)


def part_of(layout, name):
    return next(p["id"] for p in layout["parts"] if p["name"] == name)


def book(person, public, start, end, key):
    body = {"items": [{"resource_id": public}], "period": {"start": start, "end": end}}
    return post(client(person), "/bookings", body, key)


def test_a_room_is_divided_while_it_is_booked_and_joined_again(cast):
    ten, eleven, noon = (f"2026-12-01T{h}:00:00" for h in (10, 11, 12))
    assert post(client(cast.ada), "/bookings", wish(cast.room, ten, eleven), "k0").status_code == 201
    divided = relayout(cast, cast.room, "d1", divide=["Sala Po A", "Sala Po B"])
    assert divided.status_code == 200, divided.content
    assert divided.json()["made_of"] == "parts"
    a, b = (part_of(divided.json(), f"Sala Po {x}") for x in "AB")
    assert book(cast.carla, a, ten, eleven, "k1").status_code == 409
    assert book(cast.carla, a, eleven, noon, "k2").status_code == 201
    assert book(cast.bruno, b, eleven, noon, "k3").status_code == 201
    refused = relayout(cast, cast.room, "j1", join=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "orphans-claims")
    code = Booking.objects.get(person=cast.bruno).pk
    post(client(cast.bruno), f"/bookings/{encode('bkg', code)}/release", {}, "r1")
    joined = relayout(cast, cast.room, "j2", join=True)
    assert joined.status_code == 200, joined.content
    assert (joined.json()["made_of"], joined.json()["parts"]) == ("whole", [])
    assert Claim.objects.count() == 2  # Ada's and Carla's, both of the whole room
    assert client().get(f"/api/v1/resources/{a}").status_code == 404
    taken = post(client(cast.ada), "/bookings", wish(cast.room, eleven, noon), "k4")
    assert taken.json()["code"] == "slot-taken"


def test_a_pool_grows_and_shrinks_to_what_is_had(cast):
    desks = cast.pool(3)
    for n, person in enumerate((cast.ada, cast.carla)):
        assert post(client(person), "/bookings", wish(desks), f"k{n}").status_code == 201
    assert relayout(cast, desks, "s1", size=5).json()["size"] == 5
    assert relayout(cast, desks, "s2", size=2).json()["size"] == 2
    refused = relayout(cast, desks, "s3", size=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "orphans-claims")
    assert refused.json()["data"] == {"needed": 2, "left": 1}


def test_a_new_place_of_a_full_pool_goes_first_to_who_waits_for_one(cast):
    desks = cast.pool(2)
    for n, person in enumerate((cast.ada, cast.carla)):
        assert post(client(person), "/bookings", wish(desks), f"k{n}").status_code == 201
    joined(cast.bruno, slot(desks))
    assert relayout(cast, desks, "s1", size=3).json()["size"] == 3
    assert places(cast.bruno)[0]["state"] == "offered"
    assert post(client(cast.elena), "/bookings", wish(desks), "k3").json()["code"] == "slot-taken"


@pytest.mark.parametrize("how", [{"join": True}, {"size": 3}])
def test_what_is_whole_is_neither_joined_nor_counted(cast, how):
    assert relayout(cast, cast.room, "x", **how).json()["code"] == "unsatisfiable"


@pytest.mark.parametrize("how", [{}, {"join": False}, {"size": 3, "join": True}])
def test_one_thing_is_changed_at_a_time(cast, how):
    assert relayout(cast, cast.room, "x", **how).json()["code"] == "invalid"


def test_a_resource_is_added_and_can_be_booked(cast):
    _ = cast.room
    body = {"venue_id": encode("ven", cast.venue.pk), "name": "Sala Po", "kind": "desk", "size": 2}
    made = post(client(cast.dario), "/resources", body, "a1")
    assert made.status_code == 201, made.content
    assert (made.json()["made_of"], made.json()["size"]) == ("pool", 2)
    again = post(client(cast.dario), "/resources", body, "a1")
    assert again.json() == made.json()
    for n, person in enumerate((cast.ada, cast.carla, cast.bruno)):
        answer = book(person, made.json()["id"], "2026-12-01T10:00:00", "2026-12-01T11:00:00", f"k{n}")
        assert answer.status_code == (201 if n < 2 else 409)


def test_until_when_is_said_by_the_venue_s_clock_and_comes_after_from_when(cast):
    path = f"/api/v1/resources/{encode('res', cast.room.pk)}"
    said = {"published_from": "2026-12-01T09:00:00", "published_until": "2026-12-24T18:00:00"}
    edited = client(cast.dario).patch(path, said)
    assert edited.json()["published_from"] == "2026-12-01T08:00:00Z"
    assert edited.json()["published_until"] == "2026-12-24T17:00:00Z"
    for wrong, code in (("2026-12-01T09:00:00", "empty"), ("2027-03-28T02:30:00", "clock-change")):
        refused = client(cast.dario).patch(path, {"published_until": wrong})
        assert refused.status_code == 422, refused.content
        assert (refused.json()["pointers"][0]["pointer"], refused.json()["pointers"][0]["code"]) == (
            "/published_until",
            code,
        )


def test_a_resource_is_offered_until_an_instant(cast):
    path = f"/api/v1/resources/{encode('res', cast.room.pk)}"
    edited = client(cast.dario).patch(path, {"published_until": "2026-12-01T09:30:00Z", "capacity": 4})
    assert edited.status_code == 200, edited.content
    assert edited.json()["capacity"] == 4
    refused = post(client(cast.ada), "/bookings", wish(cast.room), "k1")
    assert [r["code"] for r in refused.json()["reasons"]] == ["not-offered"]
    assert client(cast.carla).patch(path, {"capacity": 5}).status_code == 404


def test_seats_that_the_rules_leave_nothing_of_are_refused(cast):
    Rules.objects.create(resource=cast.room, from_on="2026-12-01", data={"least_people": 5})
    path = f"/api/v1/resources/{encode('res', cast.room.pk)}"
    refused = client(cast.dario).patch(path, {"capacity": 2})
    assert (refused.status_code, refused.json()["code"]) == (422, "unsatisfiable")
    cast.room.refresh_from_db()
    assert cast.room.capacity == 8
    assert client(cast.dario).patch(path, {"capacity": 5}).status_code == 200
    assert client(cast.dario).patch(path, {"capacity": 2, "is_active": False}).status_code == 200
    assert client(cast.dario).patch(path, {"is_active": True}).json()["code"] == "unsatisfiable"
