"""Several things together: the next times at which all are free, chosen by the server, held in one act."""

import pytest

from booking.judging.judge import place_among
from core.ids import encode
from spaces import layout, opening
from spaces.models import Rules
from tests.api import client, post
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _morning(at):
    at("2026-11-30 07:00")


@pytest.fixture
def mentor(cast):
    person = cast.resource("mentore", "person", "Mentore")
    layout.make_whole(person)
    return cast._planned(person)


@pytest.fixture
def projector(cast):
    thing = cast.resource("proiettore", "equipment", "Proiettore", features=["hdmi"])
    layout.make_whole(thing)
    return cast._planned(thing)


def asked(*items, minutes=120, **more):
    return {"items": list(items), "minutes": minutes, "on_from": "2026-12-01", "on_to": "2026-12-08"} | more


def one(resource, **more):
    return {"resource_id": encode("res", resource.pk)} | more


def common(api, *items, **more):
    answer = post(api, "/offers/common", asked(*items, **more))
    assert answer.status_code == 200, answer.content
    return answer.json()


def taken(cast, resource, start, end):
    body = {"items": [one(resource)], "period": {"start": start, "end": end}, "override_reason": "prova"}
    assert post(client(cast.ivo), "/bookings", body, key=start + resource.slug).status_code == 201


def test_laser_room_projector_and_mentor_are_found_and_held_as_one_booking(cast, mentor, projector):
    _ = cast.room
    taken(cast, cast.laser, "2026-12-01T08:00", "2026-12-01T10:00")
    taken(cast, mentor, "2026-12-01T11:00", "2026-12-01T15:00")
    items = (
        one(cast.laser),
        {"kind": "meeting_room", "capacity_from": 6},
        {"kind": "equipment", "features": ["hdmi"]},
        one(mentor),
    )
    api = client(cast.ada)
    first = common(api, *items)["data"][0]
    assert first["period"] == {"start": "2026-12-01T14:00:00Z", "end": "2026-12-01T16:00:00Z"}
    assert [i["resource"]["name"] for i in first["items"]] == [
        "Laser CO₂",
        "Sala Po",
        "Proiettore",
        "Mentore",
    ]
    assert first["price"]["cents"] == sum(i["price"]["cents"] for i in first["items"]) == 4 * 3660
    body = {
        "items": [{"resource_id": i["resource_id"], "quantity": i["quantity"]} for i in first["items"]],
        "period": first["period"],
    }
    held = post(api, "/bookings", body)
    assert (held.status_code, held.json()["state"]) == (201, "held")
    assert len(held.json()["items"]) == 4
    assert common(api, *items)["data"][0]["period"]["start"] == "2026-12-01T16:00:00Z"


def test_a_bundle_starts_where_the_grids_of_its_items_meet(cast, mentor):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"step": 60, "least": 60})
    Rules.objects.create(resource=mentor, from_on=LONG_AGO, data={"step": 45, "least": 45, "most": 900})
    found = common(client(cast.ada), one(cast.room), one(mentor), minutes=180)["data"]
    hours = [f["period"]["start"][11:16] for f in found if f["period"]["start"].startswith("2026-12-01")]
    assert hours == ["07:00", "10:00", "13:00", "16:00"]  # every three hours from eight in the morning


def test_the_smallest_room_that_does_is_chosen_and_the_next_when_it_is_taken(cast, mentor):
    _ = (cast.room, cast.other_room)
    room = {"kind": "meeting_room", "capacity_from": 6}
    taken(cast, cast.room, "2026-12-01T08:00", "2026-12-01T09:00")
    found = common(client(cast.ada), room, one(mentor), minutes=60)["data"]
    assert [f["items"][0]["resource"]["name"] for f in found[:3]] == ["Sala Dora", "Sala Dora", "Sala Po"]


def test_two_rooms_of_a_kind_are_two_rooms(cast):
    _ = (cast.room, cast.other_room)
    found = common(client(cast.ada), {"kind": "meeting_room"}, {"kind": "meeting_room"})["data"]
    assert sorted(i["resource"]["name"] for i in found[0]["items"]) == ["Sala Dora", "Sala Po"]
    three = common(client(cast.ada), *[{"kind": "meeting_room"}] * 3)
    assert three["data"] == []


def test_a_hall_is_not_offered_together_with_its_half(cast):
    assert common(client(cast.ada), one(cast.hall), one(cast.half))["data"] == []
    assert len(common(client(cast.ada), one(cast.half), one(cast._half_b))["data"]) == 5


def test_what_alone_stands_in_the_way_is_said(cast, mentor):
    _ = cast.laser
    opening.set_hours(mentor, [7], mentor_opens(), None, first_on=LONG_AGO)
    opening.plan(mentor)
    said = common(client(cast.ada), one(cast.room), one(mentor), on_to="2026-12-03")["in_the_way"]
    assert [(s["item"], s["why"], s["without"]["start"]) for s in said] == [
        (1, "not-together", "2026-12-01T07:00:00Z")
    ]
    said = common(client(cast.bruno), one(cast.room), one(cast.laser))["in_the_way"]
    assert [(s["item"], s["why"], s["reasons"][0]["code"]) for s in said] == [
        (1, "not-allowed", "not-certified")
    ]
    assert said[0]["resource"]["name"] == "Laser CO₂"
    said = common(client(cast.ada), one(cast.room), {"kind": "courtyard"})["in_the_way"]
    assert [(s["item"], s["why"], s["resource"]) for s in said] == [(1, "none-fits", None)]


def test_of_two_of_a_kind_the_one_that_stands_in_the_way_is_named(cast):
    opening.set_hours(cast.other_room, [7], mentor_opens(), None, first_on=LONG_AGO)
    opening.plan(cast.other_room)
    said = common(client(cast.ada), one(cast.room), one(cast.other_room), on_to="2026-12-03")["in_the_way"]
    assert [(s["item"], s["resource"]["name"], s["why"]) for s in said] == [(1, "Sala Dora", "not-together")]


def mentor_opens():
    from datetime import time

    return time(20)


def test_things_of_two_venues_and_unknown_things_are_refused(cast):
    api = client(cast.ada)
    unknown = {"resource_id": "res_01hzzzzzzzzzzzzzzzzzzzzzzz"}
    assert post(api, "/offers/common", asked(unknown)).status_code == 404
    assert post(api, "/offers/common", asked(one(cast.room), one(cast.room))).status_code == 422
    assert post(api, "/offers/common", asked()).status_code == 422
    wide = asked(one(cast.room), on_to="2027-03-01")
    assert post(api, "/offers/common", wide).json()["code"] == "window-too-wide"


def test_a_bundle_costs_as_many_statements_however_many_could_do(cast, mentor):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    api = client(cast.ada)
    counts = []
    _ = cast.room
    for n in range(2):
        with CaptureQueriesContext(connection) as seen:
            common(api, {"kind": "meeting_room"}, one(mentor))
        counts.append(len(seen.captured_queries))
        for k in range(6):
            room = cast.resource(f"altra-{n}-{k}", "meeting_room", f"Altra {k}", capacity=10)
            layout.make_whole(room)
            cast._planned(room)
    assert counts[0] == counts[1] <= 25, counts


def test_what_never_fits_is_not_tried_in_every_way(cast, monkeypatch):
    for n in range(12):
        cast._whole(f"r{n}", "meeting_room", f"R{n}")
    _ = cast.hall
    tried = []

    def place(*said):
        tried.append(said)
        return place_among(*said)

    monkeypatch.setattr("booking.finding.bundles.place_among", place)
    rooms, halls = [{"kind": "meeting_room"}] * 3, [{"kind": "hall"}] * 3
    answer = post(client(), "/offers/common", asked(*rooms, *halls, minutes=60))
    assert answer.json()["data"] == []
    assert 0 < len(tried) < 10_000  # every way of choosing would be some 400,000
