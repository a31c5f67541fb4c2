"""A larger pool: its new places go first to who waits for one."""

import pytest

from booking.events import Freed, time_freed
from booking.queueing import calling
from core.periods import Period
from spaces import relayout
from spaces.layout import takes, units_of
from tests.booking.waiters import held, joined, places, slot
from tests.cast import rome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def full(cast):
    """Two desks, both had from ten to eleven, for which Carla waits."""
    desks = cast.pool(2)
    for person in (cast.ada, cast.bruno):
        held(person, desks, key=f"held {person.pk}")
    joined(cast.carla, slot(desks))
    return desks


def test_a_new_place_is_offered_to_who_waits(cast, full):
    relayout.resize(cast.ivo, full.pk, 3)
    assert [place["state"] for place in places(cast.carla)] == ["offered"]


def test_only_the_new_places_are_announced(cast, full, monkeypatch):
    before = units_of(takes([full.pk]))
    told: list[Freed] = []
    monkeypatch.setattr(time_freed, "_receivers", [told.extend])
    relayout.resize(cast.ivo, full.pk, 4)
    assert {piece.unit for piece in told} == units_of(takes([full.pk])) - before


def test_what_several_places_have_at_once_is_looked_through_once(cast, full):
    units = sorted(units_of(takes([full.pk])))
    morning, noon = rome("2026-12-01 09:00"), rome("2026-12-01 12:00")
    freed = [Freed(unit, Period(morning, noon)) for unit in units]
    ((resource, pieces),) = calling._gaining([full], freed)
    assert (resource, pieces) == (full, [Period(morning, noon)])
