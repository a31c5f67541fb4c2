"""A wish of the waiting list is judged by the rules of each day on which it could be met."""

from datetime import datetime, time, timedelta

import pytest

from core.ids import encode
from spaces import opening
from spaces.models import Rules
from tests.api import client, post
from tests.booking.waiters import blocked, held, joined, places, release
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def wished(resource, minutes=60, **more):
    return {
        "resource_id": encode("res", resource.pk),
        "days": {"start": "2026-12-01", "end": "2026-12-06"},
        "minutes": minutes,
        **more,
    }


def offered(person):
    (place,) = places(person)
    return place["offer"] and (place["offer"]["period"]["start"], place["offer"]["period"]["end"])


MORNING = {"hours": {"start": "09:00", "end": "13:00"}, "weekdays": [3]}


@pytest.mark.parametrize(
    ("before", "since"),
    [({"most": 60}, {"most": 240}), ({"step": 180, "least": 180, "most": 180}, {"step": 60, "most": 240})],
)
def test_how_long_an_offer_is_is_said_by_the_rules_of_its_day(cast, before, since):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=before)
    Rules.objects.create(resource=cast.room, from_on="2026-12-02", data=since)
    taken = held(cast.ada, cast.room, "2026-12-02T09:00:00", "2026-12-02T13:00:00")
    joined(cast.bruno, wished(cast.room, **MORNING))
    release(cast.ada, taken)
    assert offered(cast.bruno) == ("2026-12-02T08:00:00Z", "2026-12-02T12:00:00Z")


def test_where_slots_have_names_the_named_slot_is_offered(cast):
    named = [{"start": start, "end": end} for start, end in (("09:00", "13:00"), ("18:00", "21:45"))]
    Rules.objects.create(resource=cast.room, from_on="2026-12-02", data={"presets": named})
    taken = held(cast.ada, cast.room, "2026-12-02T18:00:00", "2026-12-02T21:45:00")
    joined(cast.bruno, wished(cast.room, weekdays=[3], hours={"start": "16:00", "end": "24:00"}))
    release(cast.ada, taken)
    assert offered(cast.bruno) == ("2026-12-02T17:00:00Z", "2026-12-02T20:45:00Z")


THREE_DAYS = {"period": {"start": "2026-12-01T10:00:00", "end": "2026-12-04T10:00:00"}}
ANY_THREE = {"days": {"start": "2026-12-01", "end": "2026-12-06"}, "minutes": 3 * 24 * 60}


@pytest.mark.parametrize("wanted", [THREE_DAYS, ANY_THREE])
def test_who_waits_for_days_on_end_is_called_when_the_one_hour_in_the_way_is_free(cast, wanted):
    opening.set_hours(cast.room, range(1, 8), time(0), None, first_on=LONG_AGO)
    opening.plan(cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"most": 7 * 24 * 60})
    taken = held(cast.ada, cast.room, "2026-12-03T11:00:00", "2026-12-03T12:00:00")
    joined(cast.bruno, {"resource_id": encode("res", cast.room.pk), **wanted})
    release(cast.ada, taken)
    start, end = map(datetime.fromisoformat, offered(cast.bruno))
    assert end - start >= timedelta(days=3)


def test_who_wishes_for_what_is_free_weeks_ahead_is_told_so(cast):
    """The fifth Thursday, behind more than three thousand starts on other days and four Thursdays that are blocked."""
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"step": 5, "horizon_days": 60})
    for day in ("2026-12-03", "2026-12-10", "2026-12-17", "2026-12-24"):
        blocked(cast, day, "08:00", "22:00")
    days = {"start": "2026-12-01", "end": "2027-01-01"}
    answer = post(client(cast.bruno), "/waiting-list", wished(cast.room, weekdays=[4]) | {"days": days})
    assert (answer.status_code, answer.json()["code"]) == (409, "free-now")
    (free,) = answer.json()["alternatives"]
    assert free["period"]["start"].startswith("2026-12-31")
