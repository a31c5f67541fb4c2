"""The staff's queue: what waits for them, why, until when, and what they want to know to decide."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.changes import acts
from booking.attending import attendance
from booking.claims import Ask
from booking.holding import lapsing, lifecycle
from booking.holding.holds import Wish, hold
from booking.models import Booking, Change, Claim, Item, Waiting, WaitingItem
from core.errors import IllegalMove
from core.ids import decode, encode
from spaces.models import Rules
from tests.api import client, post, wish
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, period, rome

pytestmark = pytest.mark.django_db
TEN, NOON = "2026-12-01T10:00:00", "2026-12-01T12:00:00"


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def ruled(resource, **words):
    Rules.objects.create(resource=resource, from_on=LONG_AGO, data=words)
    return resource


def request(cast, person, resource, start=TEN, end=NOON, key="r"):
    """Asked for, and waiting for staff."""
    api = client(person)
    held = post(api, "/bookings", wish(resource, start, end), key).json()
    quote = api.post("/api/v1/quotes", {"booking_ids": [held["id"]]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "none"}
    asked = post(api, "/checkouts", body, f"{key}-c")
    assert asked.status_code == 201, asked.content
    return held["id"]


def queue(person, **filters):
    said = client(person).get("/api/v1/approvals", filters)
    assert said.status_code == 200, said.content
    return said.json()["data"]


def test_staff_see_why_they_are_asked_and_since_when(cast, at):
    ruled(cast.room, approval_when={"longer_than": 60, "notice_under": 2880, "first_time": True})
    made = request(cast, cast.ada, cast.room)
    at("2026-11-30 12:00")
    (row,) = queue(cast.gina)
    assert (row["booking"]["id"], row["kind"]) == (made, "request")
    assert row["because"] == ["short-notice", "long", "first-time"]
    assert row["since"] == "2026-11-30T08:00:00Z"
    assert row["decide_by"] == row["booking"]["held_until"]
    assert [row["booking"]["actions"][act]["allowed"] for act in ("approve", "refuse", "propose")] == [
        True
    ] * 3


def test_whoever_has_come_before_is_known_by_it(cast, at):
    at("2026-11-20 09:00")
    came = book(cast.ada, cast.other_room, "2026-11-21 09:00")
    book(cast.ada, cast.other_room, "2026-11-22 09:00")
    missed = book(cast.ada, cast.other_room, "2026-11-23 09:00")
    at("2026-11-23 09:30")
    attendance.mark_no_show(cast.gina, missed.pk)
    at("2026-11-30 09:00")
    ruled(cast.room, approval=True)
    request(cast, cast.ada, cast.room)
    (row,) = queue(cast.gina)
    assert came.person_id == cast.ada.pk
    assert (row["before"], row["because"]) == ({"came": 2, "no_shows": 1}, ["always"])


def test_a_rule_that_asks_no_more_does_not_hide_that_it_was_asked(cast):
    ruled(cast.room, approval=True)
    request(cast, cast.ada, cast.room)
    Rules.objects.create(resource=cast.room, from_on=date(2026, 11, 1), data={"approval": False})
    assert [row["because"] for row in queue(cast.gina)] == [["as-then"]]


def test_who_else_would_like_that_time_is_counted(cast):
    ruled(cast.room, approval=True)
    request(cast, cast.ada, cast.room)

    def wait(person, start, end, minutes, key):
        body = {
            "resource_id": encode("res", cast.room.pk),
            "period": {"start": start, "end": end},
            "minutes": minutes,
        }
        answer = post(client(person), "/waiting-list", body, key)
        assert answer.status_code == 201, answer.content

    wait(cast.bruno, TEN, NOON, 120, "w1")
    wait(cast.carla, TEN, "2026-12-01T11:00:00", 60, "w2")
    assert [row["waiting"] for row in queue(cast.gina)] == [2]


def test_who_waits_for_more_than_a_booking_has_would_not_take_it(cast):
    pool = ruled(cast.pool(3), approval=True)
    ruled(cast.room, approval=True)
    request(cast, cast.ada, cast.room)
    request(cast, cast.ada, pool, key="desk")
    time = period("2026-12-01 10:00", 120)

    def waits(person, resource, quantity=1, *besides):
        made = Waiting.objects.create(
            person=person,
            venue=resource.venue,
            resource=resource,
            window=time,
            minutes=120,
            quantity=quantity,
        )
        for other in besides:
            WaitingItem.objects.create(waiting=made, resource=other)

    waits(cast.bruno, cast.room, 1, cast.other_room)
    waits(cast.carla, pool, 2)
    assert {row["waiting"] for row in queue(cast.gina)} == {0}
    waits(cast.carla, pool, 1)
    waits(cast.elena, cast.room)
    assert [row["waiting"] for row in queue(cast.gina)] == [1, 1]


def test_who_waits_for_all_of_a_booking_is_counted(cast):
    ruled(cast.room, approval=True)
    made = request(cast, cast.ada, cast.room)
    booking = Booking.objects.get(pk=decode("bkg", made))
    Item.objects.create(booking=booking, resource=cast.other_room, period=booking.period)
    waiting = Waiting.objects.create(
        person=cast.bruno, venue=cast.room.venue, resource=cast.room, window=booking.period, minutes=120
    )
    besides = WaitingItem.objects.create(waiting=waiting, resource=cast.other_room)
    assert [row["waiting"] for row in queue(cast.gina)] == [1]
    WaitingItem.objects.filter(pk=besides.pk).update(quantity=2)
    assert [row["waiting"] for row in queue(cast.gina)] == [0]


def test_a_change_waits_in_the_same_queue_by_its_own_time(cast):
    made = book(cast.ada, cast.room, "2026-12-03 10:00")
    wanted = period("2026-12-03 14:00")
    plan = {"period": [wanted.start.isoformat(), wanted.end.isoformat()], "items": []}
    Change.objects.create(
        booking=made, kind="move", waits_for="approval", plan=plan, until=rome("2026-12-02 10:00")
    )
    (row,) = queue(cast.gina)
    assert (row["kind"], row["because"], row["decide_by"]) == ("move", ["moved"], "2026-12-02T09:00:00Z")
    assert row["booking"]["change"]["period"]["start"] == "2026-12-03T13:00:00Z"


def test_what_staff_have_answered_or_let_lapse_waits_no_more(cast, at):
    ruled(cast.room, approval=True)
    one = request(cast, cast.ada, cast.room)
    request(cast, cast.bruno, cast.room, "2026-12-01T14:00:00", "2026-12-01T15:00:00")
    assert len(queue(cast.gina)) == 2
    refused = post(client(cast.gina), f"/bookings/{one}/refuse", {"reason": "c'è il coro"}, "no")
    assert refused.status_code == 200, refused.content
    assert [row["booking"]["person"]["name"] for row in queue(cast.gina)] == ["Bruno B."]
    at("2026-12-20 09:00")
    assert queue(cast.gina) == []


def test_the_queue_is_filtered_by_place_and_kind(cast):
    ruled(cast.room, approval=True)
    ruled(cast.other_room, approval=True)
    request(cast, cast.ada, cast.room)
    request(cast, cast.bruno, cast.other_room)
    here = queue(cast.gina, resource_id=encode("res", cast.room.pk))
    assert [row["booking"]["person"]["name"] for row in here] == ["Ada A."]
    assert queue(cast.gina, kind="move") == []
    assert len(queue(cast.gina, kind="request", venue_id=encode("ven", cast.venue.pk))) == 2


@pytest.mark.parametrize("who", ["ada", "carla", "franco", "elena"])
def test_nobody_but_those_who_decide_sees_the_queue(cast, who):
    ruled(cast.room, approval=True)
    request(cast, cast.ada, cast.room)
    assert queue(getattr(cast, who)) == []


def test_a_longer_queue_costs_no_more_statements(cast):
    ruled(cast.room, approval=True)
    request(cast, cast.ada, cast.room, key="a")
    staff = client(cast.gina)

    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert staff.get("/api/v1/approvals").status_code == 200
        return len(seen.captured_queries)

    statements()
    few = statements()
    for n, person in enumerate((cast.ada, cast.bruno, cast.carla)):
        request(cast, person, cast.room, f"2026-12-02T1{n}:00:00", f"2026-12-02T1{n + 1}:00:00", f"k{n}")
    statements()  # whom it shows anew is written down, once
    assert statements() == few


@pytest.mark.parametrize(
    "decide", [acts.approve, lifecycle.approve, lambda by, pk: acts.refuse(by, pk, "no")]
)
def test_what_is_only_held_or_has_lapsed_is_nobody_s_to_decide(cast, at, decide):
    """It may become a request; but approved it would stand for nothing, and lapsed without its time."""
    held = hold(Wish(cast.ada, [Ask(cast.room, period("2026-12-01 10:00"))], made_by=cast.ada))
    for state, moment in (("held", "2026-11-30 09:01"), ("lapsed", "2026-11-30 10:00")):
        at(moment)
        lapsing.sweep_dead()
        with pytest.raises(IllegalMove):
            decide(cast.gina, held.pk)
        assert Booking.objects.get().state == state
    assert not Claim.objects.exists()
