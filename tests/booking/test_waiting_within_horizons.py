"""Who wishes for days that nobody can book yet is called when they can be booked, in the order of joining."""

import pytest

from booking.models import Booking, Waiting
from booking.queueing import horizons
from core import outbox
from core.ids import encode
from core.models import Mail
from people.models import Group, GroupMember, Membership
from spaces.models import Resource, Rules
from tests.api import client, post
from tests.booking.waiters import blocked, held, joined, places, release, slot
from tests.cast import LONG_AGO, rome

pytestmark = pytest.mark.django_db

EVENING = {"start": "18:00", "end": "21:00"}
SATURDAY = ("2026-12-05T17:00:00Z", "2026-12-05T20:00:00Z")


@pytest.fixture(autouse=True)
def _monday(cast, at):
    """Everything can be booked two days ahead."""
    at("2026-11-30 09:00")
    Rules.objects.create(venue=cast.venue, from_on="2026-01-01", data={"horizon_days": 2})


def wished(resource, first="2026-12-05", after="2026-12-06", minutes=120, **more):
    """Saturday evening, which comes within the horizon on Thursday."""
    days = {"start": first, "end": after}
    return {
        "resource_id": encode("res", resource.pk),
        "days": days,
        "hours": EVENING,
        "minutes": minutes,
        **more,
    }


def opens(person):
    return Waiting.objects.get(person=person).opens_at


def offered(person):
    (place,) = places(person)
    return place["offer"] and (place["offer"]["period"]["start"], place["offer"]["period"]["end"])


def the_worker_passes():
    outbox.plan_periodic()
    outbox.drain()


def day_by_day_until(last, at):
    """The worker passes each morning at nine, and at last."""
    for day in ("2026-12-01", "2026-12-02"):
        at(f"{day} 09:00")
        the_worker_passes()
    at(last)
    the_worker_passes()


def within(groups, days=0):
    return {"horizon_days": 30, "first_groups": groups, "others_horizon_days": days}


def test_a_wish_is_offered_its_evening_in_the_moment_in_which_it_can_be_booked(cast, at):
    joined(cast.bruno, wished(cast.room))
    at("2026-12-02 23:59")
    the_worker_passes()
    assert offered(cast.bruno) is None
    at("2026-12-03 00:00")
    the_worker_passes()
    assert offered(cast.bruno) == SATURDAY
    letter = Mail.objects.get(to=cast.bruno.email)
    assert letter.subject.startswith("Ora si può prenotare: Sala Po")
    assert "da ora si può prenotare" in letter.text
    grab = post(
        client(cast.ada),
        "/bookings",
        {
            "items": [{"resource_id": encode("res", cast.room.pk)}],
            "period": {"start": "2026-12-05T18:00:00", "end": "2026-12-05T19:00:00"},
        },
    )
    assert (grab.status_code, grab.json()["code"]) == (409, "slot-taken")


def test_they_are_told_once_however_often_the_worker_passes(cast, at):
    place = joined(cast.bruno, wished(cast.room))
    at("2026-12-03 00:00")
    for minute in range(3):
        at(f"2026-12-03 00:0{minute}")
        the_worker_passes()
    assert Mail.objects.filter(to=cast.bruno.email).count() == Booking.objects.count() == 1
    assert post(client(cast.bruno), f"/waiting-list/{place['id']}/decline", key="no").status_code == 200
    at("2026-12-04 00:00")
    the_worker_passes()
    assert Mail.objects.filter(to=cast.bruno.email).count() == 1


def test_who_joined_first_is_asked_first_and_the_next_has_what_is_left(cast, at):
    joined(cast.bruno, wished(cast.room, minutes=60, hours={"start": "18:00", "end": "20:00"}))
    at("2026-11-30 09:01")
    joined(cast.carla, wished(cast.room, minutes=60))
    at("2026-12-03 00:00")
    the_worker_passes()
    assert offered(cast.bruno) == ("2026-12-05T17:00:00Z", "2026-12-05T19:00:00Z")
    assert offered(cast.carla) == ("2026-12-05T19:00:00Z", "2026-12-05T20:00:00Z")


def test_what_is_not_offered_yet_is_offered_to_who_waits_in_the_moment_from_which_it_is(cast, at):
    Resource.objects.filter(pk=cast.room.pk).update(published_from=rome("2026-12-01 08:00"))
    joined(cast.bruno, wished(cast.room, "2026-12-01", "2026-12-02"))
    assert opens(cast.bruno) == rome("2026-12-01 08:00")
    at("2026-12-01 07:59")
    the_worker_passes()
    assert offered(cast.bruno) is None
    at("2026-12-01 08:00")
    the_worker_passes()
    assert offered(cast.bruno) == ("2026-12-01T17:00:00Z", "2026-12-01T20:00:00Z")


def test_each_day_of_a_wish_has_its_moment(cast, at):
    """Saturday's evening is blocked when it could be booked: Sunday's is another moment."""
    joined(cast.bruno, wished(cast.room, after="2026-12-07"))
    blocked(cast, "2026-12-05", start="08:00", end="22:00")
    at("2026-12-03 00:00")
    the_worker_passes()
    assert (offered(cast.bruno), opens(cast.bruno)) == (None, rome("2026-12-04 00:00"))
    at("2026-12-04 00:00")
    the_worker_passes()
    assert offered(cast.bruno) == ("2026-12-06T17:00:00Z", "2026-12-06T20:00:00Z")


def test_a_wish_is_offered_its_day_however_much_is_free_before_it(cast, at):
    """Three Saturdays: two evenings are blocked, and the third comes within the horizon after a fortnight of open days."""
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"horizon_days": 14})
    blocked(cast, "2026-12-05")
    blocked(cast, "2026-12-12")
    joined(cast.bruno, wished(cast.room, "2026-11-30", "2026-12-20", weekdays=[6]))
    at("2026-12-05 00:00")
    the_worker_passes()
    assert offered(cast.bruno) == ("2026-12-19T17:00:00Z", "2026-12-19T20:00:00Z")


def test_who_waits_for_what_can_be_booked_already_is_called_only_when_it_is_freed(cast, at):
    blocked(cast, "2026-12-02")
    joined(cast.bruno, wished(cast.room, "2026-12-02", "2026-12-03"))
    assert opens(cast.bruno) == rome("2026-12-01 09:00")
    at("2026-12-01 09:00")
    the_worker_passes()
    assert offered(cast.bruno) is None


def test_where_members_come_first_the_others_are_called_when_it_is_their_turn(cast, at):
    choir = Group.objects.create(name="Coro", partner=cast.lead)
    GroupMember.objects.create(group=choir, person=cast.ada, from_on=LONG_AGO)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=within([str(choir.pk)], days=1))
    joined(cast.bruno, wished(cast.room))
    at("2026-12-03 23:59")
    the_worker_passes()
    assert offered(cast.bruno) is None
    at("2026-12-04 00:00")
    the_worker_passes()
    assert offered(cast.bruno) == SATURDAY


def test_who_comes_after_the_members_may_wait_for_a_slot_too(cast, at):
    """Everybody's horizon reaches it, theirs not yet."""
    choir = Group.objects.create(name="Coro", partner=cast.lead)
    GroupMember.objects.create(group=choir, person=cast.ada, from_on=LONG_AGO)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=within([str(choir.pk)], days=1))
    joined(cast.bruno, slot(cast.room, "2026-12-05T18:00:00", "2026-12-05T21:00:00"))
    at("2026-12-03 23:59")
    the_worker_passes()
    assert offered(cast.bruno) is None
    at("2026-12-04 00:00")
    the_worker_passes()
    assert offered(cast.bruno) == SATURDAY


def test_a_horizon_by_the_minute_ends_for_one_start_after_the_other(cast, at):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"horizon_minutes": 24 * 60})
    joined(cast.bruno, wished(cast.room, "2026-12-02", "2026-12-03", minutes=60))
    blocked(cast, "2026-12-02", end="19:00")
    at("2026-12-01 18:30")
    the_worker_passes()
    assert offered(cast.bruno) is None
    at("2026-12-01 19:00")
    the_worker_passes()
    assert offered(cast.bruno) == ("2026-12-02T18:00:00Z", "2026-12-02T20:00:00Z")


def test_of_a_kind_each_resource_has_its_horizon(cast, at):
    Rules.objects.create(resource=cast.other_room, from_on=LONG_AGO, data={"horizon_days": 1})
    any_room = wished(cast.room) | {"venue_id": encode("ven", cast.venue.pk), "kind": "meeting_room"}
    del any_room["resource_id"]
    blocked(cast, "2026-12-05", start="08:00", end="22:00")
    joined(cast.bruno, any_room)
    at("2026-12-03 00:00")
    the_worker_passes()
    assert offered(cast.bruno) is None
    at("2026-12-04 00:00")
    the_worker_passes()
    assert places(cast.bruno)[0]["offer"]["resource"]["name"] == "Sala Dora"


def test_rules_that_reach_farther_since_are_seen_within_a_day(cast, at):
    joined(cast.bruno, wished(cast.room, "2026-12-20", "2026-12-21"))
    at("2026-11-30 10:00")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"horizon_days": 60})
    at("2026-12-01 09:00")
    the_worker_passes()
    assert offered(cast.bruno) == ("2026-12-20T17:00:00Z", "2026-12-20T20:00:00Z")


def test_a_day_that_is_open_after_all_is_offered_when_it_comes_within_the_horizon(cast, at):
    """It was closed for once when they joined, and the closure was lifted while nobody could book that day yet."""
    body = {
        "resource_id": encode("res", cast.room.pk),
        "period": {"start": "2026-12-05T00:00:00", "end": "2026-12-06T00:00:00"},
        "reason_it": "Lavori",
        "reason_en": "Works",
    }
    closed = post(client(cast.dario), "/closures", body).json()
    joined(cast.bruno, wished(cast.room))
    assert client(cast.dario).delete(f"/api/v1/closures/{closed['id']}").status_code == 204
    day_by_day_until("2026-12-02 23:59", at)
    assert offered(cast.bruno) is None
    at("2026-12-03 09:00")
    the_worker_passes()
    assert offered(cast.bruno) == SATURDAY


def test_a_room_that_is_away_for_a_day_is_waited_for_when_it_is_back(cast, at):
    joined(cast.bruno, wished(cast.room))
    Resource.objects.filter(pk=cast.room.pk).update(is_active=False)
    at("2026-12-01 09:00")
    the_worker_passes()
    Resource.objects.filter(pk=cast.room.pk).update(is_active=True)
    day_by_day_until("2026-12-02 23:59", at)
    assert offered(cast.bruno) is None
    at("2026-12-03 09:00")
    the_worker_passes()
    assert offered(cast.bruno) == SATURDAY


def test_rules_that_reach_less_far_since_are_seen_within_a_day(cast, at):
    """What was taken when they joined was given back when the rules did not reach it any more."""
    taken = held(cast.ada, cast.room, "2026-12-02T18:00:00", "2026-12-02T21:00:00")
    joined(cast.bruno, wished(cast.room, "2026-12-02", "2026-12-03"))
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"horizon_days": 0})
    release(cast.ada, taken)
    at("2026-12-01 09:00")
    the_worker_passes()
    assert (offered(cast.bruno), opens(cast.bruno)) == (None, rome("2026-12-02 00:00"))
    at("2026-12-02 00:00")
    the_worker_passes()
    assert offered(cast.bruno) == ("2026-12-02T17:00:00Z", "2026-12-02T20:00:00Z")


def test_when_the_window_is_over_nobody_is_looked_at_any_more(cast, at, queries):
    joined(cast.bruno, wished(cast.room))
    blocked(cast, "2026-12-05")
    at("2026-12-06 00:00")
    the_worker_passes()
    assert opens(cast.bruno) is None
    with queries(1):
        horizons.call_all()


def test_who_may_not_book_in_that_name_any_more_is_not_called(cast, at):
    joined(cast.bruno, wished(cast.room, organisation_id=encode("org", cast.association.pk)))
    at("2026-12-01 09:00")
    Membership.objects.filter(person=cast.bruno).update(is_delegate=False)
    at("2026-12-03 00:00")
    the_worker_passes()
    assert (offered(cast.bruno), Mail.objects.count()) == (None, 0)


def test_who_may_not_book_in_that_name_any_more_when_their_turn_comes_is_not_called(cast, at):
    """Many are called, one after the other: this was so when they were looked up."""
    joined(cast.bruno, wished(cast.room, organisation_id=encode("org", cast.association.pk)))
    at("2026-12-03 00:00")
    Membership.objects.filter(person=cast.bruno).update(is_delegate=False)
    horizons._ask(Waiting.objects.get().pk)
    assert not Booking.objects.exists()


def test_whom_another_worker_has_asked_meanwhile_is_not_asked_again(cast, monkeypatch):
    asked = []
    monkeypatch.setattr(horizons, "call_in_order", lambda *told, **more: asked.append(told))
    joined(cast.bruno, wished(cast.room))
    horizons._ask(Waiting.objects.get().pk)
    assert asked == []


def test_who_has_left_is_not_called(cast, at):
    place = joined(cast.bruno, wished(cast.room))
    assert post(client(cast.bruno), f"/waiting-list/{place['id']}/leave").status_code == 200
    at("2026-12-03 00:00")
    horizons.call_all()
    assert not Booking.objects.exists()


def test_looking_at_those_whose_time_has_not_come_costs_one_statement(cast, queries):
    joined(cast.bruno, wished(cast.room))
    joined(cast.carla, wished(cast.room))
    with queries(1):
        horizons.call_all()
