"""A room for six and a projector, waited for at once: offered when one of each can be had, and which one is chosen."""

import pytest

from booking.models import Booking, Claim, Waiting, WaitingItem
from booking.queueing import calling
from booking.queueing.wanted import are_all_in
from core.ids import encode
from core.outbox import drain
from spaces import layout
from spaces.catalogue import find, fits
from spaces.models import Resource, Rules
from tests.api import client, codes, post
from tests.booking.test_waiting_together import offered
from tests.booking.waiters import ELEVEN, TEN, held, joined, places, release, slot
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db
ROOM_FOR_SIX = {"kind": "meeting_room", "capacity_from": 6}
PROJECTOR = {"kind": "equipment", "features": ["hdmi"]}
PERIOD = {"start": TEN, "end": ELEVEN}


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def projector(cast):
    thing = cast.resource("proiettore", "equipment", "Proiettore", features=["hdmi", "sound"])
    layout.make_whole(thing)
    return cast._planned(thing)


def wanted(cast, *items, **more):
    return {"venue_id": encode("ven", cast.venue.pk), "items": list(items), "period": PERIOD} | more


def named(resource):
    return {"resource_id": encode("res", resource.pk)}


def all_taken(cast, *resources):
    """Each by somebody of their own."""
    people = [cast.ada, cast.gina, cast.dario, cast.elena]
    return [
        (person, held(person, resource, key=resource.slug))
        for person, resource in zip(people, resources, strict=False)
    ]


def test_what_is_freed_is_offered_with_one_of_each_kind(cast, projector):
    (who, freed), *_ = all_taken(cast, projector)
    _ = cast.room, cast.other_room
    place = joined(cast.bruno, wanted(cast, ROOM_FOR_SIX, PROJECTOR))
    assert [
        (one["resource"], one["kind"], one["capacity_from"], one["features"]) for one in place["items"]
    ] == [
        (None, "meeting_room", 6, []),
        (None, "equipment", None, ["hdmi"]),
    ]
    release(who, freed)
    assert offered() == [["Proiettore", "Sala Po"]]  # the smaller of the two rooms
    (place,) = places(cast.bruno)
    assert [one["resource"]["name"] for one in place["offer"]["items"]] == ["Sala Po", "Proiettore"]
    accepted = post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="yes")
    assert (accepted.status_code, accepted.json()["state"]) == (200, "held")
    assert set(Claim.objects.values_list("kind", flat=True)) == {"held"}


def test_while_none_of_one_kind_is_free_nothing_is_offered_and_the_rest_stays_free(cast, projector):
    taken = all_taken(cast, cast.room, projector)
    small = cast._whole("sala-mini", "meeting_room", "Sala Mini", capacity=4)
    joined(cast.bruno, wanted(cast, ROOM_FOR_SIX, PROJECTOR))
    release(*taken[1])
    assert offered() == []  # the only free room holds four
    held(cast.carla, projector, key="meanwhile")
    held(cast.ivo, small, key="small")
    release(*taken[0])
    assert offered() == []


def test_a_named_thing_is_waited_for_with_any_of_a_kind(cast, projector):
    taken = all_taken(cast, cast.room)
    body = wanted(cast, named(cast.room), PROJECTOR)
    joined(cast.bruno, body | {"venue_id": encode("ven", cast.venue.pk)})
    release(*taken[0])
    assert offered() == [["Proiettore", "Sala Po"]]


def test_two_of_a_kind_are_two_resources(cast):
    taken = all_taken(cast, cast.room)
    _ = cast.other_room
    joined(cast.bruno, wanted(cast, {"kind": "meeting_room"}, {"kind": "meeting_room"}))
    release(*taken[0])
    assert offered() == [["Sala Dora", "Sala Po"]]


def test_any_evening_will_do_for_kinds_too(cast, projector):
    evening = ("2026-12-03T18:00:00", "2026-12-03T20:00:00")
    taken = held(cast.ada, projector, *evening)
    _ = cast.room
    wish = wanted(cast, ROOM_FOR_SIX, PROJECTOR) | {
        "days": {"start": "2026-12-03", "end": "2026-12-04"},
        "hours": {"start": "18:00", "end": "20:00"},
        "minutes": 60,
    }
    del wish["period"]
    joined(cast.bruno, wish)
    release(cast.ada, taken)
    assert places(cast.bruno)[0]["offer"]["period"] == {
        "start": "2026-12-03T17:00:00Z",
        "end": "2026-12-03T19:00:00Z",
    }


def test_of_a_kind_only_what_its_people_may_have_is_chosen(cast, projector):
    """The smaller room is for others; and five people do not fit into a room for four."""
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"groups": ["0" * 32]})
    (who, freed), *_ = all_taken(cast, projector)
    _ = cast.other_room, cast._whole("sala-mini", "meeting_room", "Sala Mini", capacity=4)
    joined(cast.bruno, wanted(cast, {"kind": "meeting_room"}, PROJECTOR, people=5))
    release(who, freed)
    assert offered() == [["Proiettore", "Sala Dora"]]


def test_nobody_waits_for_a_kind_of_which_they_may_have_nothing(cast):
    held(cast.ada, cast.room)
    _ = cast.laser
    refused = post(client(cast.bruno), "/waiting-list", wanted(cast, ROOM_FOR_SIX, {"kind": "laser"}))
    assert codes(refused) == ["not-certified"]


def test_nobody_waits_for_what_the_venue_does_not_have(cast):
    held(cast.ada, cast.room)
    for n, lacking in enumerate(({"kind": "mill"}, {"kind": "meeting_room", "capacity_from": 31})):
        refused = post(client(cast.bruno), "/waiting-list", wanted(cast, named(cast.room), lacking), f"l{n}")
        assert codes(refused) == ["none-fits"]


def test_the_same_kinds_are_waited_for_once(cast, projector):
    all_taken(cast, projector)
    _ = cast.room
    first = joined(cast.bruno, wanted(cast, ROOM_FOR_SIX, PROJECTOR))
    assert joined(cast.bruno, wanted(cast, ROOM_FOR_SIX, PROJECTOR), "again")["id"] == first["id"]
    larger = ROOM_FOR_SIX | {"capacity_from": 7}
    assert joined(cast.bruno, wanted(cast, larger, PROJECTOR), "larger")["id"] != first["id"]


def test_who_waits_for_a_kind_has_a_rank_among_who_waits_for_what_would_do_for_it(cast, projector, at):
    taken = all_taken(cast, projector, cast.room, cast.other_room)
    joined(cast.dario, slot(cast.room))
    at("2026-11-30 09:01")
    joined(cast.elena, slot(projector))
    at("2026-11-30 09:02")
    place = joined(cast.bruno, wanted(cast, ROOM_FOR_SIX | {"capacity_from": 20}, PROJECTOR))
    assert place["rank"] == 2  # behind who waits for the projector; the room for eight would not do
    assert taken


def test_where_another_act_has_one_that_might_do_they_are_asked_right_after_it(cast, projector, monkeypatch):
    (who, freed), *_ = all_taken(cast, projector)
    _ = cast.room
    joined(cast.bruno, wanted(cast, ROOM_FOR_SIX, PROJECTOR))
    monkeypatch.setattr(calling, "rows_at_once", lambda *told: False)
    release(who, freed)
    assert offered() == []
    monkeypatch.undo()
    drain()
    drain()
    assert offered() == [["Proiettore", "Sala Po"]]
    assert Booking.objects.filter(state="offered").count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"items": [{"kind": "laser"}, {"capacity_from": 3}]}, "/items/1/resource_id"),
        ({"items": [{"kind": "laser"}], "kind": "laser"}, "/items"),
        ({"items": [{"kind": "laser"}], "venue_id": None}, "/venue_id"),
    ],
)
def test_a_body_that_does_not_say_what_or_where_is_refused(cast, body, pointer):
    asked = {name: value for name, value in (wanted(cast) | body).items() if value is not None}
    answer = post(client(cast.bruno), "/waiting-list", asked)
    assert answer.status_code == 422
    assert [found["pointer"] for found in answer.json()["pointers"]] == [pointer]


def test_a_named_thing_of_another_venue_is_refused(cast):
    other = type(cast.venue).objects.create(slug="altrove", name="Altrove", partner=cast.lead)
    body = wanted(cast, named(cast.room)) | {"venue_id": encode("ven", other.pk)}
    assert post(client(cast.bruno), "/waiting-list", body).status_code == 422


@pytest.mark.parametrize("capacity", [None, 6, 8, 9])
@pytest.mark.parametrize("features", [[], ["projector"], ["projector", "sound"]])
def test_what_would_do_is_what_a_search_finds(cast, capacity, features):
    _ = cast.room, cast.other_room, cast.laser, cast.hall
    asked = {"kind": ["meeting_room"], "features": features}
    found = find(asked | ({"capacity_from": capacity} if capacity else {}))
    assert set(found) == {r for r in Resource.objects.all() if fits(r, "meeting_room", capacity, features)}


def test_a_booking_is_all_that_is_waited_for_if_each_thing_has_one_of_its_own(cast):
    room, other = cast.room, cast.other_room
    any_room, large = Waiting(kind="meeting_room"), WaitingItem(kind="meeting_room", capacity_from=20)
    assert are_all_in([any_room, large], {room: 1, other: 1})
    assert not are_all_in([any_room, large], {other: 1})
    assert not are_all_in([large, WaitingItem(resource=other)], {room: 1, other: 1})
    assert not are_all_in([WaitingItem(kind="meeting_room", quantity=2)], {room: 1, other: 1})


def test_nobody_waits_for_kinds_of_which_one_each_is_free(cast, projector):
    _ = cast.room, cast.other_room
    answer = post(client(cast.bruno), "/waiting-list", wanted(cast, ROOM_FOR_SIX, PROJECTOR))
    assert (answer.status_code, answer.json()["code"]) == (409, "free-now")
    offers = [[item["resource_id"] for item in one["items"]] for one in answer.json()["alternatives"]]
    projectors = encode("res", projector.pk)
    assert offers == [[encode("res", room.pk), projectors] for room in (cast.room, cast.other_room)]
