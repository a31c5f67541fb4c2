"""Several things waited for at once: offered when all are free, all together, and never a part of them."""

from unittest import mock

import pytest

from booking.models import Booking, Claim, Item, Waiting
from booking.queueing import calling
from booking.queueing.wanted import things
from booking.rescuing import answers
from core.ids import encode
from core.models import Mail
from core.outbox import drain
from people.models import Membership
from spaces import layout, opening
from spaces.models import Rules
from tests.api import client, codes, post
from tests.booking.confirmed import book, final
from tests.booking.waiters import ELEVEN, TEN, TWELVE, held, joined, places, release, slot
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def items(*wanted):
    return [{"resource_id": encode("res", r.pk), "quantity": 1} for r in wanted]


def both(cast, start=TEN, end=ELEVEN, **more):
    period = {"start": start, "end": end}
    return {"items": items(cast.room, cast.other_room), "period": period, **more}


def offered():
    return [
        sorted(b.items.values_list("resource__name", flat=True))
        for b in Booking.objects.filter(state="offered")
    ]


def test_all_are_offered_together_when_the_last_is_free(cast):
    first, second = held(cast.ada, cast.room), held(cast.gina, cast.other_room, key="second")
    place = joined(cast.bruno, both(cast))
    assert [one["resource"]["name"] for one in place["items"]] == ["Sala Po", "Sala Dora"]
    release(cast.ada, first)
    assert (places(cast.bruno)[0]["state"], offered()) == ("waiting", [])
    release(cast.gina, second)
    offer = places(cast.bruno)[0]["offer"]
    assert [one["resource"]["name"] for one in offer["items"]] == ["Sala Po", "Sala Dora"]
    assert offered() == [["Sala Dora", "Sala Po"]]
    assert set(Claim.objects.values_list("kind", flat=True)) == {"offered"}
    assert "Sala Po, Sala Dora" in Mail.objects.get(to=cast.bruno.email).subject
    for grabbed in (cast.room, cast.other_room):
        body = {"items": items(grabbed), "period": {"start": TEN, "end": ELEVEN}}
        assert post(client(cast.ada), "/bookings", body, grabbed.slug).json()["code"] == "slot-taken"


def test_what_is_accepted_is_one_booking_of_all(cast):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, both(cast))
    release(cast.ada, taken)
    accepted = post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="yes")
    assert accepted.status_code == 200, accepted.content
    assert accepted.json()["state"] == "held"
    assert sorted(Item.objects.filter(booking__state="held").values_list("resource__name", flat=True)) == [
        "Sala Dora",
        "Sala Po",
    ]
    assert (Claim.objects.count(), set(Claim.objects.values_list("kind", flat=True))) == (2, {"held"})
    assert places(cast.bruno)[0]["state"] == "taken"


def test_a_part_of_the_time_gives_the_rest_of_all_to_the_next(cast, at):
    taken = held(cast.ada, cast.room, TEN, TWELVE)
    place = joined(cast.bruno, both(cast, TEN, TWELVE))
    at("2026-11-30 09:01")
    joined(cast.ivo, both(cast, ELEVEN, TWELVE))
    release(cast.ada, taken)
    part = {"period": {"start": TEN, "end": ELEVEN}}
    assert post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", part).status_code == 200
    offer = places(cast.ivo)[0]["offer"]
    assert (offer["period"]["start"], len(offer["items"])) == ("2026-12-01T10:00:00Z", 2)


def test_while_one_of_them_is_taken_nothing_is_offered_and_the_other_stays_free(cast):
    taken = held(cast.ada, cast.room)
    joined(cast.bruno, both(cast))
    held(cast.gina, cast.other_room, key="meanwhile")
    release(cast.ada, taken)
    assert offered() == []
    held(cast.ada, cast.room, key="again")


def test_a_declined_offer_frees_all_of_them_for_the_next(cast, at):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, both(cast))
    at("2026-11-30 09:01")
    joined(cast.ivo, slot(cast.room))
    release(cast.ada, taken)
    assert places(cast.ivo)[0]["rank"] == 2
    post(client(cast.bruno), f"/waiting-list/{place['id']}/decline", key="no")
    assert places(cast.ivo)[0]["state"] == "offered"
    assert Claim.objects.count() == 1


def test_nobody_waits_for_what_is_free_together(cast):
    answer = post(client(cast.bruno), "/waiting-list", both(cast))
    assert (answer.status_code, answer.json()["code"]) == (409, "free-now")
    (free,) = answer.json()["alternatives"]
    assert free["items"] == items(cast.room, cast.other_room)


def test_nobody_waits_for_several_of_which_they_may_never_have_one(cast):
    held(cast.ada, cast.room)
    wanted = {"items": items(cast.room, cast.laser), "period": {"start": TEN, "end": ELEVEN}}
    assert codes(post(client(cast.bruno), "/waiting-list", wanted)) == ["not-certified"]


def test_any_evening_on_which_all_are_free_will_do(cast):
    evening = ("2026-12-03T18:00:00", "2026-12-03T20:00:00")
    first = held(cast.ada, cast.room, *evening)
    second = held(cast.gina, cast.other_room, *evening, key="second")
    wanted = {
        "items": items(cast.room, cast.other_room),
        "days": {"start": "2026-12-03", "end": "2026-12-04"},
        "hours": {"start": "18:00", "end": "20:00"},
        "minutes": 60,
    }
    joined(cast.bruno, wanted)
    release(cast.ada, first)
    release(cast.gina, second)
    offer = places(cast.bruno)[0]["offer"]
    assert offer["period"] == {"start": "2026-12-03T17:00:00Z", "end": "2026-12-03T19:00:00Z"}


def test_what_goes_with_a_room_only_is_waited_for_with_it(cast):
    coffee = cast.resource("caffe", "kitchen", "Caffè")
    layout.make_add_on(coffee)
    opening.plan(coffee)
    taken = held(cast.ada, cast.room)
    wanted = {"items": items(coffee, cast.room), "period": {"start": TEN, "end": ELEVEN}}
    joined(cast.bruno, wanted)
    release(cast.ada, taken)
    assert offered() == [["Caffè", "Sala Po"]]


def test_of_several_the_shortest_time_to_answer_counts(cast):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"offer": 90})
    Rules.objects.create(resource=cast.other_room, from_on=LONG_AGO, data={"offer": 45})
    taken = held(cast.ada, cast.room)
    joined(cast.bruno, both(cast))
    release(cast.ada, taken)
    assert places(cast.bruno)[0]["offer"]["until"] == "2026-11-30T08:45:00Z"


def test_the_same_several_are_waited_for_once_in_whatever_order(cast):
    held(cast.ada, cast.room)
    first = joined(cast.bruno, both(cast))
    assert joined(cast.bruno, both(cast), "again")["id"] == first["id"]
    turned = both(cast) | {"items": items(cast.other_room, cast.room)}
    assert joined(cast.bruno, turned, "turned")["id"] == first["id"]
    alone = joined(cast.bruno, slot(cast.room), "alone")
    assert alone["id"] != first["id"]
    assert len(alone["items"]) == 1


@pytest.mark.parametrize("twice", [True, False])
def test_a_body_that_names_a_thing_twice_or_in_two_ways_is_refused(cast, twice):
    wanted = both(cast) | ({"items": items(cast.room, cast.room)} if twice else {"kind": "meeting_room"})
    assert post(client(cast.bruno), "/waiting-list", wanted).status_code == 422


def test_where_another_act_has_one_of_them_they_are_asked_right_after_it(cast):
    taken = held(cast.ada, cast.room)
    joined(cast.bruno, both(cast))
    with mock.patch.object(calling, "rows_at_once", return_value=False):
        release(cast.ada, taken)
    assert offered() == []
    drain()
    assert offered() == [["Sala Dora", "Sala Po"]]
    drain()
    assert Booking.objects.filter(state="offered").count() == 1


def test_after_an_outage_one_waits_for_all_that_was_booked(cast):
    booking = book(cast.ada, cast.room)
    Item.objects.create(booking=booking, resource=cast.other_room, period=booking.period)
    answers._wait(booking)
    place = Waiting.objects.get()
    assert [thing.resource for thing in things(place)] == [cast.room, cast.other_room]


def test_after_an_outage_one_waits_in_the_name_in_which_one_may_book_still(cast):
    ours = book(cast.bruno, cast.room, organisation=cast.association)
    by_staff = book(cast.carla, cast.other_room, organisation=cast.association)
    for booking in (ours, by_staff):
        answers._wait(booking)
    names = dict(Waiting.objects.values_list("person", "organisation"))
    assert names == {cast.bruno.pk: cast.association.pk, cast.carla.pk: None}


def test_after_an_outage_who_is_no_delegate_any_more_is_called_for_themselves(cast):
    booking = book(cast.bruno, cast.room, start="2026-12-01 10:00", organisation=cast.association)
    Membership.objects.filter(person=cast.bruno).update(is_delegate=False)
    booking = Booking.objects.get(pk=booking.pk)
    answers._wait(booking)
    assert places(cast.bruno)[0]["rank"] == 1
    assert post(client(cast.bruno), f"/bookings/{encode('bkg', booking.pk)}/cancel").status_code == 200
    final(booking.pk)
    assert places(cast.bruno)[0]["state"] == "offered"
