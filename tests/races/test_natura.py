"""An invoice's natura is mended while a credit note takes it back: one of them happens, and no natura is left below nothing.
While it is given back, or its month closes, they wait for one another."""

from datetime import date
from functools import partial

import pytest
from django.db.models import BigIntegerField, Case, F, Sum, When

from billing.api.wishes import NewDocument, wish_of
from billing.books import months, squaring, vat_register
from billing.models import AccountingMonth, Document, DocumentRate, Refund
from billing.papers import issuing, natura, reissuing
from billing.paying import goodwill
from core.errors import IllegalMove, RefundTooLarge
from core.ids import decode
from core.money import Money
from people.roles import standing
from tests.api import client
from tests.billing.conftest import alfa, ask, office
from tests.billing.office import issued
from tests.billing.test_natura import N4, N22, reject, sold
from tests.races.conftest import at_once, in_turn

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
__all__ = ["alfa", "ask", "office"]


def race(cast, office, ask):
    """Both at once, of an invoice that was rejected; what became of each."""
    made = issued(office, ask(lines=[N4]))
    reject(office)
    told = NewDocument(data=ask(kind="credit_note", type="TD04", corrects_id=made["id"], lines=[N4]))
    told.is_valid(raise_exception=True)
    wish = wish_of(told.validated_data, standing(cast.franco))
    anew = {"rates": [{"place": 0, "natura": "N2.2", "legal_text": N22}]}
    return at_once(
        [
            lambda: reissuing.reissue(cast.franco, decode("doc", made["id"]), anew),
            lambda: issuing._issue(cast.franco, wish),
        ]
    )


def least():
    """What is left at the natura that has least, credits taken off."""
    signed = Case(
        When(document__kind="credit_note", then=-F("net")), default=F("net"), output_field=BigIntegerField()
    )
    rows = DocumentRate.objects.values("natura").annotate(left=Sum(signed))
    return min(row["left"] for row in rows)


def test_it_is_mended_or_credited(cast, office, ask):
    for _ in range(4):
        answers = race(cast, office, ask)
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert len(refused) == 1, answers
        assert isinstance(refused[0], IllegalMove | RefundTooLarge), answers
    assert least() >= 0


def test_without_the_queue_what_is_no_longer_there_is_credited(cast, office, ask, monkeypatch):
    monkeypatch.setattr(natura, "queue_to_credit", lambda corrected: None)
    for _ in range(8):
        race(cast, office, ask)
        if least() < 0:
            return
    pytest.fail("never both")


ANEW = {"rates": [{"place": 0, "natura": "N2.2", "legal_text": N22}]}


def closed_meanwhile(cast, office, ask, monkeypatch, patience=1):
    """Whether the register of a month that closes while a natura of it is mended says then what it says later."""
    monkeypatch.setattr(months, "wrong_with", lambda square, at: None)
    monkeypatch.setattr(squaring, "findings", lambda *args: [])
    made, issuer = issued(office, ask(lines=[N4])), cast.lead.issuer
    reject(office)
    month, until = date(2026, 10, 1), date(2026, 11, 1)
    AccountingMonth.objects.get_or_create(issuer=issuer, first_on=month)
    mend = partial(reissuing.reissue, cast.franco, decode("doc", made["id"]), ANEW)

    def said():
        return list(vat_register.by_rate(issuer, month, until).rows)

    def close():
        months.close(cast.franco, issuer.pk, month)
        return said()

    answers = in_turn(monkeypatch, natura, "heed", mend, close, patience)
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    return answers[1] == said()


def test_a_month_that_closes_waits_for_the_natura_that_is_mended(cast, office, ask, monkeypatch):
    assert closed_meanwhile(cast, office, ask, monkeypatch)


def test_without_the_shared_row_a_closed_month_says_another_natura(cast, office, ask, monkeypatch):
    monkeypatch.setattr(natura, "share_row", lambda order, model, pk: None)
    assert not closed_meanwhile(cast, office, ask, monkeypatch, patience=20)


def given_back_meanwhile(cast, at, monkeypatch, patience=1):
    """What became of a refund that knew the old natura, and of the mending of it."""
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    payment, document = sold(cast, at)
    reject(client(cast.franco))
    give = partial(goodwill.give, cast.franco, payment.pk, Money(500), "Guasto")
    mend = partial(reissuing.reissue, cast.franco, document.pk, ANEW)
    return in_turn(monkeypatch, goodwill, "_parts", give, mend, patience)


def test_what_is_given_back_meanwhile_is_credited_as_it_was_sold_and_not_mended(cast, at, monkeypatch):
    given, refused = given_back_meanwhile(cast, at, monkeypatch)
    assert isinstance(given, Refund)
    assert isinstance(refused, IllegalMove)


def test_without_the_payment_s_lock_it_is_not_given_back_for_another_natura(cast, at, monkeypatch):
    monkeypatch.setattr(natura, "lock_rows", lambda *args: [])
    given, mended = given_back_meanwhile(cast, at, monkeypatch, patience=20)
    assert isinstance(mended, Document)
    assert isinstance(given, Exception)
