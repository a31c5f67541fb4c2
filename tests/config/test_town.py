"""The demo's town is one that the product could have grown: what is counted of it is what stands in it."""

from datetime import date

import pytest

from booking.measuring import tally
from booking.measuring.tally import BOOKED, Days
from config.town.plant import plant
from spaces.models import Resource

pytestmark = pytest.mark.django_db


def test_the_hours_of_its_past_are_counted_history_and_all(at):
    at("2026-11-25 09:00")
    plant(days=(45, 5))
    ids = list(Resource.objects.values_list("pk", flat=True))
    days = Days(date(2026, 10, 1), date(2026, 12, 5))
    found = tally.totals(ids, days, "day", (BOOKED,))
    # What ended over 35 days ago is written as history at once, past the triggers that count.
    assert found[date(2026, 10, 14)][BOOKED] > 0
    counted = tally.totals(ids, days, "resource")
    tally.settle(ids, days)
    assert tally.totals(ids, days, "resource") == counted
