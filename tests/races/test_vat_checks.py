"""Several wish at once that a customer's VAT number be looked up in VIES: it is asked about once."""

from functools import partial

import pytest

from billing.models import Issuer, VatCheck
from billing.papers import vat_checks
from core.errors import IllegalMove
from people.models import Organisation
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def race(cast):
    """Eight press at once; what became of each."""
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(asks_vies=True)
    body = Organisation.objects.create(name="Beispiel GmbH", country="DE", vat_number="DE811115368")
    issuers = list(vat_checks.askers())
    return at_once([partial(vat_checks.again, cast.franco, body, issuers)] * 8)


def test_of_eight_that_ask_one_has_asked(cast):
    answers = race(cast)
    assert sum(isinstance(answer, IllegalMove) for answer in answers) == 7, answers
    assert VatCheck.objects.count() == 1


def test_without_the_queue_it_is_asked_about_several_times(cast, monkeypatch):
    monkeypatch.setattr(vat_checks, "lock_rows", lambda *args: [])
    race(cast)
    assert VatCheck.objects.count() > 1
