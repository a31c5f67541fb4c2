"""Two who wait for something with the last projector, and who waits for two things that are freed in one moment."""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

from booking.models import Booking, Claim, Waiting
from booking.queueing import calling
from core.ids import encode
from core.outbox import drain
from spaces import layout
from tests.api import client, post
from tests.races.conftest import at_once, tally
from tests.races.test_one_slot import hour, overlaps
from tests.races.test_waiting import put_away

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def projector(cast):
    """The only one of its kind."""
    thing = cast.resource("proiettore", "equipment", "Proiettore")
    layout.make_whole(thing)
    return cast._planned(thing)


def taken(person, resource, n):
    """A slot taken; what gives it back."""
    made = post(client(person), "/bookings", hour(n, resource), f"taken-{resource.slug}-{n}").json()["id"]
    api = client(person)
    return lambda: post(api, f"/bookings/{made}/release", key=f"release-{made}")


def waits(cast, person, n, *items):
    venue, period = encode("ven", cast.venue.pk), hour(n, cast.room)["period"]
    body = {"venue_id": venue, "items": list(items), "period": period}
    joined = post(client(person), "/waiting-list", body, f"join-{n}")
    assert joined.status_code == 201, joined.content


def met(monkeypatch, name, patience=1):
    """Whoever calls this waits for the other there, as many seconds at most: for long where nothing keeps it away."""
    gate, called = Barrier(2), getattr(calling, name)

    def late(*told, **more):
        with suppress(BrokenBarrierError):
            gate.wait(timeout=patience)
        return called(*told, **more)

    monkeypatch.setattr(calling, name, late)


# -- two wait for one last part ----------------------------------------------------------------------------------------


def two_rooms_are_freed(cast, n=0):
    """Bruno waits for one room and Carla for another, each with a projector, of which there is one. Both rooms are
    given back at once."""
    back = [taken(cast.ada, cast.room, n), taken(cast.gina, cast.other_room, n)]
    for person, room in ((cast.bruno, cast.room), (cast.carla, cast.other_room)):
        waits(cast, person, n, {"resource_id": encode("res", room.pk)}, {"kind": "equipment"})
    return tally(at_once(back))


def test_the_last_projector_goes_to_one_of_two_in_ten_rounds(cast, projector):
    for n in range(ROUNDS):
        assert two_rooms_are_freed(cast, n) == {200: 2}  # giving back never fails
        drain()
        offer = Booking.objects.get(state="offered")
        assert Claim.objects.filter(item__booking=offer).count() == 2
        assert sorted(Waiting.objects.exclude(state="left").values_list("state", flat=True)) == [
            "offered",
            "waiting",
        ]
        put_away()
    assert (Claim.objects.filter(item__resource=projector).count(), overlaps()) == (ROUNDS, 0)


def test_both_are_about_to_take_it_and_one_does(cast, projector, monkeypatch):
    met(monkeypatch, "write")
    assert two_rooms_are_freed(cast) == {200: 2}
    drain()
    assert Booking.objects.filter(state="offered").count() == 1


def test_where_what_might_do_is_not_locked_giving_back_fails(cast, projector, monkeypatch):
    """The twin: both have chosen the projector before either has written."""
    met(monkeypatch, "write", patience=20)
    monkeypatch.setattr(calling, "rows_at_once", lambda *told: True)
    assert two_rooms_are_freed(cast)[200] == 1


# -- two things are freed in one moment --------------------------------------------------------------------------------


def both_are_freed(cast, projector):
    """Bruno waits for a room and a projector; two people give them back at once. How his place is afterwards."""
    back = [taken(cast.ada, cast.room, 0), taken(cast.gina, projector, 0)]
    waits(cast, cast.bruno, 0, {"kind": "meeting_room"}, {"kind": "equipment"})
    assert tally(at_once(back)) == {200: 2}
    drain()
    return Waiting.objects.get().state


def test_who_waits_for_two_things_freed_in_one_moment_is_called(cast, projector, monkeypatch):
    met(monkeypatch, "look")
    assert both_are_freed(cast, projector) == "offered"


def test_who_looks_without_locking_sees_neither(cast, projector, monkeypatch):
    """The twin: each act sees what it has freed itself, and not yet the other's."""
    met(monkeypatch, "look", patience=20)
    monkeypatch.setattr(calling, "rows_at_once", lambda *told: True)
    assert both_are_freed(cast, projector) == "waiting"
