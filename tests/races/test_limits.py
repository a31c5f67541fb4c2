"""Twenty of one person's requests at once, against a limit; and what happens when nobody looks again."""

from datetime import date, timedelta
from functools import partial

import pytest

from billing.changes import handing, moves
from booking.changing import handing as offers
from booking.changing.moves import Where
from booking.holding import holds, locking
from booking.judging import limits
from booking.judging.facts import Had
from booking.models import Booking, Change
from core.periods import Period
from people.models import Group, GroupMember
from spaces.models import Rules
from tests.api import wish
from tests.booking.confirmed import book
from tests.races.conftest import asking, at_once, tally

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 20


def race(cast):
    """Twenty different hours of one room, of which the person may have one a month."""
    Rules.objects.create(
        resource=cast.room,
        from_on=date(2026, 1, 1),
        data={"limits": [{"span": "month", "bookings": 1}]},
    )
    bodies = [
        wish(cast.room, f"2026-12-{day:02}T{hour:02}:00:00", f"2026-12-{day:02}T{hour + 1:02}:00:00")
        for day in (1, 2)
        for hour in range(9, 19)
    ]
    return tally(at_once([asking(cast.ada, body, f"k{n}") for n, body in enumerate(bodies)]))


def test_a_limit_holds_whoever_asks_twenty_times_at_once(cast):
    assert race(cast) == {201: 1, 403: MANY - 1}
    assert Booking.objects.count() == 1


def test_without_the_second_look_the_limit_is_passed(cast, monkeypatch):
    before: list[Had] = []
    monkeypatch.setattr(holds, "had", lambda facts, window: before)
    assert race(cast)[201] > 1


# -- what waits counts too -----------------------------------------------------------------------------------

HANDED = 5


def taken_over(cast, people):
    """Five hours of a day, handed over to one person who may have one a day and says yes to all at once."""
    Rules.objects.create(resource=cast.room, from_on=date(2026, 1, 1), data={"daily_limit": 60})
    found = []
    for n, giver in enumerate(people[:HANDED]):
        booking = book(giver, cast.room, f"2026-12-01 {9 + 2 * n:02}:00", override="prova")
        offers.offer(giver, booking.pk, cast.bruno.email)
        found.append(booking.pk)
    at_once([partial(handing.accept, cast.bruno, pk, frozenset()) for pk in found])
    return Change.objects.filter(to_person=cast.bruno, state="pending", waits_for="payment").count()


def test_who_takes_over_five_at_once_waits_to_pay_for_one(cast, crowd):
    assert taken_over(cast, crowd) == 1


def test_without_counting_what_waits_the_limit_is_passed(cast, crowd, monkeypatch):
    monkeypatch.setattr(limits, "_waiting", lambda *told: [])
    assert taken_over(cast, crowd) > 1


# -- a group's limit, passed by changes ------------------------------------------------------------------------

ROUNDS = 6


def two_of_a_group(cast):
    """Two of a group, who have an hour each of the three that it may have in a week, in rooms of their own."""
    group = Group.objects.create(name="Coro", partner=cast.lead)
    for person in (cast.ada, cast.bruno):
        GroupMember.objects.create(group=group, person=person, from_on=date(2026, 1, 1))
    shared = {"span": "week", "minutes": 180, "on": "venue", "of": "group", "groups": [str(group.pk)]}
    rooms = (cast.room, cast.other_room)
    Rules.objects.create(
        venue=cast.venue, from_on=date(2026, 1, 1), data={"limits": [shared], "horizon_days": 365}
    )
    return [(cast.ada, rooms[0]), (cast.bruno, rooms[1])]


def both_extend(pairs, n):
    """In the n-th week from now both ask for an hour more at once; how many minutes the group has then."""
    day = date(2026, 12, 3) + timedelta(days=7 * n)
    made = [book(person, room, f"{day} 10:00") for person, room in pairs]
    longer = [Period(booking.period.start, booking.period.end + timedelta(hours=1)) for booking in made]
    at_once(
        [
            partial(moves.move, booking.person, booking.pk, Where(period))
            for booking, period in zip(made, longer, strict=True)
        ]
    )
    return sum(b.period.minutes for b in Booking.objects.filter(pk__in=[b.pk for b in made]))


def test_two_of_a_group_who_extend_at_once_keep_to_its_limit(cast, free):
    pairs = two_of_a_group(cast)
    assert [both_extend(pairs, n) for n in range(ROUNDS)] == [180] * ROUNDS


def test_without_the_lock_on_the_group_its_limit_is_passed(cast, free, monkeypatch):
    monkeypatch.setattr(locking, "groups_sharing", lambda *told: set())
    pairs = two_of_a_group(cast)
    assert any(both_extend(pairs, n) > 180 for n in range(4 * ROUNDS))
