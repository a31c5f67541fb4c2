"""Money comes or goes as its month closes: the closing waits for it, and the journal says then what it says later."""

from datetime import date

import pytest

from billing import states
from billing.books import journal, months, squaring
from billing.models import AccountingMonth, DeskPayment, Payment, Refund
from billing.paying import desk_payments, payments, refunds
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core.money import Money
from tests.billing.sales import book, give_back, sell
from tests.cast import rome
from tests.races.conftest import in_turn
from tests.races.test_matches import owed

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
NOVEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def last_day(cast, at, monkeypatch):
    """The last morning of a month, which may be closed all the same."""
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    monkeypatch.setattr(months, "wrong_with", lambda square, at: None)
    monkeypatch.setattr(squaring, "findings", lambda *args: [])
    AccountingMonth.objects.get_or_create(issuer=cast.lead.issuer, first_on=NOVEMBER[0])


def told(cast):
    return list(journal.postings(cast.lead.issuer, *NOVEMBER))


def same_when_closed(cast, monkeypatch, module, name, act, patience=1):
    """Whether the journal of the month that closes once the act has called this function says then what it says later."""

    def close():
        months.close(cast.franco, cast.lead.issuer.pk, NOVEMBER[0])
        return told(cast)

    done, said = in_turn(monkeypatch, module, name, act, close, patience)
    assert not isinstance(done, Exception), done
    assert isinstance(said, list), said
    return said == told(cast)


def at_the_desk(cast, monkeypatch, patience=1):
    document = owed(cast, 1)

    def pay():
        return desk_payments.pay_document(cast.franco, cast.lead.issuer, document, "cash", Money(500))

    same = same_when_closed(cast, monkeypatch, desk_payments, "record", pay, patience)
    assert DeskPayment.objects.get().amount == Money(500)
    return same


def test_a_month_that_closes_waits_for_what_is_paid_at_the_desk(cast, last_day, monkeypatch):
    assert at_the_desk(cast, monkeypatch)


def test_without_the_shared_row_what_is_paid_at_the_desk_slips_into_a_closed_month(
    cast, last_day, monkeypatch
):
    monkeypatch.setattr(desk_payments, "open_day", lambda issuer, day: day)
    assert not at_the_desk(cast, monkeypatch, patience=20)


def by_card(cast, monkeypatch, patience=1):
    booking = book(cast.ada, cast.laser, rome("2026-12-05 10:00"))
    paid = checkout(cast.ada, quote(cast.ada, [booking], None).pk, "card").order.payments.get().pk

    def settle():
        payments.settle(paid)

    same = same_when_closed(cast, monkeypatch, payments, "_captured_at", settle, patience)
    assert Payment.objects.get(pk=paid).state == "captured"
    return same


def test_a_month_that_closes_waits_for_what_is_paid_by_card(cast, last_day, monkeypatch):
    assert by_card(cast, monkeypatch)


def test_without_the_shared_row_what_is_paid_by_card_slips_into_a_closed_month(cast, last_day, monkeypatch):
    monkeypatch.setattr(payments, "open_day_of", lambda payment, day: day)
    assert not by_card(cast, monkeypatch, patience=20)


def given_back(cast, monkeypatch, patience=1):
    booking = book(cast.ada, cast.laser, rome("2026-12-05 10:00"))
    refund = give_back(booking, sell(cast.ada, booking), 500)
    same = same_when_closed(
        cast, monkeypatch, states, "move", lambda: refunds._done(refund.pk, "re_1"), patience
    )
    assert Refund.objects.get().state == "done"
    return same


def test_a_month_that_closes_waits_for_what_the_gateway_gave_back(cast, last_day, monkeypatch):
    assert given_back(cast, monkeypatch)


def test_without_the_shared_row_what_the_gateway_gave_back_slips_into_a_closed_month(
    cast, last_day, monkeypatch
):
    monkeypatch.setattr(refunds, "open_day_of", lambda payment, day: day)
    assert not given_back(cast, monkeypatch, patience=20)
