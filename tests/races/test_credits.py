"""Two credit notes of one invoice at once, each in a series of its own: together they never exceed it."""

from dataclasses import replace
from functools import partial

import pytest

from billing.api.wishes import NewDocument, wish_of
from billing.models import Document, NumberSeries
from billing.papers import documents, issuing
from core.errors import RefundTooLarge
from people.roles import standing
from tests.billing.conftest import LINE, alfa, ask, office
from tests.billing.office import issued
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
__all__ = ["alfa", "ask", "office"]


def race(cast, office, ask, turn):
    """Two take the whole of an invoice back at once; what became of each."""
    made = issued(office, ask(lines=[LINE]))
    told = NewDocument(data=ask(kind="credit_note", type="TD04", corrects_id=made["id"], lines=[LINE]))
    told.is_valid(raise_exception=True)
    wish = wish_of(told.validated_data, standing(cast.franco))
    series = [NumberSeries.objects.create(issuer=cast.lead.issuer, code=f"N{turn}{n}") for n in range(2)]
    return at_once([partial(issuing._issue, cast.franco, replace(wish, chosen=one)) for one in series])


def test_in_whatever_series_one_of_two_credits_the_whole(cast, office, ask):
    for turn in range(4):
        made, refused = sorted(race(cast, office, ask, turn), key=lambda found: isinstance(found, Exception))
        assert isinstance(made, Document), made
        assert isinstance(refused, RefundTooLarge), refused


def test_without_the_queue_both_credit_the_whole(cast, office, ask, monkeypatch):
    monkeypatch.setattr(documents, "queue_to_credit", lambda corrected: None)
    for turn in range(8):
        if all(isinstance(found, Document) for found in race(cast, office, ask, turn)):
            return
    pytest.fail("never both")
