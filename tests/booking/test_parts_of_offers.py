"""Who is offered more than they want takes a part of it: what the list says can be taken is what can be taken."""

from datetime import time

import pytest

from core.ids import encode
from spaces import opening
from spaces.models import Rules
from tests.api import client, post
from tests.booking.waiters import joined, places
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def evening_offered(cast, rules=None, minutes=60, **more):
    """Bruno is offered Thursday from six to nine, of which he wants an hour at least: his place."""
    if rules:
        Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=rules)
    room = encode("res", cast.room.pk)
    staff = client(cast.gina)
    away = {"start": "2026-12-03T08:00:00", "end": "2026-12-03T22:00:00"}
    block = post(staff, "/blocks", {"resource_id": room, "period": away, "kind": "other", "reason": "Cera"})
    wished = {
        "resource_id": room,
        "days": {"start": "2026-12-03", "end": "2026-12-04"},
        "hours": {"start": "18:00", "end": "21:00"},
        "minutes": minutes,
        **more,
    }
    joined(cast.bruno, wished)
    assert post(staff, f"/blocks/{block.json()['id']}/lift", key="lift").status_code == 200
    (place,) = places(cast.bruno)
    assert place["offer"]["period"] == {"start": "2026-12-03T17:00:00Z", "end": "2026-12-03T20:00:00Z"}
    return place["id"]


def parts(person, place):
    """Each part as hours by the wall clock: "18:00–19:00"."""
    return read(client(person), place)


def read(api, place):
    answer = api.get(f"/api/v1/waiting-list/{place}/parts")
    assert answer.status_code == 200, answer.content
    return [f"{wall(one['start'])}–{wall(end)}" for one in answer.json()["data"] for end in one["ends"]]


def wall(instant):
    hour, minute = instant[11:16].split(":")
    return f"{int(hour) + 1}:{minute}"


def test_an_offer_of_three_hours_may_be_taken_by_the_hour(cast):
    place = evening_offered(cast, {"step": 60, "least": 60, "most": 180})
    assert parts(cast.bruno, place) == [
        "18:00–19:00", "18:00–20:00", "18:00–21:00", "19:00–20:00", "19:00–21:00", "20:00–21:00",
    ]  # fmt: skip


def test_a_part_is_as_long_as_the_rules_say(cast):
    place = evening_offered(cast, {"step": 60, "least": 120, "most": 180}, minutes=120)
    assert parts(cast.bruno, place) == ["18:00–20:00", "18:00–21:00", "19:00–21:00"]


def test_of_a_named_slot_there_is_no_part(cast):
    place = evening_offered(cast, {"presets": [{"start": "18:00", "end": "21:00"}]})
    assert parts(cast.bruno, place) == ["18:00–21:00"]


def staffed_until_eight(buddy):
    hours = [{"start": "18:00", "end": "20:00"}]
    return {"supervision": {"hours": hours, "buddy": buddy}, "step": 60, "least": 60}


STAFFED_PARTS = ["18:00–19:00", "18:00–20:00", "19:00–20:00"]


def test_where_the_hours_need_staff_only_staffed_parts_can_be_taken(cast):
    """The staff's evening became shorter while the offer stood."""
    place = evening_offered(cast, {"step": 60, "least": 60})
    Rules.objects.filter(resource=cast.room).update(data=staffed_until_eight(buddy=False))
    assert parts(cast.bruno, place) == STAFFED_PARTS
    hours = [f"{hour}:00" for hour in range(18, 22)]
    taken = [f"{a}–{b}" for a in hours for b in hours if a < b and can_be_taken(cast, place, a, b)]
    assert taken == STAFFED_PARTS


@pytest.mark.parametrize("people", [1, 2])
def test_without_staff_two_may_take_a_part_and_one_alone_may_not(cast, people):
    place = evening_offered(cast, {"step": 60, "least": 60}, people=people)
    Rules.objects.filter(resource=cast.room).update(data=staffed_until_eight(buddy=True))
    told = parts(cast.bruno, place)
    assert (told == STAFFED_PARTS) if people == 1 else "20:00–21:00" in told
    assert can_be_taken(cast, place, "20:00", "21:00") == (people == 2)


@pytest.mark.parametrize("step", [30, 60])
def test_what_is_told_can_be_taken_and_nothing_else_of_it(cast, step):
    """Each half hour inside the offer is tried as a beginning and as an end."""
    place = evening_offered(cast, {"step": step, "least": 60, "most": 180})
    told = set(parts(cast.bruno, place))
    assert told
    halves = [f"{18 + n // 2}:{'30' if n % 2 else '00'}" for n in range(7)]
    for start in halves:
        for end in halves:
            if start < end:
                assert (f"{start}–{end}" in told) == can_be_taken(cast, place, start, end), (start, end)


def can_be_taken(cast, place, start, end):
    from django.db import transaction

    point = transaction.savepoint()
    period = {"start": f"2026-12-03T{start}:00", "end": f"2026-12-03T{end}:00"}
    answer = post(client(cast.bruno), f"/waiting-list/{place}/accept", {"period": period}, f"{start}{end}")
    transaction.savepoint_rollback(point)
    return answer.status_code == 200


def test_what_is_left_of_a_part_goes_to_the_next(cast, at):
    place = evening_offered(cast, {"step": 60, "least": 60})
    at("2026-11-30 09:05")
    last = {
        "resource_id": encode("res", cast.room.pk),
        "period": {"start": "2026-12-03T20:00:00", "end": "2026-12-03T21:00:00"},
    }
    joined(cast.carla, last)
    part = {"start": "2026-12-03T18:00:00", "end": "2026-12-03T20:00:00"}
    answer = post(client(cast.bruno), f"/waiting-list/{place}/accept", {"period": part}, "yes")
    assert answer.json()["period"] == {"start": "2026-12-03T17:00:00Z", "end": "2026-12-03T19:00:00Z"}
    assert places(cast.carla)[0]["state"] == "offered"


def test_who_has_no_offer_or_let_it_lapse_is_told_no_part(cast, at):
    place = evening_offered(cast)
    assert client(cast.carla).get(f"/api/v1/waiting-list/{place}/parts").status_code == 404
    at("2026-12-01 12:00")
    assert parts(cast.bruno, place) == []


def test_what_terms_are_to_be_accepted_keeps_no_part_back(cast):
    place = evening_offered(cast, {"terms": "v1", "step": 60, "least": 60, "most": 60 * 3})
    assert len(parts(cast.bruno, place)) == 6


def test_the_parts_of_an_evening_cost_as_many_statements_as_those_of_an_hour(cast, queries):
    place = evening_offered(cast, {"step": 15, "least": 15})
    api = client(cast.bruno)
    with queries(20):
        assert len(read(api, place)) == 12 * 13 // 2


def days_offered(cast, rules):
    """Bruno is offered a room that is always open from Tuesday to Friday at ten, all of which he waited for: his place."""
    opening.set_hours(cast.room, range(1, 8), time(0), None, first_on=LONG_AGO)
    opening.plan(cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=rules)
    room, whole = encode("res", cast.room.pk), {"start": "2026-12-01T10:00:00", "end": "2026-12-04T10:00:00"}
    noon = {"start": "2026-12-02T12:00:00", "end": "2026-12-02T13:00:00"}
    staff = client(cast.gina)
    block = post(staff, "/blocks", {"resource_id": room, "period": noon, "kind": "other", "reason": "Cera"})
    place = joined(cast.bruno, {"resource_id": room, "period": whole})["id"]
    assert post(staff, f"/blocks/{block.json()['id']}/lift", key="lift").status_code == 200
    return place


def told(person, place):
    answer = client(person).get(f"/api/v1/waiting-list/{place}/parts")
    return {one["start"]: one["ends"] for one in answer.json()["data"]}


def test_a_part_of_days_on_end_may_begin_on_any_of_them(cast):
    found = told(cast.bruno, days_offered(cast, {"step": 60, "least": 60, "most": 72 * 60}))
    assert [sum(start.startswith(f"2026-12-0{day}") for start in found) for day in (1, 2, 3, 4)] == [
        15,
        24,
        24,
        9,
    ]
    assert "2026-12-04T09:00:00Z" in found["2026-12-01T09:00:00Z"]


def test_of_very_many_lengths_some_are_told_the_shortest_and_the_whole_among_them(cast):
    found = told(cast.bruno, days_offered(cast, {"step": 15, "least": 15, "most": 72 * 60}))
    first = found["2026-12-01T09:00:00Z"]
    assert (first[0], first[-1]) == ("2026-12-01T09:15:00Z", "2026-12-04T09:00:00Z")
    assert len(found) == 3 * 96
    assert max(len(ends) for ends in found.values()) == len(first) <= 61
