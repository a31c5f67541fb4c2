"""Two bookings grow into one gap: one has it. Money comes as the change lapses: the time is had, or the money goes back.
And what happens without the guards."""

from datetime import timedelta
from functools import partial
from unittest import mock

import pytest

from billing.changes import changing, moves
from billing.paying import payments
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking import claims
from booking.changing import changes
from booking.changing.moves import Where
from booking.claims import Ask
from booking.holding import lapsing
from booking.holding.holds import Wish, hold
from booking.judging import judge
from booking.models import Booking, Change, Claim
from core.clock import now
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
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


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

    with mock.patch.object(moves, "lock_for", unlocked), mock.patch.object(lapsing, "lapse_dead"):
        for n in range(ROUNDS):
            into_the_gap(*beside_a_gap(cast, n))
            harm += overlaps()
            if harm:
                break
    assert harm > 0


# -- a change lapses while its money arrives ---------------------------------------------------------------


def dearer(cast, n):
    """A paid booking whose next hour is held and paid for, the payment not heard of yet, the change's time just up."""
    start = rome(f"2026-12-{DAYS[n // 3]:02} {9 + n % 3 * 3:02}:00")
    booking = book(cast.ada, cast.room, start)
    sell(cast.ada, booking)
    longer = Period(start, start + 2 * HOUR)
    moves.move(cast.ada, booking.pk, Where(longer))
    change = Change.objects.get(booking=booking, state="pending")
    lines = changing.lines_of(booking, change)
    made = checkout(cast.ada, quote(cast.ada, [booking], None, change=change, lines=lines).pk, "card")
    at_an_end = now()
    Change.objects.filter(pk=change.pk).update(until=at_an_end)
    Claim.objects.filter(item__booking=booking, reason="change").update(until=at_an_end)
    return booking, change, made.order.payments.get(), Ask(cast.room, Period(start + HOUR, start + 2 * HOUR))


def asking_for(hour, cast):
    return lambda: hold(Wish(cast.bruno, [hour], made_by=cast.bruno, override="prova"))


def test_money_that_comes_as_the_change_lapses_has_the_time_or_goes_back(cast):
    for n in range(ROUNDS):
        booking, change, payment, hour = dearer(cast, n)
        settled, lapsed, stranger = at_once(
            [
                partial(payments.settle, payment.pk),
                partial(changes.lapse, booking.pk),
                asking_for(hour, cast),
            ]
        )
        assert (settled, lapsed) == (None, None)
        for row in (booking, change, payment):
            row.refresh_from_db()
        had = (booking.period.minutes, change.state, payment.refunded.cents)
        if isinstance(stranger, Booking):
            assert had == (60, "lapsed", 1830), f"round {n}"
        else:
            assert isinstance(stranger, SlotTaken | Refused), f"round {n}: {stranger!r}"
            assert had == (120, "settled", 0), f"round {n}"
        own = Claim.objects.filter(item__booking=booking)
        assert [(c.kind, c.during) for c in own] == [("booked", booking.period)]
    assert overlaps() == 0


def test_without_constraint_and_lock_what_lapsed_is_had_by_two(cast, unguarded):
    """The twin: between the look of who pays late and their claims somebody else has the hour."""
    unguarded()
    booking, _, payment, hour = dearer(cast, 0)
    changes.lapse(booking.pk)
    looked, held = judge.place, []

    def unlocked(ids, **_):
        return list(
            Booking.objects.select_related("venue", "person", "organisation").filter(pk__in=list(ids))
        )

    def look_and_dawdle(*told, **more):
        found = looked(*told, **more)
        held.extend(at_once([asking_for(hour, cast)]))
        return found

    with (
        mock.patch.object(payments, "lock_bookings", unlocked),
        mock.patch.object(claims, "lock", return_value=None),
        mock.patch.object(changes, "place", look_and_dawdle),
    ):
        payments.settle(payment.pk)
    assert isinstance(held[0], Booking), held
    assert overlaps() == 1
