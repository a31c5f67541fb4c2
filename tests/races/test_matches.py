"""Many movements are for one document, or many people divide one movement, or the credit that was kept of it: never more
than there is of either."""

import pytest

from billing.models import AccountingMonth, BankStatement, CustomerCredit, Document, Match, Movement, Order
from billing.paying import keeping_credit, paid_in_part, transfers
from core.errors import DomainError
from core.models import LogEntry
from core.money import Money, total
from tests.races.conftest import at_once, in_turn

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def owed(cast, ordinal):
    """A document of which 25.00 is open."""
    issuer = cast.lead.issuer
    return Document.objects.create(
        issuer=issuer, kind="invoice", type="TD01", series=issuer.number_series.get(code="FE"), year=2026, ordinal=ordinal,
        number=f"FE-2026/{ordinal}", issued_on="2026-11-30", person=cast.ada, customer_name="Ada", net=Money(2500),
        vat=Money(0), gross=Money(2500), due=Money(2500),
    )  # fmt: skip


def brought(cast, many):
    """So many movements of 10.00 in one statement."""
    issuer = cast.lead.issuer
    read = BankStatement.objects.create(issuer=issuer, name="x", sha256="0", uploaded_by=cast.franco)
    return [
        Movement.objects.create(
            issuer=issuer,
            statement=read,
            key=str(n),
            booked_on="2026-11-30",
            posted_on="2026-11-30",
            amount=Money(1000),
        )
        for n in range(many)
    ]


def taking(cast, movement, document, amount):
    return lambda: transfers.match(cast.franco, movement, document, amount)


def raced(acts):
    """What was matched in all, by acts each of which was done or refused."""
    answers = at_once(acts)
    assert all(isinstance(answer, Match | DomainError) for answer in answers), answers
    return total(match.amount for match in Match.objects.all())


def for_one_document(cast):
    document = owed(cast, 1)
    return raced([taking(cast, movement, document, Money(1000)) for movement in brought(cast, 8)])


def of_one_movement(cast):
    """Eight parts of 6.00 of one movement of 10.00, for two documents that have room for all of them."""
    (movement,) = brought(cast, 1)
    documents = [owed(cast, 1), owed(cast, 2)]
    return raced([taking(cast, movement, documents[n % 2], Money(600)) for n in range(8)])


def test_matches_made_at_once_never_exceed_the_document(cast):
    assert for_one_document(cast) == Money(2000)


def test_without_the_issuer_s_row_they_exceed_it(cast, monkeypatch):
    monkeypatch.setattr(transfers, "lock_rows", lambda *args: [])
    assert for_one_document(cast) > Money(2500)


def test_one_movement_is_never_for_more_than_it_brought(cast):
    assert of_one_movement(cast) == Money(600)


def test_without_the_lock_one_movement_is_for_more_than_it_brought(cast, monkeypatch):
    monkeypatch.setattr(transfers, "lock_rows", lambda *args: [])
    assert of_one_movement(cast) > Money(1000)


def of_one_credit(cast):
    """Eight parts of 6.00 of a credit of 10.00, for two documents that have room for all of them."""
    (movement,) = brought(cast, 1)
    credit = CustomerCredit.objects.create(
        issuer=cast.lead.issuer,
        movement=movement,
        person=cast.ada,
        amount=Money(1000),
        made_by=cast.franco,
        posted_on="2026-11-30",
    )
    documents = [owed(cast, 1), owed(cast, 2)]
    return raced(
        [lambda n=n: keeping_credit.use(cast.franco, credit, documents[n % 2], Money(600)) for n in range(8)]
    )


def test_one_credit_never_pays_more_than_there_is_of_it(cast):
    assert of_one_credit(cast) == Money(600)


def test_without_the_lock_one_credit_pays_more_than_there_is_of_it(cast, monkeypatch):
    monkeypatch.setattr(keeping_credit, "lock_rows", lambda *args: [])
    assert of_one_credit(cast) > Money(1000)


def kept_and_matched(cast):
    """One movement of 10.00, of which 2.00 paid a document: four keep the rest as credit, four pay another document."""
    (movement,) = brought(cast, 1)
    first, second = owed(cast, 1), owed(cast, 2)
    transfers.match(cast.franco, movement, first, Money(200))
    keeping = [lambda: keeping_credit.keep(cast.franco, movement.pk, None)] * 4
    answers = at_once([*keeping, *[taking(cast, movement, second, Money(800))] * 4])
    assert all(isinstance(a, Match | CustomerCredit | DomainError) for a in answers), answers
    return total(x.amount for rows in (Match, CustomerCredit) for x in rows.objects.all())


def test_what_is_left_of_a_movement_is_kept_once_or_matched(cast):
    assert kept_and_matched(cast) == Money(1000)


def test_without_the_lock_what_is_left_is_kept_several_times(cast, monkeypatch):
    for module in (keeping_credit, transfers):
        monkeypatch.setattr(module, "lock_rows", lambda *args: [])
    assert kept_and_matched(cast) > Money(1000)


def kept_of_a_dropped_order(cast, monkeypatch, patience=1):
    """Ten euro that were paid in part of an order that is not owed any more; who is told of it a second time is told while
    the first is about to keep them."""
    (movement,) = brought(cast, 1)
    order = Order.objects.create(person=cast.ada, total=Money(2500), state=Order.State.DROPPED)
    Match.objects.create(
        movement=movement,
        order=order,
        amount=Money(1000),
        made_by=cast.franco,
        posted_on="2026-11-30",
    )

    def square():
        paid_in_part.square(order.pk)

    assert in_turn(monkeypatch, paid_in_part, "open_day", square, square, patience) == [None, None]
    return total(credit.amount for credit in CustomerCredit.objects.all())


def test_what_was_paid_of_an_order_that_was_dropped_is_kept_once(cast, monkeypatch):
    assert kept_of_a_dropped_order(cast, monkeypatch) == Money(1000)


def test_without_the_lock_it_is_kept_twice(cast, monkeypatch):
    monkeypatch.setattr(paid_in_part, "lock_rows", lambda *args: [])
    assert kept_of_a_dropped_order(cast, monkeypatch, patience=20) == Money(2000)


def let_go_twice(cast, monkeypatch, patience=1):
    """How often the log says that one credit was let go, of two who let it go at once."""
    (movement,) = brought(cast, 1)
    credit = CustomerCredit.objects.create(
        issuer=cast.lead.issuer,
        movement=movement,
        person=cast.ada,
        amount=Money(1000),
        made_by=cast.franco,
        posted_on="2026-11-30",
    )

    AccountingMonth.objects.get_or_create(issuer=cast.lead.issuer, first_on="2026-11-01")

    def let_go():
        keeping_credit.let_go(cast.franco, credit.pk)

    assert in_turn(monkeypatch, keeping_credit, "record", let_go, let_go, patience) == [None, None]
    return LogEntry.objects.filter(act="credit-let-go").count()


def test_a_credit_is_let_go_once(cast, monkeypatch):
    assert let_go_twice(cast, monkeypatch) == 1


def test_without_the_lock_it_is_let_go_twice(cast, monkeypatch):
    monkeypatch.setattr(keeping_credit, "lock_rows", lambda *args: [])
    assert let_go_twice(cast, monkeypatch, patience=20) == 2
