"""Ten check in while ten times the grace is found over: one or the other, wholly. They leave while somebody extends:
nothing is kept for who has gone. And what happens without the lock."""

from datetime import timedelta
from unittest import mock

import pytest

from billing.changes import moves
from booking.attending import attendance
from booking.changing.moves import Where
from booking.models import Booking, Claim, Watch
from core.clock import now
from core.errors import Refused
from core.periods import Period
from spaces.models import Rules
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, period
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 20
RULES = {"needs_check_in": True, "grace": 15, "release_no_show": True}


@pytest.fixture
def late(cast, at):
    """Bookings whose grace has just ended, of a room whose desk was kept all the time."""
    at("2026-11-30 09:00")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=RULES)
    _ = cast.gina
    days = [f"2026-12-{1 + n:02} 10:00" for n in range(ROUNDS)]
    made = [book(cast.ada, cast.room, day, override="prova") for day in days]

    def begin(n):
        at(f"2026-12-{1 + n:02} 10:15")
        watch = {"since_at": now() - timedelta(hours=1), "seen_at": now()}
        Watch.objects.update_or_create(venue=cast.venue, door=None, defaults=watch)
        return made[n]

    return begin


def one_round(cast, booking):
    """How many checked in, and whether the booking is as it should be then."""
    comes = lambda: attendance.check_in(cast.gina, booking.pk)  # noqa: E731
    ends = lambda: attendance.miss(booking.pk)  # noqa: E731
    answers = at_once([comes, ends] * 10)
    came = sum(isinstance(a, Booking) for a in answers)
    row = Booking.objects.get(pk=booking.pk)
    during = Claim.objects.get(item__booking=booking).during
    whole = {"present": (1, booking.period.end), "no_show": (0, now())}[row.attendance]
    return (came, during.end) == whole, row.attendance


def test_one_or_the_other_in_twenty_rounds(cast, late):
    for n in range(ROUNDS):
        right, how = one_round(cast, late(n))
        assert right, f"round {n}: {how}"


def test_without_the_lock_somebody_is_here_whose_time_was_let_go(cast, late):
    """The twin: both look at the booking without locking it, and both write."""

    def unlocked(booking_id):
        return Booking.objects.select_related("venue", "person", "organisation").get(pk=booking_id)

    harm = 0
    with (
        mock.patch.object(attendance, "locked", unlocked),
        mock.patch.object(attendance, "_locked_with_person", unlocked),
    ):
        for n in range(ROUNDS):
            harm += not one_round(cast, late(n))[0]
            if harm:
                break
    assert harm > 0


def test_the_grace_is_over_twice_and_the_fee_is_owed_once(cast, late, at):
    at("2026-11-30 09:01")  # a version of the rules of its own minute
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=RULES | {"no_show_fee": 500})
    from billing.models import Order
    from booking.judging.coming import on_booking_changed

    booking = late(0)
    on_booking_changed([booking], None, "moved")
    at_once([lambda: attendance.miss(booking.pk)] * 20)
    assert Order.objects.filter(state="owed").count() == 1
    assert Claim.objects.get(item__booking=booking).during == period("2026-12-01 10:00", 15)


# -- end now, against half an hour more ------------------------------------------------------------------


@pytest.fixture
def here(cast, at, free):
    """People in the room, one a day, half an hour before they would end."""
    days = [f"2026-12-{1 + n:02} 10:00" for n in range(ROUNDS)]
    made = [book(cast.ada, cast.room, day, override="prova") for day in days]

    def in_the_middle(n):
        at(f"2026-12-{1 + n:02} 10:30")
        attendance.check_in(cast.gina, made[n].pk)
        return made[n]

    return in_the_middle


def ended_and_extended(cast, booking):
    """Somebody ends it at the door while its person takes half an hour more; whether anything is kept for nobody."""
    start, end = booking.period.start, booking.period.end
    longer = Where(Period(start, end + timedelta(minutes=30)))
    said = at_once(
        [
            lambda: attendance.check_out(cast.gina, booking.pk),
            lambda: moves.move(cast.ada, booking.pk, longer),
        ]
    )
    assert isinstance(said[0], Booking), said
    assert isinstance(said[1], Booking | Refused), said
    booking.refresh_from_db()
    left = Claim.objects.filter(item__booking=booking, during__endswith__gt=now())
    return booking.attendance == "left" and not left.exists()


def test_who_leaves_while_it_is_extended_keeps_nothing(cast, here):
    for n in range(ROUNDS):
        assert ended_and_extended(cast, here(n)), f"round {n}"


def test_without_the_lock_an_hour_is_kept_for_who_has_gone(cast, here):
    """The twin: both look before either writes."""

    def unlocked(booking_id, **_):
        return Booking.objects.select_related("venue", "person", "organisation").get(pk=booking_id)

    harm = 0
    with (
        mock.patch.object(attendance, "locked", unlocked),
        mock.patch.object(moves, "lock_for", unlocked),
    ):
        for n in range(ROUNDS):
            harm += not ended_and_extended(cast, here(n))
            if harm:
                break
    assert harm > 0
