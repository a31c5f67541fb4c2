"""A credit pays one of the orders that are checked out with it at once, or what the office uses it for: never both."""

from threading import Barrier

import pytest

from billing.models import Match, Order
from billing.paying import checkout, keeping_credit, paying_by_credit, transfers
from billing.quoting.quotes import quote
from core.errors import CreditTooSmall, DomainError
from core.money import Money, total
from tests.billing.sales import book
from tests.billing.test_paying_by_credit import HOUR, credit
from tests.cast import rome
from tests.races.conftest import at_once
from tests.races.test_matches import owed

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
HOUR_AT = "2026-12-01 10:00"


def paying(cast, resource):
    """Ada checks out an hour of this with her credit."""
    offered = quote(cast.ada, [book(cast.ada, resource, rome(HOUR_AT))], None)
    assert offered.total == Money(HOUR)
    return lambda: checkout.checkout(cast.ada, offered.pk, "credit")


def used():
    return total(match.amount for match in Match.objects.all())


def test_one_credit_pays_one_of_several_orders_and_the_others_are_refused_whole(cast):
    credit(cast, cast.ada, HOUR)
    answers = at_once([paying(cast, thing) for thing in (cast.laser, cast.room, cast.other_room)])
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(error) for error in refused] == [CreditTooSmall] * 2, answers
    assert used() == Money(HOUR)
    assert Order.objects.get().state == Order.State.PAID


def test_what_the_office_uses_meanwhile_pays_no_order(cast):
    mine, document = credit(cast, cast.ada, HOUR), owed(cast, 1)
    using = [lambda: keeping_credit.use(cast.franco, mine, document, Money(HOUR))] * 2
    answers = at_once([*using, paying(cast, cast.laser), paying(cast, cast.room)])
    assert sum(isinstance(answer, DomainError) for answer in answers) == 3, answers
    assert used() == Money(HOUR)


def test_without_the_issuer_s_row_one_credit_pays_two(cast, monkeypatch):
    """The twin: both have read what is left before either writes."""
    credit(cast, cast.ada, HOUR)
    both, look = Barrier(2), transfers.open_of

    def seen(issuer, thing):
        found = look(issuer, thing)
        both.wait(timeout=20)
        return found

    monkeypatch.setattr(paying_by_credit, "lock_rows", lambda *args: [])
    monkeypatch.setattr(transfers, "open_of", seen)
    at_once([paying(cast, thing) for thing in (cast.room, cast.other_room)])
    assert used() == Money(2 * HOUR)
