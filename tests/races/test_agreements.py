"""Two versions of the agreement at once: one after the other, and the later day wins or is refused."""

from datetime import date
from decimal import Decimal

import pytest

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


def test_without_the_lock_the_constraint_has_to_judge(cast, at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr(consortium, "lock_rows", lambda *_: None)
    found = race(cast)
    assert sum(isinstance(one, Agreement) for one in found) == 1
    assert Agreement.objects.filter(version=2).count() == 1
