"""A series is edited while the natura of what was paid for it is mended: one waits for the other, and nothing stays behind."""

from functools import partial

import pytest

from billing.changes import series
from billing.models import Document, VatRate
from billing.papers import reissuing
from billing.papers.documents import summaries_of
from billing.paying import refunds
from core import outbox
from core.errors import IllegalMove
from core.locks import Order as Locks
from core.locks import lock_rows
from tests.api import client
from tests.billing.test_natura import N22, reject
from tests.races.conftest import in_turn
from tests.stories.test_a_series_is_edited import RULE, paid, planned

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ANEW = {"rates": [{"place": 0, "natura": "N2.2", "legal_text": N22}]}


@pytest.fixture
def rejected(cast, monkeypatch):
    """Ada's four dates, paid, exempt under N4; their invoice was rejected. What gives the last date up, and what mends it."""
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    _ = cast.venue, cast.room
    VatRate.objects.update(percent=0, natura="N4", legal_text="Art. 10")
    made = paid(cast, RULE)
    outbox.drain()
    reject(client(cast.franco))
    ada = client(cast.ada)
    edit = planned(ada, made, "following", on="2027-01-26", rule=RULE | {"last_on": "2027-01-26"})
    assert edit["totals"]["back"]["cents"] == 3660
    path, key = f"/api/v1/series/{made['id']}/change", {"Idempotency-Key": "edit"}
    change = partial(ada.post, path, {"plan_id": edit["id"]}, headers=key)
    return change, partial(reissuing.reissue, cast.franco, Document.objects.get().pk, ANEW)


def test_what_an_edit_gives_back_is_credited_as_it_was_sold_and_not_mended(rejected, monkeypatch):
    edited, mended = in_turn(monkeypatch, refunds, "part_of", rejected[0], rejected[1], 1)
    assert edited.status_code == 200, edited.content
    assert isinstance(mended, IllegalMove), mended
    note = Document.objects.get(kind="credit_note")
    assert [(s.key.natura, s.gross.cents) for s in summaries_of(note)] == [("N4", 3660)]


def test_without_the_payments_lock_an_edit_credits_what_is_no_longer_there(rejected, monkeypatch):
    def but_payments(order, model, ids):
        return [] if order == Locks.PAYMENTS else lock_rows(order, model, ids)

    monkeypatch.setattr(series, "lock_rows", but_payments)
    edited, mended = in_turn(monkeypatch, refunds, "part_of", rejected[0], rejected[1], 30)
    assert isinstance(mended, Document), mended
    assert edited.status_code == 500


def test_what_was_mended_before_an_edit_had_the_payments_is_given_back_as_it_stands_now(
    rejected, monkeypatch
):
    edited, mended = in_turn(monkeypatch, series, "lock_rows", rejected[0], rejected[1], 30)
    assert isinstance(mended, Document), mended
    assert edited.status_code == 200, edited.content
    note = Document.objects.get(kind="credit_note")
    assert [(s.key.natura, s.gross.cents) for s in summaries_of(note)] == [("N2.2", 3660)]
