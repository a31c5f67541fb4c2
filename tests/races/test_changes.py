"""Two bookings grow into one gap: one has it. And what happens without the guards."""

from datetime import timedelta
from unittest import mock

import pytest

from billing import moves
from booking import claims
from booking.models import Booking, Change
from booking.moves import Where
from core.errors import Refused, SlotTaken
from core.periods import Period
from tests.billing.sales import book, sell
from tests.cast import rome
from tests.races.conftest import at_once
from tests.races.test_one_slot import overlaps

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 20
DAYS = (1, 2, 3, 4, 9, 10, 11)  # open, three gaps each
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch):
    monkeypatch.setattr("billing.checkout.open_page", lambda made: None)


def beside_a_gap(cast, n):
    """Two paid bookings with an hour between them."""
    start = rome(f"2026-12-{DAYS[n // 3]:02} {9 + n % 3 * 3:02}:00")
    made = [book(cast.ada, cast.room, start), book(cast.bruno, cast.room, start + 2 * HOUR)]
    for booking in made:
        sell(booking.person, booking)
    return made


def into_the_gap(before, after):
    """Both extend by the hour between them."""
    gap = Period(before.period.end, after.period.start)

    def extending(booking, period):
        return lambda: moves.move(booking.person, booking.pk, Where(period))

    return at_once(
        [
            extending(before, Period(before.period.start, gap.end)),
            extending(after, Period(gap.start, after.period.end)),
        ]
    )


def test_two_extend_into_one_gap_and_one_has_it(cast):
    for n in range(ROUNDS):
        said = into_the_gap(*beside_a_gap(cast, n))
        won = [answer for answer in said if isinstance(answer, Booking)]
        lost = [answer for answer in said if isinstance(answer, SlotTaken | Refused)]
        assert (len(won), len(lost)) == (1, 1), f"round {n}: {said}"
        assert Change.objects.filter(state="pending").count() == n + 1
    assert overlaps() == 0


def test_without_constraint_and_lock_both_have_the_gap(cast, unguarded):
    """The twin: nobody queues and nothing judges."""
    unguarded()
    harm = 0

    def unlocked(booking_id, **_):
        return Booking.objects.select_related("venue", "person", "organisation").get(pk=booking_id)

    with mock.patch.object(moves, "lock_for", unlocked), mock.patch.object(claims, "lapse_dead"):
        for n in range(ROUNDS):
            into_the_gap(*beside_a_gap(cast, n))
            harm += overlaps()
            if harm:
                break
    assert harm > 0
