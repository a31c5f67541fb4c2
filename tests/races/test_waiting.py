"""Twenty strangers against a release: who waits always has the offer. And what happens without the guard."""

from datetime import date
from functools import partial
from threading import Barrier, local
from unittest import mock

import pytest

from booking import events
from booking.holding import holds
from booking.judging import judge, limits
from booking.judging.clauses import Given
from booking.models import Booking, Claim, Waiting
from booking.queueing import calling, waiting
from core.errors import Refused
from core.ids import decode, encode
from core.locks import act
from core.outbox import drain
from people.models import Group, GroupMember
from spaces.models import Rules
from tests.api import client, post, wish
from tests.races.conftest import asking, at_once, tally
from tests.races.test_one_slot import hour, overlaps

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 20
STRANGERS = 20


def one_round(cast, crowd, n):
    """Somebody has the slot, Bruno waits, and it is given back amid twenty who would have it."""
    body = hour(n, cast.room)
    taken = post(client(cast.ada), "/bookings", body, f"taken-{n}").json()["id"]
    waits = {"resource_id": encode("res", cast.room.pk), "period": body["period"]}
    joined = post(client(cast.bruno), "/waiting-list", waits, f"join-{n}")
    assert joined.status_code == 201, joined.content
    api = client(cast.ada)
    release = lambda: post(api, f"/bookings/{taken}/release", key=f"release-{n}")  # noqa: E731
    rivals = [asking(p, body, f"grab-{n}") for p in crowd[:STRANGERS]]
    return at_once([*rivals[:10], release, *rivals[10:]])


def put_away():
    Waiting.objects.update(state="left")
    Claim.objects.update(kind="booked", reason=None, until=None)
    Booking.objects.filter(state__in=["held", "offered"]).update(state="confirmed")


def test_who_waits_has_the_offer_in_twenty_rounds(cast, crowd):
    for n in range(ROUNDS):
        answers = one_round(cast, crowd, n)
        assert tally(answers) == {200: 1, 409: STRANGERS}, f"round {n}"
        offered = Booking.objects.get(state="offered")
        assert (offered.person, Waiting.objects.get(booking=offered).state) == (cast.bruno, "offered")
        put_away()
    assert (Claim.objects.count(), overlaps()) == (ROUNDS, 0)


def test_called_after_the_commit_a_stranger_slips_in(cast, crowd):
    """The twin: the list is called in a transaction of its own, once the release has committed."""
    from django.db import transaction

    def late(freed):
        transaction.on_commit(lambda: act(calling.offer)(freed))

    harm = 0
    with mock.patch.object(events.time_freed, "_receivers", [late]):
        for n in range(ROUNDS):
            answers = one_round(cast, crowd, n)
            harm += tally(answers)[201]
            put_away()
            if harm:
                break
    assert harm > 0


# -- a limit that a group shares, written between the look and the lock -------------------------------------------


def both_accept(cast, monkeypatch, look):
    """Ada and Bruno, of one group, accept an offer each; once both have looked who shares a limit, and before they have
    their locks, the group may have one booking. How many of them have theirs then."""
    group = Group.objects.create(name="Coro", partner=cast.lead)
    offers = []
    for person, room in ((cast.ada, cast.room), (cast.bruno, cast.other_room)):
        GroupMember.objects.create(group=group, person=person, from_on=date(2026, 1, 1))
        slot = wish(room)
        taken = post(client(cast.carla), "/bookings", slot, f"taken-{room.slug}").json()["id"]
        place = {"resource_id": encode("res", room.pk), "period": slot["period"]}
        joined = post(client(person), "/waiting-list", place, f"join-{room.slug}").json()["id"]
        post(client(cast.carla), f"/bookings/{taken}/release", key=f"release-{room.slug}")
        offers.append((person, decode("wai", joined)))
    shared = {"span": "week", "bookings": 1, "on": "venue", "of": "group", "groups": [str(group.pk)]}
    looked, written, looks = Barrier(3), Barrier(3), local()

    def looking(*told):
        found = look(looks, *told)
        if not hasattr(looks, "done"):
            looks.done = True
            looked.wait(timeout=10)
            written.wait(timeout=10)
        return found

    def write():
        looked.wait(timeout=10)
        Rules.objects.create(venue=cast.venue, from_on=date(2026, 1, 2), data={"limits": [shared]})
        written.wait(timeout=10)

    monkeypatch.setattr(waiting, "groups_sharing", looking)
    accept = [partial(waiting.accept, person, pk, Given()) for person, pk in offers]
    answers = at_once([*accept, write])[:2]
    return sum(not isinstance(answer, Exception) for answer in answers), answers


def test_two_of_a_group_do_not_both_accept_what_one_may_have(cast, monkeypatch):
    had, answers = both_accept(cast, monkeypatch, lambda looks, *told: limits.groups_sharing(*told))
    assert had == 1, answers
    assert [type(a) for a in answers if isinstance(a, Exception)] == [Refused]


def test_without_the_second_look_both_accept(cast, monkeypatch):
    """The twin: who shares a limit is what it was before the locks."""
    judging = Barrier(2)

    def once(looks, *told):
        if not hasattr(looks, "found"):
            looks.found = limits.groups_sharing(*told)
        return looks.found

    judged = judge.judge

    def together(*told, **more):
        verdict = judged(*told, **more)
        judging.wait(timeout=10)
        return verdict

    monkeypatch.setattr(waiting, "judge", together)
    had, answers = both_accept(cast, monkeypatch, once)
    assert had == 2, answers


def one_round_of_two(cast, crowd, n):
    """Somebody has the room, Bruno waits for it and for the other at once; it is given back amid ten who would have the
    other, which is free."""
    body = hour(n, cast.room)
    taken = post(client(cast.ada), "/bookings", body, f"taken-{n}").json()["id"]
    first, second = ({"resource_id": encode("res", r.pk)} for r in (cast.room, cast.other_room))
    waits = {"items": [first, second], "period": body["period"]}
    joined = post(client(cast.bruno), "/waiting-list", waits, f"join-{n}")
    assert joined.status_code == 201, joined.content
    api = client(cast.ada)
    release = lambda: post(api, f"/bookings/{taken}/release", key=f"release-{n}")  # noqa: E731
    rivals = [asking(p, hour(n, cast.other_room), f"grab-{n}") for p in crowd[:10]]
    return at_once([*rivals[:5], release, *rivals[5:]])


def test_who_waits_for_two_has_both_or_neither_in_ten_rounds(cast, crowd):
    for n in range(ROUNDS // 2):
        answers = one_round_of_two(cast, crowd, n)
        said = tally(answers)
        assert said[200] == 1, f"round {n}: {said}"  # giving back never fails
        drain()
        waits = Waiting.objects.get(state__in=["waiting", "offered"])
        if waits.state == "offered":
            assert said.get(201, 0) == 0
            assert Claim.objects.filter(item__booking=waits.booking, kind="offered").count() == 2
        else:
            assert said[201] == 1
            assert not Booking.objects.filter(state="offered").exists()
        put_away()
    assert overlaps() == 0


def slipped_in(cast, crowd):
    """What giving the room back says, and what who asks for the other room is told between the look and the writing."""
    taken = post(client(cast.ada), "/bookings", hour(0, cast.room), "taken").json()["id"]
    items = [{"resource_id": encode("res", r.pk)} for r in (cast.room, cast.other_room)]
    waits = {"items": items, "period": hour(0, cast.room)["period"]}
    assert post(client(cast.bruno), "/waiting-list", waits, "join").status_code == 201
    write, told = holds.write, []
    stranger = asking(crowd[0], hour(0, cast.other_room), "slip", turns=1)

    def late(*asked, **more):
        told.extend(at_once([stranger]))
        return write(*asked, **more)

    with mock.patch.object(calling, "write", late):
        released = post(client(cast.ada), f"/bookings/{taken}/release", key="release")
    return released.status_code, tally(told)


def test_nobody_slips_in_between_the_look_and_the_offer_of_two(cast, crowd):
    released, stranger = slipped_in(cast, crowd)
    assert (released, stranger) == (200, {503: 1})
    assert Claim.objects.filter(kind="offered").count() == 2


def test_where_only_one_of_two_is_locked_giving_back_fails(cast, crowd):
    """The twin: what was not locked is taken by somebody between the look and the writing."""
    with mock.patch.object(calling, "rows_at_once", return_value=True):
        released, stranger = slipped_in(cast, crowd)
    assert (released, stranger) == (409, {201: 1})
