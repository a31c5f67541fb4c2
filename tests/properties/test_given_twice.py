"""Any order of refunds, disputes won and lost, and what is paid again: the journal, the customer's account, the debts and
what does not square say the same, to the cent, after every step."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import time_machine

from billing.books import journal, movements
from billing.gateways.statement import ToldDispute
from billing.models import Account, Dispute, Document, Issuer, OrderLine, Payment, Refund
from billing.paying import desk_payments, goodwill, refunds, repaying
from billing.paying.debts import debts, with_left
from billing.paying.given_twice import given_twice
from billing.reconciling import at_the_gateway
from billing.reconciling.disputes import note
from booking.models import Booking
from core.clock import now
from core.errors import DomainError, RefundTooLarge
from core.ids import uuid7
from core.locks import act
from core.money import ZERO, Money, total
from tests.billing.sales import book, sell
from tests.cast import Cast, rome

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
R = Account.Role
YEARS = (date(2026, 1, 1), date(2028, 1, 1))
AT, START = "2026-11-02 09:00", "2026-12-03 08:00"
CARTS, STEPS = 4, 22


def customers(issuer: Issuer) -> tuple[Money, Money]:
    """What the journal says that customers owe, and what was lost on disputes."""
    found = {R.CUSTOMERS: ZERO, R.LOSSES: ZERO}
    for posting in journal.postings(issuer, *YEARS):
        assert total(line.amount for line in posting.lines) == ZERO, posting
        for role, money in posting.lines:
            if role in found:
                found[R(role)] += money
    return found[R.CUSTOMERS], found[R.LOSSES]


def to_give(payment: Payment) -> Money:
    """What of the refunds that wait may be given: tried on each, and nothing of it kept."""
    waiting = total(payment.refunds.exclude(state=Refund.State.DONE).values_list("amount", flat=True))
    try:
        repaying._is_there(Refund(pk=uuid7(), payment=payment, amount=waiting))
    except RefundTooLarge as error:
        return Money(error.data["left"].cents)
    return waiting


def say_the_same(cast: Cast, issuer: Issuer, payments: list[Payment], *, alone: bool) -> None:
    owed, lost = customers(issuer)
    assert movements.account(issuer, cast.ada, *YEARS).closing == owed
    open_ = total(debt.open for debt in debts(issuer))
    if alone:
        assert owed == open_ - total(to_give(payment) for payment in payments)
    twice = given_twice(issuer)
    assert lost == total(one.amount for one in twice)
    told = [f for f in at_the_gateway.findings(issuer, *YEARS) if f.code == "given-back-twice"]
    assert total(f.off for f in told if f.off) == lost
    for document in with_left(Document.objects.filter(issuer=issuer)):
        assert document.left <= document.due


def step(cast: Cast, chance: Random, payment: Payment, n: int) -> str:
    """One thing that may happen to a payment; which is said."""
    payment.refresh_from_db()
    booking = Booking.objects.get(order_lines__order=payment.order_id, order_lines__position=1)
    kinds = ["refund", "refund", "give", "dispute", "dispute", "decide", "decide", "again", "without_note"]
    name = chance.choice(kinds)
    disputes = list(Dispute.objects.filter(payment=payment))
    if name in ("refund", "without_note"):
        most = payment.amount - payment.refunded
        asked = Money(chance.choice([most.cents, chance.randint(1, max(1, most.cents))]))
        if name == "refund":
            act(refunds.give_back)(None, booking, payment, asked, "asked")
        elif asked:
            goodwill.give(cast.franco, payment.pk, asked, "Scuse", without_note=True)
    elif name == "give":
        waiting = payment.refunds.exclude(state=Refund.State.DONE).order_by("pk")[:1]
        for refund in waiting:
            repaying.give(cast.gina, refund.pk, "cash", now().date())
    elif name == "dispute" and len(disputes) < 2:
        amount = Money(chance.choice([payment.amount.cents, chance.randint(1, payment.amount.cents)]))
        said(f"dp_{payment.pk}_{n}", payment, amount, "needs_response")
    elif name == "decide":
        for d in [d for d in disputes if d.state == "open"][:1]:
            said(d.ref, payment, d.amount, chance.choice(["won", "lost", "lost"]))
    elif name == "again":
        for document in with_left(Document.objects.filter(payment=payment)).filter(left__gt=0)[:1]:
            open_: Money = document.left
            part = chance.choice([open_, Money(chance.randint(1, open_.cents))])
            desk_payments.pay_document(cast.gina, document.issuer, document, "cash", part)
    return name


def said(ref: str, payment: Payment, amount: Money, state: str) -> None:
    note("stripe", ToldDispute(ref, payment.payment_ref, amount, "fraudulent", state, now(), None))


def told_by_its_bank(payment: Payment, chance: Random) -> Payment:
    """As if it had come by card; what goes back of it goes by hand, so that each step is somebody's."""
    method = chance.choice(["cash", "cash", "transfer"])
    Payment.objects.filter(pk=payment.pk).update(payment_ref=f"pi_{payment.pk}", method=method)
    payment.refresh_from_db()
    return payment


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch: Any) -> None:
    # Every sale is old enough to be given back without a credit note, and may be credited all the same.
    monkeypatch.setattr(goodwill, "_may_be", lambda *told: None)
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(rome(AT), tick=False) as held:
        yield held


def lived(cast: Cast, chance: Random, clock: Any, payments: list[Payment], *issuers: Issuer) -> list[str]:
    happened = []
    for n in range(STEPS):
        clock.shift(timedelta(minutes=37))
        payment = chance.choice(payments)
        try:
            happened.append(step(cast, chance, payment, n))
        except DomainError as error:
            happened.append(error.code)
        for issuer in issuers:
            say_the_same(cast, issuer, payments, alone=len(issuers) == 1)
    return happened


@pytest.mark.parametrize("seed", range(6))
def test_whatever_came_back_in_whatever_order_all_books_say_the_same(cast, clock, seed):
    chance = Random(seed)
    _ = cast.gina, cast.franco
    start = rome(START)
    payments = [
        told_by_its_bank(sell(cast.ada, book(cast.ada, cast.room, start + timedelta(days=n))), chance)
        for n in range(CARTS)
    ]
    happened = lived(cast, chance, clock, payments, cast.lead.issuer)
    assert {"refund", "dispute", "decide"} <= set(happened)


@pytest.mark.parametrize("seed", range(3))
def test_of_a_cart_of_two_issuers_each_one_s_books_say_the_same(cast, clock, seed, monkeypatch):
    chance = Random(100 + seed)
    _ = cast.gina, cast.franco
    made = OrderLine.objects.bulk_create

    def shared(lines: Any, *told: Any, **more: Any) -> Any:
        (line,) = lines
        theirs = copy(line)
        theirs.pk, theirs.position, theirs.issuer = uuid7(), 2, cast.member.issuer
        line.gross, theirs.gross = line.gross.split([60, 40])
        return made([line, theirs], *told, **more)

    start = rome(START)
    with monkeypatch.context() as patch:
        patch.setattr(OrderLine.objects, "bulk_create", shared)
        payments = [
            told_by_its_bank(sell(cast.ada, book(cast.ada, cast.room, start + timedelta(days=n))), chance)
            for n in range(2)
        ]
    lived(cast, chance, clock, payments, cast.lead.issuer, cast.member.issuer)


def test_a_dispute_beyond_what_a_refund_left_is_lost_and_told(cast, clock):
    """18.30 paid, 5.00 given back, and the bank takes 18.30: 13.30 is to be paid again, and 5.00 is gone."""
    _ = cast.gina
    payment = told_by_its_bank(sell(cast.ada, book(cast.ada, cast.room, rome(START))), Random(1))
    booking = Booking.objects.get(order_lines__order=payment.order_id)
    made = act(refunds.give_back)(None, booking, payment, Money(500), "asked")
    assert made is not None
    repaying.give(cast.gina, made.pk, "cash", now().date())
    said("dp_1", payment, payment.amount, "lost")
    issuer = cast.lead.issuer
    assert customers(issuer) == (Money(1330), Money(500))
    assert [debt.open for debt in debts(issuer)] == [Money(1330)]
    rows = movements.account(issuer, cast.ada, *YEARS).rows
    told = {m.kind: m.amount.cents for m, _ in rows}
    assert (told["returned"], told["refund"], told["given_twice"]) == (1830, 500, -500)
    (finding,) = [f for f in at_the_gateway.findings(issuer, *YEARS) if f.code == "given-back-twice"]
    assert (finding.off, finding.stops) == (Money(500), False)


def test_what_was_paid_again_may_be_given_back_as_far_as_it_is_too_much(cast, clock):
    """All taken back by the bank and paid again at the desk; then 5.00 of the price are given up."""
    _ = cast.gina
    payment = told_by_its_bank(sell(cast.ada, book(cast.ada, cast.room, rome(START))), Random(1))
    said("dp_1", payment, payment.amount, "lost")
    document = Document.objects.get()
    desk_payments.pay_document(cast.gina, document.issuer, document, "cash", Money(1830))
    booking = Booking.objects.get(order_lines__order=payment.order_id)
    made = act(refunds.give_back)(None, booking, payment, Money(500), "asked")
    assert customers(cast.lead.issuer) == (Money(-500), ZERO)
    clock.shift(timedelta(minutes=5))
    assert made is not None
    repaying.give(cast.gina, made.pk, "cash", now().date())
    assert customers(cast.lead.issuer) == (ZERO, ZERO)
