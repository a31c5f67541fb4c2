"""Two movements, or two people with one, are for one document: together they never pay more than is owed."""

import pytest

from billing import transfers
from billing.models import BankStatement, Document, Match, Movement
from core.errors import DomainError
from core.money import Money, total
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def race(cast):
    """Eight movements of 10.00, all for a document of which 25.00 is open; what was matched to it."""
    issuer = cast.lead.issuer
    owed = Document.objects.create(
        issuer=issuer, kind="invoice", type="TD01", series=issuer.number_series.get(code="FE"), year=2026, ordinal=1,
        number="FE-2026/1", issued_on="2026-11-30", person=cast.ada, customer_name="Ada", net=Money(2500),
        vat=Money(0), gross=Money(2500), due=Money(2500),
    )  # fmt: skip
    brought = BankStatement.objects.create(issuer=issuer, name="x", sha256="0", uploaded_by=cast.franco)
    movements = [
        Movement.objects.create(
            issuer=issuer, statement=brought, key=str(n), booked_on="2026-11-30", amount=Money(1000)
        )
        for n in range(8)
    ]

    def take(movement):
        return lambda: transfers.match(cast.franco, movement, owed, Money(1000))

    answers = at_once([take(movement) for movement in movements])
    assert all(isinstance(answer, Match | DomainError) for answer in answers), answers
    return total(match.amount for match in Match.objects.all())


def test_matches_made_at_once_never_exceed_the_document(cast):
    assert race(cast) == Money(2000)


def test_without_the_issuer_s_row_they_exceed_it(cast, monkeypatch):
    monkeypatch.setattr(transfers, "lock_rows", lambda *args: [])
    assert race(cast) > Money(2500)


def test_one_movement_is_never_for_more_than_it_brought(cast):
    race(cast)
    other = Document.objects.get()
    assert other.due == Money(2500)
    movement = Movement.objects.filter(matches=None).earliest("key")

    def part():
        return transfers.match(cast.franco, movement, other, Money(500))

    answers = at_once([part, part, part])
    assert sum(isinstance(a, Match) for a in answers) == 1
    assert total(match.amount for match in Match.objects.all()) == Money(2500)
