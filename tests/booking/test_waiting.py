"""The waiting list through the API: join, be called, answer; and nobody slips in between."""

from datetime import UTC, datetime, time

import pytest
from django.db import connection

from booking.holding.lapsing import sweep_dead
from booking.models import Booking, Claim, Waiting
from booking.queueing import calling
from booking.queueing.calling import MOST_CALLED
from core.ids import encode
from core.locks import PATIENCE_OF_WORKERS
from core.models import Mail
from core.outbox import drain
from people.models import Group, GroupMember
from spaces import layout, opening
from spaces.models import Rules
from tests.api import client, post, wish
from tests.booking.waiters import ELEVEN, TEN, TWELVE, held, joined, many_wait, places, release, slot
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


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


def test_who_asks_twice_for_the_same_has_one_place(cast):
    held(cast.ada, cast.room)
    first = joined(cast.bruno, slot(cast.room))
    assert joined(cast.bruno, slot(cast.room), key="again")["id"] == first["id"]
    assert joined(cast.bruno, slot(cast.room, people=2), key="other")["id"] != first["id"]


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


def test_who_waits_for_the_hour_before_is_called_when_its_clean_up_is_free(cast):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"clean_up": 30})
    taken = held(cast.ada, cast.room, ELEVEN, TWELVE)
    joined(cast.bruno, slot(cast.room))
    release(cast.ada, taken)
    assert places(cast.bruno)[0]["state"] == "offered"


def test_a_crowd_that_waits_for_another_room_is_in_nobody_s_way(cast):
    taken = held(cast.ada, cast.room)
    many_wait(cast, cast.laser, MOST_CALLED + 1)
    joined(cast.bruno, slot(cast.room))
    release(cast.ada, taken)
    assert places(cast.bruno)[0]["state"] == "offered"


def test_a_crowd_that_cannot_have_it_is_passed_in_acts_of_their_own(cast):
    taken = held(cast.ada, cast.room)
    many_wait(cast, cast.room, MOST_CALLED + 1, people=10_000)
    joined(cast.bruno, slot(cast.room))
    release(cast.ada, taken)
    assert places(cast.bruno)[0]["state"] == "waiting"
    drain()
    drain()
    assert places(cast.bruno)[0]["state"] == "offered"


def test_whoever_calls_on_waits_for_its_locks_as_workers_do(cast, monkeypatch):
    taken = held(cast.ada, cast.room)
    many_wait(cast, cast.room, MOST_CALLED + 1, people=10_000)
    release(cast.ada, taken)
    patience = []

    def looked(freed, after):
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            patience.append(cursor.fetchone()[0])

    monkeypatch.setattr(calling, "_offer", looked)
    drain()
    assert patience == [PATIENCE_OF_WORKERS]


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


def test_an_evening_lasts_until_midnight(cast):
    opening.set_hours(cast.room, range(1, 8), time(20), None, first_on=LONG_AGO)
    opening.plan(cast.room)
    late = ("2026-12-01T22:00:00", "2026-12-02T00:00:00")
    taken = held(cast.ada, cast.room, *late)
    wish_for = {
        "resource_id": encode("res", cast.room.pk),
        "days": {"start": "2026-12-01", "end": "2026-12-02"},
        "hours": {"start": "22:00", "end": "24:00"},
        "minutes": 120,
    }
    assert joined(cast.bruno, wish_for)["hours"] == {"start": "22:00", "end": "24:00"}
    release(cast.ada, taken)
    (place,) = places(cast.bruno)
    assert place["offer"]["period"] == {"start": "2026-12-01T21:00:00Z", "end": "2026-12-01T23:00:00Z"}


@pytest.mark.parametrize("days", [None, {"start": "2026-11-30", "end": "2026-12-03"}])
def test_who_may_wait_is_asked_by_the_rules_of_the_day_that_they_wait_for(cast, days):
    members = Group.objects.create(name="Soci", partner=cast.lead)
    wanted = slot(cast.room)
    if days is not None:
        wanted = {"resource_id": wanted["resource_id"], "days": days, "minutes": 60}
        wanted |= {"hours": {"start": "10:00", "end": "11:00"}, "weekdays": [2]}
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"groups": [str(members.pk)]})
    Rules.objects.create(resource=cast.room, from_on="2026-12-01", data={"groups": []})
    taken = held(cast.ada, cast.room)
    joined(cast.bruno, wanted)
    release(cast.ada, taken)
    (place,) = places(cast.bruno)
    assert place["state"] == "offered"
    accepted = post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="yes")
    assert accepted.status_code == 200, accepted.content


def test_nobody_waits_for_a_day_whose_rules_leave_them_out(cast):
    members = Group.objects.create(name="Soci", partner=cast.lead)
    GroupMember.objects.create(group=members, person=cast.ada, from_on=LONG_AGO)
    Rules.objects.create(resource=cast.room, from_on="2026-12-01", data={"groups": [str(members.pk)]})
    held(cast.ada, cast.room)
    answer = post(client(cast.bruno), "/waiting-list", slot(cast.room))
    assert [r["code"] for r in answer.json()["reasons"]] == ["not-for-you"]


def allowed(person):
    return {act: said["allowed"] for act, said in places(person)[0]["actions"].items()}


def test_a_place_says_what_may_be_done_with_it(cast, at):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, slot(cast.room))
    assert allowed(cast.bruno) == {"accept": False, "decline": False, "leave": True}
    release(cast.ada, taken)
    assert allowed(cast.bruno) == {"accept": True, "decline": True, "leave": False}
    at("2026-11-30 22:00")
    (late,) = places(cast.bruno)
    assert [r["code"] for r in late["actions"]["accept"]["reasons"]] == ["offer-over"]
    at("2026-11-30 09:05")
    post(client(cast.bruno), f"/waiting-list/{place['id']}/decline", key="no")
    assert allowed(cast.bruno) == {"accept": False, "decline": False, "leave": False}


def test_nobody_waits_for_what_goes_with_other_things_only(cast):
    coffee = cast.resource("caffe", "kitchen", "Caffè")
    layout.make_add_on(coffee)
    opening.plan(coffee)
    answer = post(client(cast.bruno), "/waiting-list", slot(coffee))
    assert (answer.status_code, [r["code"] for r in answer.json()["reasons"]]) == (403, ["only-with-others"])
    wished = {"resource_id": encode("res", coffee.pk), "days": {"start": "2026-12-01", "end": "2026-12-08"}}
    answer = post(client(cast.bruno), "/waiting-list", wished | {"minutes": 60}, "wish")
    assert [r["code"] for r in answer.json()["reasons"]] == ["only-with-others"]
    held(cast.ada, cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"only_with": [cast.other_room.slug]})
    answer = post(client(cast.bruno), "/waiting-list", slot(cast.room), "with")
    assert [r["code"] for r in answer.json()["reasons"]] == ["only-with"]
