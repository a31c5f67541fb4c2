"""Many book the same evenings at once: one has them all, the others nothing; and what happens without the guard."""

import pytest

from booking import claims
from booking.models import Booking, Claim, Series
from booking.repeating import plans, series
from tests.api import client
from tests.races.conftest import at_once, tally
from tests.stories.test_an_association_books_a_series import asked

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 10


def race(cast, crowd):
    rivals = []
    for person in crowd[:MANY]:
        api = client(person)
        planned = api.post("/api/v1/series/plans", asked(cast.room)).json()
        rivals.append((api, planned["id"]))

    def booking(api, plan):
        return lambda: api.post("/api/v1/series", {"plan_id": plan}, headers={"Idempotency-Key": plan})

    return tally(at_once([booking(api, plan) for api, plan in rivals]))


def test_one_has_all_the_evenings_and_the_others_none(cast, crowd):
    assert race(cast, crowd) == {201: 1, 409: MANY - 1}
    assert Series.objects.count() == 1
    assert Booking.objects.count() == Claim.objects.count() == 6


def test_without_constraint_and_lock_several_have_the_same_evenings(cast, crowd, unguarded, monkeypatch):
    unguarded()
    monkeypatch.setattr(claims, "lock", lambda *told: None)
    taken = plans.judged
    monkeypatch.setattr(series, "judged", lambda *told, **more: _slowly(taken, told, more))
    race(cast, crowd)
    assert Claim.objects.count() > 6


def _slowly(taken, told, more):
    """What was seen is acted upon a little later, as on a busy machine."""
    from django.db import connection

    found = taken(*told, **more)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")
    return found
