"""Twenty of one person's requests at once, against a limit; and what happens when nobody looks again."""

from datetime import date
from functools import partial

import pytest

from billing import handing
from booking import handing as offers
from booking import holds, limits
from booking.limits import Had
from booking.models import Booking, Change
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
