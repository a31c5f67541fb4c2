"""The waiting list through the API: join, be called, answer; and nobody slips in between."""

from datetime import UTC, datetime

import pytest

from booking.lapsing import sweep_dead
from booking.models import Booking, Claim, Waiting
from core.ids import encode
from core.models import Mail
from spaces.models import Rules
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db
TEN, ELEVEN, TWELVE = ("2026-12-01T10:00:00", "2026-12-01T11:00:00", "2026-12-01T12:00:00")


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def slot(resource, start=TEN, end=ELEVEN, **more):
    return {
        "resource_id": encode("res", resource.pk),
        "period": {"start": start, "end": end},
        **more,
    }


def held(person, resource, start=TEN, end=ELEVEN, key="held"):
    answer = post(client(person), "/bookings", wish(resource, start, end), key)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def joined(person, body, key="join"):
    answer = post(client(person), "/waiting-list", body, key)
    assert answer.status_code == 201, answer.content
    return answer.json()


def release(person, booking):
    answer = post(client(person), f"/bookings/{booking}/release", key=f"release-{booking}")
    assert answer.status_code == 200, answer.content


def places(person):
    return client(person).get("/api/v1/waiting-list").json()["data"]


def test_what_is_released_is_offered_to_who_waits_and_to_nobody_else(cast):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, slot(cast.room))
    assert (place["state"], place["rank"], place["offer"]) == ("waiting", 1, None)
    release(cast.ada, taken)
    offered = places(cast.bruno)[0]
    assert offered["state"] == "offered"
    assert offered["offer"]["period"] == {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}
    refused = post(client(cast.ada), "/bookings", wish(cast.room), "grab")
    assert (refused.status_code, refused.json()["code"]) == (409, "slot-taken")
    accepted = post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="yes")
    assert (accepted.status_code, accepted.json()["state"]) == (200, "held")
    assert places(cast.bruno)[0]["state"] == "taken"
    assert Claim.objects.get().kind == "held"


def test_the_offer_is_written_to_its_person_with_a_link(cast):
    taken = held(cast.ada, cast.room)
    joined(cast.bruno, slot(cast.room))
    release(cast.ada, taken)
    letter = Mail.objects.get(to=cast.bruno.email)
    assert "Sala Po" in letter.subject
    assert "/me" in letter.text


def test_nobody_waits_for_what_is_free(cast):
    answer = post(client(cast.bruno), "/waiting-list", slot(cast.room))
    assert (answer.status_code, answer.json()["code"]) == (409, "free-now")
    assert answer.json()["alternatives"][0]["period"]["start"] == "2026-12-01T09:00:00Z"
    assert not Waiting.objects.exists()


def test_nobody_waits_for_what_they_could_never_have(cast):
    held(cast.ada, cast.laser)
    answer = post(client(cast.bruno), "/waiting-list", slot(cast.laser))
    assert answer.status_code == 403
    assert [r["code"] for r in answer.json()["reasons"]] == ["not-certified"]


def test_an_offer_that_dies_calls_the_next_and_its_person_leaves_the_list(cast, at):
    taken = held(cast.ada, cast.room)
    joined(cast.bruno, slot(cast.room))
    at("2026-11-30 09:01")
    assert joined(cast.ivo, slot(cast.room))["rank"] == 2
    release(cast.ada, taken)
    at("2026-11-30 12:20")  # an eighth of 25 hours has passed
    refused = post(client(cast.ada), "/bookings", wish(cast.room), "grab")
    assert refused.status_code == 409  # the stranger's touch let it lapse: it went to the next
    assert places(cast.bruno)[0]["state"] == "missed"
    assert places(cast.ivo)[0]["state"] == "offered"
    at("2026-11-30 23:50")
    sweep_dead()
    assert places(cast.ivo)[0]["state"] == "missed"
    assert not Claim.objects.exists()
    assert post(client(cast.ada), "/bookings", wish(cast.room), "free-now").status_code == 201


def test_a_declined_offer_goes_to_the_next_at_once(cast, at):
    taken = held(cast.ada, cast.room)
    first = joined(cast.bruno, slot(cast.room))
    at("2026-11-30 09:01")
    joined(cast.ivo, slot(cast.room))
    release(cast.ada, taken)
    declined = post(client(cast.bruno), f"/waiting-list/{first['id']}/decline", key="no")
    assert declined.json()["state"] == "left"
    assert places(cast.ivo)[0]["state"] == "offered"


def test_a_late_answer_is_told_that_the_offer_has_lapsed(cast, at):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, slot(cast.room))
    release(cast.ada, taken)
    at("2026-11-30 22:00")
    late = post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="late")
    assert (late.status_code, late.json()["code"]) == (409, "offer-lapsed")


def test_who_left_is_not_called(cast):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, slot(cast.room))
    assert post(client(cast.bruno), f"/waiting-list/{place['id']}/leave").json()["state"] == "left"
    release(cast.ada, taken)
    assert not Booking.objects.filter(state="offered").exists()


def test_a_wish_for_a_kind_is_met_by_any_that_fits(cast):
    first, second = (
        held(cast.ada, room, "2026-12-03T18:00:00", "2026-12-03T21:00:00", room.slug)
        for room in (cast.room, cast.other_room)
    )
    wished = {
        "venue_id": encode("ven", cast.venue.pk),
        "kind": "meeting_room",
        "days": {"start": "2026-12-01", "end": "2026-12-08"},
        "weekdays": [4],
        "hours": {"start": "18:00", "end": "21:00"},
        "minutes": 120,
    }
    joined(cast.bruno, wished)
    release(cast.ada, second)
    offer = places(cast.bruno)[0]["offer"]
    assert offer["resource"]["name"] == "Sala Dora"
    assert offer["period"] == {"start": "2026-12-03T17:00:00Z", "end": "2026-12-03T20:00:00Z"}
    release(cast.ada, first)
    assert Booking.objects.filter(state="offered").count() == 1


def test_a_part_of_an_offer_gives_the_rest_to_the_next(cast, at):
    taken = held(cast.ada, cast.room, TEN, TWELVE)
    place = joined(cast.bruno, slot(cast.room, TEN, TWELVE))
    at("2026-11-30 09:01")
    joined(cast.ivo, slot(cast.room, ELEVEN, TWELVE))
    release(cast.ada, taken)
    part = {"period": {"start": TEN, "end": ELEVEN}}
    assert post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", part).status_code == 200
    assert places(cast.ivo)[0]["offer"]["period"]["start"] == "2026-12-01T10:00:00Z"


def test_for_its_person_an_offered_slot_is_free_to_hold(cast, at):
    taken = held(cast.ada, cast.room, TEN, TWELVE)
    joined(cast.bruno, slot(cast.room, TEN, TWELVE))
    at("2026-11-30 09:01")
    joined(cast.ivo, slot(cast.room, ELEVEN, TWELVE))
    release(cast.ada, taken)
    judged = client(cast.bruno).post("/api/v1/verdicts", wish(cast.room), format="json").json()
    assert judged["allowed"]
    assert not client(cast.ada).post("/api/v1/verdicts", wish(cast.room), format="json").json()["allowed"]
    held(cast.bruno, cast.room, key="mine")
    assert places(cast.bruno)[0]["state"] == "taken"
    assert places(cast.ivo)[0]["state"] == "offered"


def test_a_lifted_block_is_offered_too(cast):
    block = {**slot(cast.room), "kind": "other", "reason": "Prova"}
    made = post(client(cast.ivo), "/blocks", block).json()["id"]
    joined(cast.bruno, slot(cast.room))
    post(client(cast.ivo), f"/blocks/{made}/lift")
    assert places(cast.bruno)[0]["state"] == "offered"


def test_a_refused_request_is_offered_too(cast):
    asked = held(cast.ada, cast.asked_room)
    joined(cast.bruno, slot(cast.asked_room))
    Booking.objects.update(state="requested")
    Claim.objects.update(kind="requested", reason=None)
    answer = post(client(cast.ivo), f"/bookings/{asked}/refuse", {"reason": "Chiuso"})
    assert answer.status_code == 200, answer.content
    assert places(cast.bruno)[0]["state"] == "offered"


def test_half_a_hall_waits_for_the_whole(cast):
    taken = held(cast.ada, cast.hall)
    joined(cast.bruno, slot(cast.half))
    release(cast.ada, taken)
    assert places(cast.bruno)[0]["offer"]["resource"]["name"] == "Salone A"
    assert Claim.objects.count() == 1


def test_the_log_says_what_happened_and_names_nobody(cast, at):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, slot(cast.room))
    at("2026-11-30 09:01")
    other = joined(cast.ivo, slot(cast.room))
    release(cast.ada, taken)
    post(client(cast.bruno), f"/waiting-list/{place['id']}/decline", key="no")
    lines = client(cast.ivo).get(f"/api/v1/waiting-list/{other['id']}/log").json()["data"]
    assert sorted((line["what"], line["mine"]) for line in lines) == [
        ("joined", False), ("joined", True), ("left", False), ("offered", False), ("offered", True),
    ]  # fmt: skip
    assert cast.bruno.name not in str(lines)
    assert client(cast.ada).get(f"/api/v1/waiting-list/{other['id']}/log").status_code == 404


def test_the_policy_says_how_long_an_offer_stands(cast):
    Rules.objects.create(resource=cast.room, from_on="2026-01-01", data={"offer": 45})
    taken = held(cast.ada, cast.room)
    joined(cast.bruno, slot(cast.room))
    release(cast.ada, taken)
    assert Booking.objects.get(state="offered").held_until == datetime(2026, 11, 30, 8, 45, tzinfo=UTC)
