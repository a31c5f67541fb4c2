"""Fifty at once for one slot: one has it, forty-nine are told what is near. And what happens without the guards."""

from unittest import mock

import pytest
from django.db import connection

from booking import claims
from booking.models import Booking, Claim
from core.ids import encode
from tests.api import wish
from tests.races.conftest import asking, at_once, tally

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


def overlaps():
    """Pairs of claims of one unit that meet: what must never exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM booking_claim a JOIN booking_claim b ON a.unit_id = b.unit_id AND a.id < b.id AND a.during && b.during"
        )
        return cursor.fetchone()[0]


def hour(n, resource):
    day, start = divmod(n, 10)
    return wish(
        resource, f"2026-12-{1 + day:02}T{9 + start:02}:00:00", f"2026-12-{1 + day:02}T{10 + start:02}:00:00"
    )


def test_fifty_for_one_slot_in_twenty_rounds(cast, crowd):
    for n in range(ROUNDS):
        answers = at_once([asking(p, hour(n, cast.laser), f"round-{n}") for p in crowd])
        assert tally(answers) == {201: 1, 409: 49}, f"round {n}"
        for lost in (a for a in answers if a.status_code == 409):
            assert lost.headers["Content-Type"] == "application/problem+json"
            assert lost.json()["code"] == "slot-taken"
            assert len(lost.json()["alternatives"]) >= 3
        Booking.objects.update(state="confirmed")
        Claim.objects.update(kind="booked", reason=None, until=None)
    assert (Claim.objects.count(), overlaps()) == (ROUNDS, 0)


def test_a_hall_and_its_halves_are_never_given_together(cast, crowd):
    for n in range(ROUNDS):
        rivals = [(cast.hall, cast.half, cast._half_b)[i % 3] for i in range(12)]
        answers = at_once([asking(p, hour(n, r), f"r-{n}") for p, r in zip(crowd[:12], rivals, strict=True)])
        won = [r.slug for a, r in zip(answers, rivals, strict=True) if a.status_code == 201]
        assert set(tally(answers)) == {201, 409}
        assert won == ["salone"] or sorted(won) == ["salone-a", "salone-b"], won
        Booking.objects.update(state="confirmed")
        Claim.objects.update(kind="booked", reason=None, until=None)
    assert overlaps() == 0


def test_the_last_desk_goes_to_one(cast, crowd):
    desks = cast.pool(3)
    for n in range(ROUNDS):
        answers = at_once([asking(p, hour(n, desks), f"r-{n}") for p in crowd[:12]])
        assert tally(answers) == {201: 3, 409: 9}
        Booking.objects.update(state="confirmed")
        Claim.objects.update(kind="booked", reason=None, until=None)
    assert overlaps() == 0


def bundle(n, *resources):
    return hour(n, resources[0]) | {"items": [{"resource_id": encode("res", r.pk)} for r in resources]}


def test_two_that_want_the_same_two_in_opposite_order_never_deadlock(cast, crowd):
    for n in range(ROUNDS):
        orders = [(cast.room, cast.laser) if i % 2 else (cast.laser, cast.room) for i in range(10)]
        answers = at_once(
            [asking(p, bundle(n, *o), f"r-{n}") for p, o in zip(crowd[:10], orders, strict=True)]
        )
        assert tally(answers) == {201: 1, 409: 9}
        Booking.objects.update(state="confirmed")
        Claim.objects.update(kind="booked", reason=None, until=None)
    assert overlaps() == 0


# -- the twins: without the guard, the same crowds do harm --------------------------------------------------


def test_without_constraint_and_lock_one_slot_is_given_to_several(cast, crowd, unguarded):
    unguarded()
    harm = 0
    with mock.patch.object(claims, "lock", return_value=None):
        for n in range(ROUNDS):
            at_once([asking(p, hour(n, cast.laser), f"r-{n}") for p in crowd[:12]])
            harm += overlaps()
            if harm:
                break
    assert harm > 0


def test_without_the_lock_the_constraint_alone_still_judges(cast, crowd):
    with mock.patch.object(claims, "lock", return_value=None):
        for n in range(5):
            answers = at_once([asking(p, hour(n, cast.laser), f"r-{n}") for p in crowd[:12]])
            assert tally(answers)[201] == 1
            Booking.objects.update(state="confirmed")
            Claim.objects.update(kind="booked", reason=None, until=None)
    assert overlaps() == 0


def test_without_constraint_and_lock_hall_and_half_meet(cast, crowd, unguarded):
    unguarded()
    harm = 0
    with mock.patch.object(claims, "lock", return_value=None):
        for n in range(ROUNDS):
            rivals = [cast.hall if i % 2 else cast.half for i in range(12)]
            at_once([asking(p, hour(n, r), f"r-{n}") for p, r in zip(crowd[:12], rivals, strict=True)])
            harm += overlaps()
            if harm:
                break
    assert harm > 0


def test_without_constraint_and_lock_the_last_desk_is_given_twice(cast, crowd, unguarded):
    unguarded()
    desks, harm = cast.pool(1), 0
    with mock.patch.object(claims, "lock", return_value=None):
        for n in range(ROUNDS):
            at_once([asking(p, hour(n, desks), f"r-{n}") for p in crowd[:12]])
            harm += overlaps()
            if harm:
                break
    assert harm > 0
