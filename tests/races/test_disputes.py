"""Several people answer one dispute at once: one answer leaves."""

import pytest
from django.db.utils import IntegrityError

from billing.models import Dispute, DisputeAnswer
from billing.reconciling import answering
from billing.reconciling.evidence import assemble
from core.clock import now
from core.errors import IllegalMove
from core.models import OutboxRow
from core.money import Money
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def answered_by_eight(cast):
    """Four contest it and four accept it, all at once; what each was told."""
    dispute = Dispute.objects.create(
        issuer=cast.lead.issuer,
        gateway="stripe",
        ref="dp_1",
        amount=Money(1830),
        reason="fraudulent",
        opened_at=now(),
    )
    franco, seen = cast.franco, assemble(dispute).fingerprint
    acts = [lambda: answering.contest(franco, dispute.pk, "", seen)] * 4
    return at_once(acts + [lambda: answering.accept(franco, dispute.pk)] * 4)


def test_of_eight_answers_to_a_dispute_one_leaves(cast):
    told = answered_by_eight(cast)
    assert sum(isinstance(answer, Dispute) for answer in told) == 1
    assert sum(isinstance(answer, IllegalMove) for answer in told) == 7
    assert DisputeAnswer.objects.count() == OutboxRow.objects.filter(kind=answering.KIND).count() == 1


def test_without_the_lock_the_constraint_has_to_judge(cast, monkeypatch):
    monkeypatch.setattr(answering, "lock_rows", lambda *args: [])
    told = answered_by_eight(cast)
    assert any(isinstance(answer, IntegrityError) for answer in told)
    assert DisputeAnswer.objects.count() == 1
