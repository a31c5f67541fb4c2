"""Two workers call those who wait for one evening in the minute in which it can be booked."""

from datetime import date
from functools import partial

import pytest

from booking import claims
from booking.models import Booking, Waiting
from booking.queueing import horizons
from core.ids import encode
from spaces.models import Rules
from tests.api import client, post
from tests.races.conftest import asking, at_once
from tests.races.test_one_slot import overlaps
from tests.races.test_waiting_by_kind import met
from tests.races.town import MANY

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def two_wait(cast, at):
    """Bruno and Carla wish for the same hour, which opens on Thursday at midnight."""
    Rules.objects.create(venue=cast.venue, from_on=date(2026, 1, 1), data={"horizon_days": 2})
    for person in (cast.bruno, cast.carla):
        wished = {
            "resource_id": encode("res", cast.room.pk),
            "days": {"start": "2026-12-05", "end": "2026-12-06"},
            "hours": {"start": "18:00", "end": "19:00"},
            "minutes": 60,
        }
        assert post(client(person), "/waiting-list", wished).status_code == 201
    at("2026-12-03 00:00")


def the_hour(cast):
    hour = {"start": "2026-12-05T18:00:00", "end": "2026-12-05T19:00:00"}
    return {"items": [{"resource_id": encode("res", cast.room.pk)}], "period": hour}


def asking_each(cast):
    """A worker is at Bruno's place and another at Carla's, in the same moment."""
    places = [Waiting.objects.get(person=person).pk for person in (cast.bruno, cast.carla)]
    return at_once([partial(horizons._ask, place) for place in places])


def test_one_of_two_is_called_and_neither_worker_fails(cast, at, monkeypatch):
    two_wait(cast, at)
    met(monkeypatch, "write")
    assert asking_each(cast) == [None, None]
    assert sorted(Waiting.objects.values_list("state", flat=True)) == ["offered", "waiting"]


def test_where_nothing_is_locked_one_of_the_workers_fails(cast, at, monkeypatch):
    """The twin: both look before either has written."""
    two_wait(cast, at)
    met(monkeypatch, "write", patience=20)
    monkeypatch.setattr(claims, "lock", lambda *told: None)
    assert {type(done).__name__ for done in asking_each(cast)} == {"NoneType", "SlotTaken"}
    assert overlaps() == 0


def test_two_workers_call_in_the_order_of_joining(cast, at):
    two_wait(cast, at)
    assert at_once([horizons.call_all, horizons.call_all]) == [None, None]
    assert Booking.objects.get(state="offered").person == cast.bruno


def test_among_twenty_strangers_the_hour_has_one_holder(cast, crowd, at):
    two_wait(cast, at)
    strangers = [asking(person, the_hour(cast), "grab") for person in crowd[:MANY]]
    answers = at_once([*strangers[:10], horizons.call_all, *strangers[10:]])
    assert answers[10] is None
    granted = sum(getattr(answer, "status_code", 0) == 201 for answer in answers)
    assert granted + Booking.objects.filter(state="offered").count() == 1
    assert overlaps() == 0
