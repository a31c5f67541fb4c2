"""A booking is taken over while its giver cancels it: it is the receiver's, or it is cancelled. And without the look
under the lock?"""

from threading import Event
from unittest import mock

import pytest

from billing.changes import acts, handing
from booking.changing import handing as offers
from booking.models import Booking, Claim
from core.errors import Missing, OfferLapsed
from tests.booking.confirmed import book
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


def offered(cast, n):
    """Ada's booking, handed over to Bruno, who has not answered yet."""
    booking = book(cast.ada, cast.room, f"2026-12-{1 + n // 10:02} {8 + n % 10:02}:00", override="prova")
    offers.offer(cast.ada, booking.pk, cast.bruno.email)
    return booking


def both(cast, booking):
    """What taking it over and cancelling it say, at once; and the booking then.

    The giver begins when the receiver is at the lock: what goes before it (the dead lapse) takes longer than a
    cancellation, which would always be first.
    """
    at_the_lock, accept = Event(), handing._accept

    def accepting(*asked):
        at_the_lock.set()
        return accept(*asked)

    def cancelling():
        assert at_the_lock.wait(20)
        return acts.cancel(cast.ada, booking.pk)

    with mock.patch.object(handing, "_accept", accepting):
        said = at_once([lambda: handing.accept(cast.bruno, booking.pk, frozenset()), cancelling])
    return said, Booking.objects.get(pk=booking.pk)


def test_it_is_the_receiver_s_or_it_is_cancelled(cast, free):
    for n in range(ROUNDS):
        (taken, cancelled), booking = both(cast, offered(cast, n))
        if isinstance(taken, Booking):
            assert isinstance(cancelled, Missing), f"round {n}: {cancelled!r}"
            assert (booking.state, booking.person) == ("confirmed", cast.bruno)
            assert [c.kind for c in Claim.objects.filter(item__booking=booking)] == ["booked"]
        else:
            assert isinstance(taken, OfferLapsed), f"round {n}: {taken!r}"
            assert isinstance(cancelled, Booking), f"round {n}: {cancelled!r}"
            assert (booking.state, booking.person) == ("cancelled", cast.ada)
            assert [c.reason for c in Claim.objects.filter(item__booking=booking)] == ["undo"]


def test_without_a_look_at_whose_it_is_the_giver_cancels_what_is_not_theirs(cast, free):
    """The twin: what was allowed at the edge is done, whoever has the booking by then."""
    harm = 0
    with mock.patch.object(acts, "allow", return_value=None):
        for n in range(ROUNDS):
            _, booking = both(cast, offered(cast, n))
            harm += (booking.state, booking.person) == ("cancelled", cast.bruno)
            if harm:
                break
    assert harm > 0
