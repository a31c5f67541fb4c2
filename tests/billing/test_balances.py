"""What each account comes to is what all postings come to, on either side, however it is added up."""

from __future__ import annotations

from copy import copy
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from billing.books import journal
from billing.books.balances import balances
from billing.models import BankStatement, Document, Entry, Match, Movement, Payment, Refund
from core.ids import uuid7
from core.money import Money
from tests.billing.sales import book, give_back, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = (date(2026, 11, 1), date(2026, 12, 1))
MANY = 60


def added_up(issuer):
    """The same, posting by posting."""
    accounts = journal.accounts_of(issuer)
    found: dict[tuple[str, str], list[int]] = {}
    for posting in journal.postings(issuer, *MONTH):
        for role, money in posting.lines:
            sides = found.setdefault(accounts[role], [0, 0])
            sides[money.cents < 0] += abs(money.cents)
    return {account: tuple(sides) for account, sides in found.items()}


def told(issuer):
    return {(row[0], row[1]): (row[2].cents, row[3].cents) for row in balances(issuer, *MONTH).rows}


def anew(row, **more):
    made = copy(row)
    made.pk, made._state = uuid7(), copy(row._state)
    made._state.adding = True
    for name, value in more.items():
        setattr(made, name, value)
    return made


def plant(cast, chance):
    """Documents, payments and refunds of any amounts, on either side of nothing, some of them others' in part."""
    booked = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    payment = sell(cast.ada, booked)
    refund = give_back(booked, payment, 500)
    paper, entry = Document.objects.filter(kind="invoice").get(), Entry.objects.filter(kind="sale")[0]
    Refund.objects.filter(pk=refund.pk).update(state="done", done_at=payment.captured_at)
    refund.refresh_from_db()

    def some():
        return Money(chance.choice([0, chance.randint(-9_999, 9_999), chance.randint(1, 99_999)]))

    def moment():
        return datetime(2026, 10, 31, 12, tzinfo=ZoneInfo("Europe/Rome")) + timedelta(
            days=chance.randint(0, 31)
        )

    Document.objects.bulk_create(
        anew(
            paper, ordinal=n + 100, number=f"FE-{n}", order=None, payment=None, issued_on=moment().date(),
            kind=chance.choice(["invoice", "credit_note", "receipt"]), split=chance.random() < 0.3,
            net=some(), vat=some(), gross=some(), due=some(), stamp=some(),
        )
        for n in range(MANY)
    )  # fmt: skip
    payments = [
        anew(
            payment, amount=Money(chance.randint(0, 99_999)), fee=some(), refunded=Money(0), captured_at=moment(), payment_ref=f"p{n}",
            method=chance.choice(["card", "sepa", "cash", "pos", "transfer", "account"]), session_ref="",
            state=chance.choice(["captured", "captured", "captured", "failed"]),
        )
        for n in range(MANY)
    ]  # fmt: skip
    Payment.objects.bulk_create(payments)
    refunds = [
        anew(
            refund, payment=chance.choice(payments), amount=Money(chance.randint(1, 9_999)), done_at=moment(), refund_ref=f"r{n}",
            method=chance.choice(["card", "cash", "transfer"]), state=chance.choice(["done", "done", "due"]),
        )
        for n in range(MANY)
    ]  # fmt: skip
    Refund.objects.bulk_create(refunds)
    theirs = {"issuer": cast.member.issuer, "partner": cast.member, "document": None, "refund": None}
    Entry.objects.bulk_create(
        [
            *(anew(entry, **theirs, payment=p, gross=some()) for p in chance.sample(payments, 20) for _ in range(2)),
            *(
                anew(entry, **theirs | {"refund": r}, kind="refund", payment=r.payment, gross=some())
                for r in chance.sample(refunds, 20)
            ),
        ]
    )  # fmt: skip
    issuer = cast.lead.issuer
    read = BankStatement.objects.create(issuer=issuer, name="x", sha256="0", uploaded_by=cast.franco)
    movement = Movement.objects.create(
        issuer=issuer, statement=read, key="k", booked_on=MONTH[0], posted_on=MONTH[0], amount=Money(100_000)
    )
    Match.objects.bulk_create(
        Match(
            movement=movement, order=p.order, payment=p, amount=Money(1), made_by=cast.franco, posted_on=MONTH[0]
        )
        for p in chance.sample(payments, 15)
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_the_accounts_come_to_what_every_posting_comes_to(cast, seed):
    plant(cast, Random(seed))
    for issuer in (cast.lead.issuer, cast.member.issuer):
        assert told(issuer) == added_up(issuer)
    assert len(told(cast.lead.issuer)) >= 10


def test_the_accounts_cost_the_same_for_few_documents_or_many(cast, queries):
    plant(cast, Random(1))
    with queries(21):
        balances(cast.lead.issuer, *MONTH)
