"""Bookings about to change: their own time is theirs, and passes from old to new without ever being free."""

import pytest

from booking import claims
from booking.claims import Ask, NewClaim
from booking.events import Freed
from booking.holding.locking import lock_bookings
from booking.judging.gathering import gather
from booking.judging.judge import judge
from booking.models import Claim
from core.locks import act
from spaces.models import Rules
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, period

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def verdict(person, resource, when, leaving=(), **more):
    return judge(
        gather([resource], when.padded(DAY, DAY), person, leaving=leaving), [Ask(resource, when)], **more
    )


DAY = period("2026-12-01 00:00", 24 * 60).elapsed


@pytest.mark.parametrize("locked", [False, True])
def test_its_own_time_is_free_to_the_booking_and_to_nobody_else(cast, locked):
    own = book(cast.ada, cast.room)
    wanted = period("2026-12-03 10:30")
    assert verdict(cast.ada, cast.room, wanted, [own.pk], locked=locked).reasons == []
    assert [r.code for r in verdict(cast.ada, cast.room, wanted, locked=locked).reasons] == ["slot-taken"]
    book(cast.bruno, cast.room, "2026-12-03 11:00")
    assert verdict(cast.ada, cast.room, wanted, [own.pk], locked=locked).only_taken


def test_in_a_full_pool_a_desk_can_be_left_for_a_later_time(cast):
    desks = cast.pool(2)
    own = book(cast.ada, desks)
    book(cast.bruno, desks)
    found = verdict(cast.ada, desks, period("2026-12-03 10:30"), [own.pk])
    assert found.reasons == []
    assert found.placed[0].units == [own.items.get().claims.get().unit_id]


def test_what_is_about_to_change_does_not_count_against_limits(cast):
    _ = cast.room
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"daily_limit": 60})
    own = book(cast.ada, cast.room)
    later = period("2026-12-03 14:00")
    assert [r.code for r in verdict(cast.ada, cast.room, later).reasons] == ["daily-limit"]
    assert verdict(cast.ada, cast.room, later, [own.pk]).reasons == []


def test_lift_and_set_frees_only_what_is_left_over(cast):
    own = book(cast.ada, cast.room)
    item = own.items.get()
    unit = item.claims.get().unit_id
    later = period("2026-12-03 10:30")

    @act
    def move():
        lock_bookings([own.pk])
        return claims.replace([own.pk], [NewClaim(unit, later, "booked", item=item.pk)])

    assert move() == [Freed(unit, period("2026-12-03 10:00", 30))]
    assert Claim.objects.get().during == later


def test_two_bookings_may_exchange_their_times(cast):
    first, second = book(cast.ada, cast.room), book(cast.ada, cast.room, "2026-12-03 11:00")
    one, two = first.items.get(), second.items.get()
    unit = one.claims.get().unit_id

    @act
    def exchange():
        lock_bookings([first.pk, second.pk])
        new = [
            NewClaim(unit, second.period, "booked", item=one.pk),
            NewClaim(unit, first.period, "booked", item=two.pk),
        ]
        return claims.replace([first.pk, second.pk], new)

    assert exchange() == []
    assert one.claims.get().during == second.period
