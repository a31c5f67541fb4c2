"""What was wanted in vain is counted without names, once an asker, and shown from three on."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection

from booking import blocks, demand
from booking.models import Demand
from core.clock import now
from core.ids import encode
from tests.api import client, post, wish
from tests.cast import period

pytestmark = pytest.mark.django_db
WEEK = "on_from=2026-11-30&on_to=2026-12-07"


@pytest.fixture(autouse=True)
def _now(at):
    at("2026-11-30 09:00")


@pytest.fixture
def full(cast):
    """On Tuesday evening Sala Po is nobody's to have."""
    blocks.block(cast.gina, cast.room, period("2026-12-01 18:00", 240), "own_use", "corso")
    return cast.room


def look(person, room, evening="2026-12-01"):
    found = client(person).get(
        f"/api/v1/offers?resource_id={encode('res', room.pk)}&on={evening}&earliest=19:00&latest=22:00&minutes=60"
    )
    assert found.status_code == 200
    return found.json()


def told(cast, more=""):
    return client(cast.dario).get(f"/api/v1/reports/demand?{WEEK}{more}").json()


def test_three_searches_in_vain_show_and_two_do_not(cast, full):
    for person in (cast.ada, cast.bruno):
        look(person, full)
    assert (told(cast)["total"], told(cast)["cells"]) == (0, [])
    look(None, full)
    assert told(cast)["cells"] == [{"weekday": 2, "hour": 19, "count": 3}]
    assert told(cast)["resources"] == [{"key": encode("res", full.pk), "name": "Sala Po", "count": 3}]
    heat = client(cast.dario).get(f"/api/v1/reports/heat?{WEEK}").json()["cells"]
    assert {(c["weekday"], c["hour"]): c["unmet"] for c in heat}[2, 19] == 3


def test_a_search_that_finds_something_is_no_demand(cast, full):
    assert look(cast.ada, full, "2026-12-02")["data"][0]["offers"]
    assert not Demand.objects.exists()


def test_asking_again_is_no_crowd(cast, full):
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(5):
            look(cast.ada, full)
        assert Demand.objects.count() == 1
        clock.shift(timedelta(minutes=31))
        look(cast.ada, full)
    assert Demand.objects.count() == 2


def test_a_refused_attempt_says_where_when_and_why(cast, full):
    taken = wish(full, "2026-12-01T19:30:00", "2026-12-01T20:30:00")
    assert post(client(cast.ada), "/bookings", taken, "k1").status_code == 409
    row = Demand.objects.get()
    assert (row.how, row.resource, row.on, row.hour) == ("attempt", full, date(2026, 12, 1), 19)
    assert (row.kind, row.reason, row.count) == ("meeting_room", "slot-taken", 1)
    assert {f.name for f in Demand._meta.get_fields()}.isdisjoint({"person", "made_by", "made_at", "at"})


def test_what_cannot_be_noted_stops_nobody(cast, full, monkeypatch):
    tried = []

    def broken(rows):
        tried.append(rows)
        with connection.cursor() as cursor:  # a statement that fails spoils the transaction it is in
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(Demand.objects, "bulk_create", broken)
    assert look(cast.ada, full)["data"][0]["offers"] == []
    taken = wish(full, "2026-12-01T19:30:00", "2026-12-01T20:30:00")
    assert post(client(cast.ada), "/bookings", taken, "k1").status_code == 409
    assert len(tried) == 2
    assert not Demand.objects.exists()


def test_folding_keeps_every_count(cast, full):
    wanted = demand.attempt(full, period("2026-12-01 19:00").start, "slot-taken")
    for n in range(4):
        demand.note([wanted], f"asker {n}")
    demand.fold()
    assert Demand.objects.get().count == 4
    assert told(cast)["reasons"] == [{"key": "slot-taken", "name": "Questo orario è già preso.", "count": 4}]
    assert told(cast, "&reason=closed")["total"] == 0


def test_another_partner_reads_nothing_of_it(cast, full):
    for person in (cast.ada, cast.bruno, cast.carla):
        look(person, full)
    answer = client(cast.elena).get(f"/api/v1/reports/demand?{WEEK}").json()
    assert (answer["total"], answer["cells"], answer["resources"]) == (0, [], [])


def test_a_search_of_some_weekdays_wants_each_of_them():
    asked = {"weekday": [2, 4], "earliest": time(18, 30), "kind": ["hall"]}
    found = demand.searches(asked, date(2026, 11, 30), date(2026, 12, 7), "nothing-free")
    assert [(w.on, w.hour, w.kind) for w in found] == [
        (date(2026, 12, 1), 18, "hall"),
        (date(2026, 12, 3), 18, "hall"),
    ]
