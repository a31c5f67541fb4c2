"""Two versions of the agreement at once: one after the other, and the later day wins or is refused."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from core.errors import Invalid
from people import consortium
from people.consortium import Terms, agree
from people.models import Agreement
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def race(cast):
    shares = {cast.lead.pk: Decimal(50), cast.member.pk: Decimal(50)}
    by, pk = cast.dario, cast.consortium.pk
    return at_once([lambda: agree(by, pk, Terms(date(2027, 1, 1), shares)) for _ in range(4)])


def test_of_four_agreements_for_one_day_one_is_made(cast, at):
    at("2026-11-30 09:00")
    found = race(cast)
    assert sum(isinstance(one, Agreement) for one in found) == 1
    assert sum(isinstance(one, Invalid) for one in found) == 3


def unlocked(monkeypatch):
    """As if nobody queued: all four have looked at the last version before any has written the next."""
    gate = threading.Barrier(4)
    check = consortium.check_whole

    def late(percents):
        check(percents)
        gate.wait(20)

    monkeypatch.setattr(consortium, "lock_rows", lambda *_: None)
    monkeypatch.setattr(consortium, "check_whole", late)


def test_without_the_lock_the_constraint_has_to_judge(cast, at, monkeypatch):
    at("2026-11-30 09:00")
    unlocked(monkeypatch)
    found = race(cast)
    assert sum(isinstance(one, Agreement) for one in found) == 1
    # Not a word of which day it would have to be: nobody was told, the database said no.
    assert sum(isinstance(one, IntegrityError) for one in found) == 3


def test_without_both_there_are_four_agreements_for_one_day(cast, at, monkeypatch, without):
    at("2026-11-30 09:00")
    for name in ("people_one_agreement_version", "people_one_agreement_a_day"):
        without("people_agreement", name)
    unlocked(monkeypatch)
    assert all(isinstance(one, Agreement) for one in race(cast))
    assert Agreement.objects.filter(version=2, from_on=date(2027, 1, 1)).count() == 4
