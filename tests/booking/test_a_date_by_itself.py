"""A date of a series that has a life of its own: what is said of it alone, and what the clock does to it."""

from datetime import time

import pytest

from booking.models import Claim, Item
from spaces import opening
from tests.api import client
from tests.cast import LONG_AGO
from tests.stories.test_a_series_is_edited import RULE, changed, confirmed, planned, said
from tests.stories.test_a_series_of_several_things import confirmed as of_several
from tests.stories.test_a_series_of_several_things import had, items, thing

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = RULE["first_on"]


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def alone(cast):
    """Ada's series, its second date changed by itself: the Thursday, other hours, another room."""
    series, api = confirmed(cast, RULE), client(cast.ada)
    there = {"repeat": "dates", "dates": ["2027-01-21"], "hours": {"start": "10:00", "end": "12:00"}}
    edit = planned(api, series, "this", on="2027-01-19", rule=RULE | there, items=items(cast.other_room))
    assert changed(api, series, edit).status_code == 200
    return series


def test_a_date_changed_by_itself_keeps_its_time_where_only_its_thing_is_said(cast, alone):
    api = client(cast.ada)
    edit = planned(api, alone, "this", on="2027-01-19", items=items(cast.room))
    (date,) = edit["dates"]
    assert date["period"] == {"start": "2027-01-21T09:00:00Z", "end": "2027-01-21T11:00:00Z"}
    assert [(s["was"]["name"], s["becomes"]["name"]) for s in date["swaps"]] == [("Sala Dora", "Sala Po")]


def test_a_date_changed_by_itself_keeps_its_thing_where_only_its_time_is_said(cast, alone):
    api = client(cast.ada)
    there = {"repeat": "dates", "dates": ["2027-01-22"]}
    edit = planned(api, alone, "this", on="2027-01-19", rule=RULE | there)
    assert changed(api, alone, edit, "c2").status_code == 200
    item = Item.objects.get(booking__series_date="2027-01-19")
    assert (item.resource, item.period.start.isoformat()) == (cast.other_room, "2027-01-22T17:00:00+00:00")
    assert Claim.objects.filter(item=item).count() == 1


@pytest.mark.parametrize(("start", "end"), [("18:00", "24:00"), ("20:00", "02:00"), ("18:00", "20:00")])
def test_nothing_said_of_one_date_leaves_it_as_it_is(cast, start, end):
    opening.set_hours(cast.venue, range(1, 8), time(0), None, first_on=LONG_AGO)
    series = confirmed(cast, RULE | {"hours": {"start": start, "end": end}})
    assert said(planned(client(cast.ada), series, "this", on=FIRST)) == {FIRST: "stays"}


def test_what_the_clock_change_swallows_keeps_all_its_things_where_they_are(cast):
    opening.set_hours(cast.venue, range(1, 8), time(0), None, first_on=LONG_AGO)
    cast.venue.holidays_of = ""  # that Sunday is Easter
    cast.venue.save()
    beamer = thing(cast, "proiettore", "Proiettore", 610)
    hours = {"start": "04:00", "end": "05:00"}
    sundays = RULE | {"weekdays": ["sun"], "first_on": "2027-03-21", "last_on": "2027-04-04", "hours": hours}
    series, api = of_several(cast, cast.room, beamer, rule=sundays), client(cast.ada)
    edit = planned(api, series, "all", rule=sundays | {"hours": {"start": "02:00", "end": "03:00"}})
    assert [(d["verdict"], d["chosen"]) for d in edit["dates"]] == [
        ("free", True),
        ("closed", False),
        ("free", True),
    ]
    after = changed(api, series, edit).json()
    both = ["Sala Po", "Proiettore"]
    assert had(after) == {
        "2027-03-21": ("01:00", both),
        "2027-03-28": ("02:00", both),
        "2027-04-04": ("00:00", both),
    }
