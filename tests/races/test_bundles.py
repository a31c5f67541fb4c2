"""Bundles that cross: each is had whole or not at all. And what becomes of them item by item."""

import pytest

from booking.claims import Ask
from booking.holding.holds import Wish, hold
from booking.models import Booking, Claim
from core.errors import DomainError
from core.ids import encode
from tests.cast import period
from tests.races.conftest import asking, at_once, tally

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


def crossing(cast):
    """Three bundles of two, each sharing one thing with either of the others."""
    return [(cast.room, cast.laser), (cast.laser, cast.other_room), (cast.other_room, cast.room)]


def slot(n):
    """An hour of its own for each round."""
    return f"2026-12-{1 + n // 10:02} {9 + n % 10:02}:00"


def halves():
    """Held bookings that lack a claim for one of their things."""
    return [
        b.pk
        for b in Booking.objects.filter(state="held")
        if Claim.objects.filter(item__booking=b).count() != 2
    ]


def test_crossing_bundles_are_held_whole_or_not_at_all(cast, crowd):
    for n in range(ROUNDS):
        when = period(slot(n))
        wishes = [
            {
                "items": [{"resource_id": encode("res", r.pk)} for r in crossing(cast)[i % 3]],
                "period": {"start": when.start.isoformat(), "end": when.end.isoformat()},
            }
            for i in range(12)
        ]
        answers = at_once([asking(p, w, f"r-{n}") for p, w in zip(crowd[:12], wishes, strict=True)])
        assert tally(answers) == {201: 1, 409: 11}  # any two of the three share a thing
        assert halves() == []
        Booking.objects.update(state="confirmed")
        Claim.objects.update(kind="booked", reason=None, until=None)
    assert Claim.objects.count() == 2 * ROUNDS


def test_taken_thing_by_thing_crossing_bundles_end_in_halves(cast, crowd):
    """The twin: without one act for all of a bundle, somebody has the laser and somebody else the room."""

    def one_by_one(person, things, when):
        def run():
            for thing in things:
                try:
                    hold(Wish(person, [Ask(thing, when)], made_by=person))
                except DomainError:
                    return

        return run

    things = crossing(cast)
    for n in range(ROUNDS):
        when = period(slot(n))
        at_once([one_by_one(p, things[i % 3], when) for i, p in enumerate(crowd[:12])])
        had = [Claim.objects.filter(item__booking__person=p).count() for p in crowd[:12]]
        if had.count(1):
            return
        Claim.objects.all().delete()
        Booking.objects.update(state="lapsed")
    raise AssertionError("nobody was left with half a bundle")
