"""The gateway is read, its payout matched and a double charge given back by several at once: each once."""

import threading
from functools import partial

import pytest

from billing.models import BankStatement, GatewayTransaction, Match, Movement, Payout
from billing.paying import transfers
from billing.reconciling import mending, reading
from core import outbox
from core.clock import now
from core.errors import MatchTooLarge
from core.models import OutboxRow
from core.money import Money
from tests.races.conftest import at_once
from tests.reconciling.conftest import buy  # noqa: F401
from tests.reconciling.nights import night

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def read(cast, at, bank, request):
    """A payment, and the payout that it left in."""
    at("2026-11-16 09:00")
    _ = cast.franco, cast.room
    request.getfixturevalue("buy")("02")
    at("2026-11-20 02:00")


def test_of_four_readings_at_once_each_transaction_is_kept_once(read):
    found = at_once([reading.nightly for _ in range(4)])
    assert found == [None] * 4
    assert sorted(GatewayTransaction.objects.values_list("kind", flat=True)) == ["charge", "payout"]
    assert reading.squares(Payout.objects.get())


@pytest.fixture
def movements(read, cast):
    night()
    made = BankStatement.objects.create(
        issuer=cast.lead.issuer, name="b", sha256="b", uploaded_by=cast.franco
    )
    amount = Payout.objects.get().amount
    return [
        Movement.objects.create(
            issuer=cast.lead.issuer,
            statement=made,
            key=str(n),
            booked_on=now().date(),
            posted_on=now().date(),
            amount=amount,
        )
        for n in range(4)
    ]


def race(cast, movements):
    payout = Payout.objects.get()
    return at_once([partial(transfers.match, cast.franco, m, payout, payout.amount) for m in movements])


def test_of_four_movements_for_one_payout_one_is_it(cast, movements):
    found = race(cast, movements)
    assert [isinstance(one, Match) for one in found].count(True) == 1, found
    assert Match.objects.count() == 1


def test_without_the_lock_it_would_be_matched_more_than_once(cast, movements, monkeypatch):
    real, all_looked = transfers.open_of, threading.Barrier(4)

    def slow(*args):
        seen = real(*args)
        all_looked.wait(timeout=10)
        return seen

    monkeypatch.setattr(transfers, "lock_rows", lambda *_: None)
    monkeypatch.setattr(transfers, "open_of", slow)
    found = race(cast, movements)
    assert not any(isinstance(one, MatchTooLarge) for one in found)
    assert Match.objects.count() > 1


def test_a_double_charge_asked_back_by_two_goes_back_once(read, cast, bank):
    (charge,) = bank.ledger.all("charge")
    again = bank.charge_again(charge["payment_intent"])
    night()
    row = GatewayTransaction.objects.get(payment_ref=again)
    found = at_once([lambda: mending._give_back(cast.franco, row.pk, Money(1830)) for _ in range(3)])
    assert found == [None] * 3  # who comes second finds it under way
    assert OutboxRow.objects.filter(kind="billing.give_back_charge").count() == 1
    outbox.drain()
    assert [(r["payment_intent"], r["amount"]) for r in bank.refunds()] == [(again, 1830)]
