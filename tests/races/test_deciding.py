"""Two of the staff decide on one series at once: one of them does, the other is told. And what happens without the
locks."""

import time
from unittest import mock

import pytest

from billing.changes import acts
from billing.models import Order
from booking.approving import deciding
from booking.models import Booking, Claim, Series
from core.errors import DatesNotDecidable
from core.ids import decode
from tests.races.conftest import at_once
from tests.stories.test_a_series_is_decided import request

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 10
PAIRS, STARTS = [(1, 15), (2, 16), (3, 17), (4, 18), (9, 14)], [18, 15]


def asked(cast, n):
    days, start = PAIRS[n % 5], STARTS[n // 5]
    series, ids = request(cast, f"r{n}", dates=[f"2026-12-{day:02}" for day in days], start=start)
    return Series.objects.get(pk=decode("ser", series)), [decode("bkg", one) for one in ids]


def both(cast, series, ids):
    """What approving and refusing them say, at once; and how the dates are then."""
    said = at_once(
        [
            lambda: acts.decide_dates(cast.gina, series, ids, []),
            lambda: acts.decide_dates(cast.dario, series, [], ids, "no"),
        ]
    )
    return said, list(Booking.objects.filter(pk__in=ids).values_list("state", flat=True))


def test_one_of_two_decides_and_the_other_is_told(cast):
    for n in range(ROUNDS):
        series, ids = asked(cast, n)
        (approved, refused), states = both(cast, series, ids)
        claims = Claim.objects.filter(item__booking__in=ids).count()
        owed = Order.objects.filter(state="owed", lines__booking__in=ids).distinct().count()
        if isinstance(approved, Series):
            assert isinstance(refused, DatesNotDecidable), f"round {n}: {refused!r}"
            assert (states, claims, owed) == (["confirmed"] * 2, 2, 1)
        else:
            assert isinstance(approved, DatesNotDecidable), f"round {n}: {approved!r}"
            assert isinstance(refused, Series), f"round {n}: {refused!r}"
            assert (states, claims, owed) == (["refused"] * 2, 0, 0)


def test_without_the_locks_both_decide(cast):
    """The twin: each saw them waiting."""

    def unlocked(ids):
        rows = Booking.objects.filter(pk__in=ids).select_related("venue", "person", "organisation")
        found = list(rows.order_by("pk"))
        time.sleep(0.2)
        return found

    harm = 0
    with mock.patch.object(deciding, "lock_bookings", unlocked):
        for n in range(ROUNDS):
            said, _ = both(cast, *asked(cast, n))
            harm += all(isinstance(answer, Series) for answer in said)
            if harm:
                break
    assert harm > 0
