"""Two of an office give different views of the figures one name at once: one is kept, the other is told of it."""

import threading
from functools import partial

import pytest
from django.db import IntegrityError

from booking.measuring import saved_views
from booking.models import SavedView
from core.errors import NameTaken
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def race(cast):
    venue, people = cast.venue, [cast.dario, cast.franco]
    acts = []
    for n, person in enumerate(people, 1):
        acts.append(partial(saved_views.keep, person, "Autunno", {"from": f"2026-0{n}-01"}, venue))
    return at_once(acts)


def unlocked(monkeypatch):
    """As if nobody queued: both have seen that the name is free before either has written."""
    gate = threading.Barrier(2, timeout=5)
    monkeypatch.setattr(saved_views, "lock_rows", lambda *_: None)
    write = SavedView.objects.create

    def together(**said):
        gate.wait()
        return write(**said)

    monkeypatch.setattr(SavedView.objects, "create", together)


def test_one_is_kept_and_the_other_is_told(cast):
    found = race(cast)
    assert [type(one) for one in found if not isinstance(one, SavedView)] == [NameTaken]
    (kept,) = SavedView.objects.all()
    assert [one.pk for one in found if isinstance(one, SavedView)] == [kept.pk]
    assert kept.said == next(one.said for one in found if isinstance(one, SavedView))


def test_without_the_lock_only_the_constraint_is_left_and_nobody_is_told(cast, monkeypatch):
    unlocked(monkeypatch)
    found = race(cast)
    assert sum(isinstance(one, IntegrityError) for one in found) == 1
    assert SavedView.objects.count() == 1
