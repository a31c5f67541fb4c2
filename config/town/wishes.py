"""What the town looked for in vain: evenings and mornings that were full, as the house keeps and tells them."""

from __future__ import annotations

import random
from datetime import date

from booking.measuring.demand import MARKS
from booking.models import Demand
from config.town.town import Town
from core.periods import days_between

WEEK, WORKDAYS, WEEKEND = range(1, 8), range(1, 6), range(6, 8)
# Of what, on which weekdays, at which hour, why not, and by how many at most on one day.
WANTED = [
    ("sala-po", WORKDAYS, 18, "slot-taken", 6),
    ("sala-dora", WORKDAYS, 10, "slot-taken", 4),
    ("laser", WEEK, 19, "slot-taken", 6),
    ("laser", WEEKEND, 15, "not-certified", 4),
    ("salone", WEEKEND, 21, "closed", 7),
    ("cucina", WORKDAYS, 20, "too-long", 3),
]


def plant_wishes(town: Town, chance: random.Random, first: date, today: date) -> None:
    """Wishes of the days from `first` to yesterday wait to be told; most days somebody was alone with theirs."""
    Demand.objects.bulk_create(
        Demand(
            how=Demand.How.ATTEMPT, reason=reason, on=day, hour=hour, kind=town.resources[slug].kind,
            venue=town.resources[slug].venue, resource=town.resources[slug], mark=chance.randrange(MARKS),
        )
        for day in days_between(first, today)
        for slug, weekdays, hour, reason, most in WANTED
        if day.isoweekday() in weekdays
        for _ in range(chance.randint(0, most))
    )  # fmt: skip
