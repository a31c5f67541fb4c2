"""What the bank brought: kept once in however many files, matched to what is owed, booked when somebody says so.

A proposal rests on a reference in the reason, a document's number, or amount and name together; none is booked by
itself. What is left of a movement stays the customer's, and is shown.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from billing.models import (
    BankStatement,
    CustomerCredit,
    Document,
    Issuer,
    Match,
    Movement,
    Order,
    Payment,
    Payout,
    Refund,
)
from billing.papers.freeze import free_day_of, open_day
from billing.papers.references import reference, references_in
from billing.papers.registers import cents
from billing.paying import bank_formats, customer_credit, payments, repaying
from billing.paying.bank_formats import Told
from billing.paying.debts import (
    Debt,
    awaited_payouts,
    debts,
    of_document,
    of_order,
    of_payout,
    open_documents,
    owed_orders,
    sum_of,
)
from core import outbox
from core.audit import record
from core.errors import IllegalMove, Invalid, MatchTooLarge, Missing, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from core.money import Money
from people.models import Person

PAYOUT_WITHIN = timedelta(days=10)
REFERENCE, NUMBER, NAME = "reference", "number", "amount-and-name"


# -- in --------------------------------------------------------------------------------------------------


def upload(by: Person, issuer: Issuer, name: str, content: bytes) -> BankStatement:
    """The file's movements are there, each once, whatever files brought it before.

    Raises Invalid for what cannot be read, or is of another account than the issuer's.
    """
    account, told, skipped = bank_formats.movements(content)
    if account and issuer.iban and account.replace(" ", "") != issuer.iban.replace(" ", ""):
        raise Invalid(pointers=[Pointer("/file", "another-account", account)])
    return _keep(by, issuer, name, content, told, skipped)


@act
def _keep(
    by: Person, issuer: Issuer, name: str, content: bytes, told: Sequence[Told], skipped: int
) -> BankStatement:
    digest = hashlib.sha256(content).hexdigest()
    if (known := BankStatement.objects.filter(issuer=issuer, sha256=digest).first()) is not None:
        return known
    made = BankStatement.objects.create(
        issuer=issuer,
        name=name[:200],
        sha256=digest,
        uploaded_by=by,
        movements_read=len(told),
        rows_skipped=skipped,
    )
    # The books of a closed month are not touched: what the bank tells of it later is of the first open day.
    closed = {day: open_day(issuer, day) for day in sorted({t.booked_on.replace(day=1) for t in told})}
    rows = [
        Movement(
            issuer=issuer, statement=made, key=key, booked_on=t.booked_on,
            posted_on=max(t.booked_on, closed[t.booked_on.replace(day=1)]), amount=t.amount, name=t.name,
            iban=t.iban, reason=t.reason,
        )
        for key, t in _keyed(told)
    ]  # fmt: skip
    Movement.objects.bulk_create(rows, ignore_conflicts=True)
    record(by, "bank-statement", made, movements=len(told))
    return made


def _keyed(told: Iterable[Told]) -> Iterable[tuple[str, Told]]:
    """Each movement's key: what it says, and which of those of its day that say the same it is."""
    seen: Counter[str] = Counter()
    for t in told:
        words = re.sub(r"[^0-9A-Z]", "", f"{t.iban or t.name}{t.reason}".upper())
        plain = f"{t.booked_on}|{t.amount.cents}|{words}"
        seen[plain] += 1
        yield hashlib.sha256(f"{plain}|{seen[plain]}".encode()).hexdigest(), t


# -- what they may be for --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """A debt that a movement may pay, how much of it, and what makes us think so."""

    debt: Debt | Refund | CustomerCredit
    amount: Money
    why: str


def with_used(rows: QuerySet[Movement]) -> QuerySet[Any]:
    """Movements with what of each is for something already."""
    matched = sum_of(Match.objects.all(), "movement", "amount")
    return rows.annotate(used=matched + sum_of(CustomerCredit.objects.all(), "movement", "amount"))


def left_of(movement: Any) -> Money:
    """What of a movement is for nothing yet, whether it came in or went out."""
    left: Money = Money(abs(movement.amount.cents)) - cents(movement.used)
    return left


def proposals(issuer: Issuer, movements: Sequence[Any]) -> dict[UUID, list[Proposal]]:
    """For each movement what it may pay, or which payout it may be, the surest first; three statements for any number."""
    free = [m for m in movements if left_of(m).cents > 0 and not m.set_aside]
    wanted = [m for m in free if m.amount.cents > 0]
    went = _given_back_by(issuer, [m for m in free if m.amount.cents < 0])
    if not wanted:
        return went
    open_ = [*debts(issuer), *(of_payout(p) for p in awaited_payouts(issuer).order_by("arrives_on", "pk"))]
    by_reference = {reference(debt.thing): debt for debt in open_ if debt.payout is None}
    by_amount: dict[int, list[Debt]] = defaultdict(list)
    for debt in open_:
        by_amount[debt.open.cents].append(debt)
    numbered = [(_words(debt.label), debt) for debt in open_ if debt.document or debt.payout]
    return went | {m.pk: _proposed(m, by_reference, numbered, by_amount) for m in wanted}


def _given_back_by(issuer: Issuer, movements: Sequence[Any]) -> dict[UUID, list[Proposal]]:
    """For each movement that went out the refunds and credits it may be: of that sum, by reference, account or name."""
    if not movements:
        return {}
    refunds = [
        (r, r.amount, r.iban, repaying.name_of(r)) for r in repaying.awaited(issuer).order_by("made_at", "pk")
    ]
    credits = [
        (c, customer_credit.left_of(c), c.movement.iban if c.movement else "", c.payer.name)
        for c in customer_credit.open_credits(issuer).order_by("made_at", "pk")
    ]
    found: dict[UUID, list[Proposal]] = {}
    for m in movements:
        named = set(references_in(m.reason))
        rows = []
        for thing, amount, iban, name in (*refunds, *credits):
            if amount != -m.amount:
                continue
            if reference(thing.pk) in named:
                rows.append(Proposal(thing, amount, REFERENCE))
            elif (iban and iban == m.iban) or _same_name(m.name, name):
                rows.append(Proposal(thing, amount, NAME))
        found[m.pk] = sorted(rows, key=lambda row: row.why != REFERENCE)[:5]
    return found


def _proposed(
    movement: Any,
    by_reference: dict[str, Debt],
    numbered: Sequence[tuple[str, Debt]],
    by_amount: dict[int, list[Debt]],
) -> list[Proposal]:
    left = left_of(movement)
    found: dict[UUID, Proposal] = {}
    reason = f" {_words(movement.reason)} "
    sure = [(by_reference[c], REFERENCE) for c in sorted(references_in(movement.reason)) if c in by_reference]
    sure += [(debt, NUMBER) for words, debt in numbered if f" {words} " in reason]
    likely = [(debt, NAME) for debt in by_amount.get(left.cents, []) if _is_from(movement, debt)]
    for debt, why in [*sure, *likely]:
        found.setdefault(debt.thing, Proposal(debt, min(left, debt.open), why))
    return list(found.values())[:5]


def _is_from(movement: Any, debt: Debt) -> bool:
    """Whether the movement's name is the debtor's; a payout may be known by its reason, about when it is to arrive."""
    if debt.payout is None:
        return _same_name(movement.name, debt.name)
    near = abs(movement.booked_on - debt.due_on) <= PAYOUT_WITHIN
    return near and _words(debt.name) in _words(f"{movement.name} {movement.reason}").split()


def _words(text: str) -> str:
    return re.sub(r"[^0-9A-Z]+", " ", text.upper()).strip()


def _same_name(one: str, other: str) -> bool:
    """Whether the shorter of two names is in the longer, word by word."""
    a, b = ({w for w in _words(text).split() if len(w) > 2} for text in (one, other))
    return bool(a & b) and (a <= b or b <= a)


# -- matched ---------------------------------------------------------------------------------------------


Thing = Document | Order | Payout | Refund | CustomerCredit


def match(by: Person, movement: Movement, thing: Thing, amount: Money) -> Match:
    """So much of the movement was for this, or is this payout or refund; an order that is paid whole is settled, and
    its document follows.

    Raises MatchTooLarge if it is more than either has left, IllegalMove if nothing is owed, Missing if it is
    another issuer's.
    """
    made = _match(by, movement.pk, thing, amount)
    if made.payment_id is not None:
        payments.settle(made.payment_id)
    return made


@patient_act
def _match(by: Person, movement_id: UUID, thing: Thing, amount: Money) -> Match:
    seen = Movement.objects.select_related("issuer").get(pk=movement_id)
    if isinstance(thing, Document | Payout | CustomerCredit) and thing.issuer_id != seen.issuer_id:
        raise Missing
    if isinstance(thing, Order):
        lock_rows(Locks.ORDERS, Order, [thing.pk])
    if isinstance(thing, Refund):
        lock_rows(Locks.PAYMENTS, Payment, [thing.payment_id])
    # A movement is money that came in: it queues with the payments.
    lock_rows(Locks.PAYMENTS, Movement, [movement_id])
    # Two movements may be for one document, which nobody may lock: an issuer's matches are made one at a time.
    lock_rows(Locks.MONTH, Issuer, [seen.issuer_id])
    movement = with_used(Movement.objects.filter(pk=movement_id)).get()
    if (movement.amount.cents < 0) != isinstance(thing, Refund | CustomerCredit):
        raise Missing
    most = min(left_of(movement), open_of(seen.issuer, thing))
    if amount > most:
        raise MatchTooLarge(left=str(most), data={"left": most})
    day = books_day(seen.issuer, thing if isinstance(thing, Document) else None, movement.posted_on)
    if isinstance(thing, CustomerCredit):
        day = max(day, thing.posted_on)  # nothing is given back before it was there
    made = Match(movement_id=movement_id, amount=amount, made_by=by, posted_on=day)
    book(by, made, seen.issuer, thing)
    if made.refund is not None:
        repaying.seen_leaving(by, made.refund, movement)
    return made


def book(by: Person, made: Match, issuer: Issuer, thing: Thing) -> Match:
    """Inside an act that holds the issuer: the match is for this thing; an order of which nothing is open any more has
    its payment, and is to be settled."""
    if isinstance(thing, Document):
        made.document = thing
    elif isinstance(thing, Payout):
        made.payout = thing
    elif isinstance(thing, Refund):
        made.refund = repaying.awaited(issuer).get(pk=thing.pk)
        made.gave = made.refund.state != Refund.State.DONE
    elif isinstance(thing, CustomerCredit):
        made.credit = thing
    else:
        made.order = thing
    made.save(force_insert=True)
    if isinstance(thing, Order) and not _open_after(issuer, thing):
        made.payment = pay(thing)
    record(by, "match", made)
    return made


def pay(order: Order) -> Payment:
    """Inside an act that holds its issuer: the order has the payment that its matches are, and is to be settled."""
    # Its row is there before the settling, which is an act of its own and may have to be done by the worker.
    made = payments.new_payment(order, "transfer")
    Match.objects.filter(order=order, payment=None).update(payment=made)
    outbox.put("billing.settle_transfer", {"payment": str(made.pk)}, key=f"transfer:{made.pk}")
    return made


def books_day(issuer: Issuer, document: Document | None, day: date) -> date:
    """That day, or the first one after it that is open. What is paid again, after a bank took the first payment back,
    partners divide by this day: it stands in no month of which they were shown a settlement."""
    again = document.payment if document is not None else None
    return open_day(issuer, day) if again is None else free_day_of(again, open_day(issuer, day))


def open_of(issuer: Issuer, thing: Thing) -> Money:
    """What is open of it now. Raises IllegalMove if nothing is, Missing if others collect it."""
    if isinstance(thing, Order):
        found = owed_orders(issuer).filter(pk=thing.pk).first()
        open_ = of_order(found).open if found else Money(0)
    elif isinstance(thing, Refund):
        waits = repaying.awaited(issuer).filter(pk=thing.pk).first()
        open_ = waits.amount if waits else Money(0)
    elif isinstance(thing, CustomerCredit):
        credit = customer_credit.open_credits(issuer).filter(pk=thing.pk).first()
        open_ = customer_credit.left_of(credit) if credit else Money(0)
    elif isinstance(thing, Payout):
        awaited = awaited_payouts(issuer).filter(pk=thing.pk).first()
        open_ = of_payout(awaited).open if awaited else Money(0)
    else:
        document = open_documents(issuer).filter(pk=thing.pk).first()
        open_ = of_document(document).open if document else Money(0)
    if not open_:
        raise IllegalMove(state=Order.State.PAID.label, data={"state": "paid"})
    return open_


def _open_after(issuer: Issuer, order: Order) -> Money:
    found = owed_orders(issuer).get(pk=order.pk)
    return of_order(found).open


@outbox.handler("billing.settle_transfer")
def settle_transfer(payload: dict[str, Any]) -> None:
    payments.settle(UUID(payload["payment"]))


@act
def set_aside(by: Person, movement_id: UUID, why: str) -> Movement:
    """The movement is nobody's payment, and why; with "" it is looked at again."""
    lock_rows(Locks.PAYMENTS, Movement, [movement_id])
    found = Movement.objects.get(pk=movement_id)
    found.set_aside = why
    found.save(update_fields=["set_aside"])
    record(by, "set-aside", found)
    return found
