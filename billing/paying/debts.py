"""Who owes what, since when: documents that are not paid, orders whose document follows their money; and what the
gateway sent and the bank has not brought yet.

What is open of a document is what is to be paid, less its credit notes and what the bank brought. Buckets as
accountants read them: not due, 1-30, 31-60, 61-90, over 90 days late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Least

from billing.models import (
    CustomerCredit,
    DeskPayment,
    Document,
    Issuer,
    Match,
    Order,
    OrderLine,
    Payout,
    Reminder,
)
from billing.papers.freeze import ITALY
from billing.papers.references import reference
from billing.papers.registers import cents, in_force, owed_again, without_note
from core.ids import encode
from core.money import Money
from core.periods import local_date
from core.tables import Column, Kind, Table
from core.words import Words
from people.models import Organisation, Person

BUCKETS = ("not_due", "1_30", "31_60", "61_90", "over_90")
BUCKET_WORDS = {
    "not_due": Words("non scaduto", "not due"),
    "1_30": Words("1–30 giorni", "1–30 days"),
    "31_60": Words("31–60 giorni", "31–60 days"),
    "61_90": Words("61–90 giorni", "61–90 days"),
    "over_90": Words("oltre 90 giorni", "over 90 days"),
}


def held_by(payer: Person | Organisation) -> Q:
    """What is this customer's, of documents, orders and credits: a person's own, or a body's."""
    return Q(organisation=payer) if isinstance(payer, Organisation) else Q(person=payer, organisation=None)


@dataclass(frozen=True, slots=True)
class Debt:
    """Something open: a document, an order or a payout, of whom, how much of how much, due when, last reminded when."""

    document: Document | None
    order: Order | None
    name: str
    payer: Person | Organisation | None
    person: Person | None
    due_on: date
    amount: Money
    open: Money
    reminded_on: date | None
    fees: Money
    payout: Payout | None = None

    @property
    def label(self) -> str:
        """The document's number, of a payout the gateway's reference, of an order the one by which it is to be paid."""
        if self.payout is not None:
            return self.payout.ref
        return self.document.number if self.document else reference(self.thing)

    @property
    def thing(self) -> UUID:
        found = self.document or self.order or self.payout
        assert found is not None
        return found.pk

    @property
    def public(self) -> str:
        return encode("pot" if self.payout else "doc" if self.document else "ord", self.thing)

    def late(self, today: date) -> int:
        return max((today - self.due_on).days, 0)


def bucket(days: int) -> str:
    """Where a debt so many days late stands."""
    for name, most in (("not_due", 0), ("1_30", 30), ("31_60", 60), ("61_90", 90)):
        if days <= most:
            return name
    return "over_90"


def _sum(rows: QuerySet[Any], column: str) -> Any:
    return Coalesce(Subquery(rows.order_by().values("x").annotate(s=Sum(column)).values("s")), Value(0))


def sum_of(rows: QuerySet[Any], of: str, column: str) -> Any:
    """What the column of these rows comes to by the row that they are `of`, nothing where there is none."""
    return _sum(rows.filter(**{of: OuterRef("pk")}).annotate(x=F(of)), column)


def open_documents(issuer: Issuer) -> QuerySet[Any]:
    """The issuer's invoices and receipts of which something is open, with `left` as cents."""
    return with_left(in_force(Document.objects.filter(issuer=issuer))).filter(left__gt=0)


def paid_documents(issuer: Issuer) -> QuerySet[Any]:
    """The issuer's invoices and receipts of which nothing is open."""
    return with_left(in_force(Document.objects.filter(issuer=issuer))).exclude(left__gt=0)


def with_left(rows: QuerySet[Document]) -> QuerySet[Any]:
    """Invoices and receipts with what is `left` to be paid of each, in cents: nothing of what was sold against a
    payment, unless the customer's bank took that back for good."""
    credits = in_force(Document.objects.filter(corrects=OuterRef("pk"))).annotate(x=F("corrects"))
    matched = Match.objects.filter(document=OuterRef("pk")).annotate(x=F("document"))
    at_desk = DeskPayment.objects.filter(document=OuterRef("pk")).annotate(x=F("document"))
    reminders = Reminder.objects.filter(document=OuterRef("pk"))
    kept = _sum(CustomerCredit.objects.filter(document=OuterRef("pk")).annotate(x=F("document")), "amount")
    paid_later = _sum(matched, "amount") + _sum(at_desk, "amount")
    return (
        rows.filter(kind__in=["invoice", "receipt"])
        .annotate(
            left=Case(
                When(
                    payment__isnull=False,
                    # What a bank took back left this document's part of it open again.
                    then=Least(F("due") - _sum(credits, "due") - without_note(), owed_again()) - paid_later,
                ),
                # What was paid beyond it and is the customer's credit is no more of it.
                default=F("due") - _sum(credits, "due") - paid_later + kept,
                output_field=Document._meta.get_field("due"),
            ),
            reminded_at=Subquery(reminders.order_by("-sent_at").values("sent_at")[:1]),
            fees=_sum(reminders.annotate(x=F("document")), "fee"),
        )
        .select_related("person", "organisation")
    )


def owed_orders(issuer: Issuer) -> QuerySet[Order]:
    """Orders to be paid whose first line is the issuer's: who collects is the first line's."""
    first = OrderLine.objects.filter(order=OuterRef("pk")).order_by("position")
    matched = Match.objects.filter(order=OuterRef("pk")).annotate(x=F("order"))
    kept = CustomerCredit.objects.filter(order=OuterRef("pk")).annotate(x=F("order"))
    reminders = Reminder.objects.filter(order=OuterRef("pk"), issuer=issuer)
    return (
        Order.objects.filter(state=Order.State.OWED, total__gt=0)
        .annotate(
            collector=Subquery(first.values("issuer")[:1]),
            matched=_sum(matched, "amount") - _sum(kept, "amount"),
            reminded_at=Subquery(reminders.order_by("-sent_at").values("sent_at")[:1]),
            fees=_sum(reminders.annotate(x=F("order")), "fee"),
        )
        .filter(collector=issuer.pk)
        .select_related("person", "organisation")
    )


def debts(issuer: Issuer, q: Q | None = None) -> Iterator[Debt]:
    """All that is open of an issuer, documents first, the oldest first; two statements for any number."""
    rows = open_documents(issuer)
    if q is not None:
        rows = rows.filter(q)
    for d in rows.order_by("due_on", "issued_on", "pk").iterator(chunk_size=500):
        yield of_document(d)
    orders = owed_orders(issuer)
    if q is not None:
        orders = orders.filter(q)
    for order in orders.order_by("due_at", "pk").iterator(chunk_size=500):
        yield of_order(order)


def of_document(d: Any) -> Debt:
    """A document with `left` as a debt."""
    return Debt(
        d,
        None,
        d.customer_name,
        d.organisation or d.person,
        d.person,
        d.due_on or d.issued_on,
        d.due,
        cents(d.left),
        local_date(d.reminded_at, ITALY) if d.reminded_at else None,
        cents(d.fees),
    )


def of_order(order: Any) -> Debt:
    """An owed order with `matched` as a debt."""
    return Debt(
        None,
        order,
        order.payer.name,
        order.payer,
        order.person,
        local_date(order.due_at or order.made_at, ITALY),
        order.total,
        order.total - cents(order.matched),
        local_date(order.reminded_at, ITALY) if order.reminded_at else None,
        cents(order.fees),
    )


def awaited_payouts(issuer: Issuer) -> QuerySet[Any]:
    """What the gateway sent to the issuer's bank, as far as the bank has not brought it, with `left`."""
    matched = Match.objects.filter(payout=OuterRef("pk")).annotate(x=F("payout"))
    rows = Payout.objects.filter(issuer=issuer, state__in=[Payout.State.IN_TRANSIT, Payout.State.PAID])
    return rows.annotate(left=F("amount") - _sum(matched, "amount")).filter(left__gt=0)


def of_payout(payout: Any) -> Debt:
    """A payout with `left`, awaited at the bank, as what a movement may be matched with."""
    left, name = cents(payout.left), payout.gateway.capitalize()
    return Debt(
        None, None, name, None, None, payout.arrives_on, payout.amount, left, None, Money(0), payout=payout
    )


STATEMENT = (
    Column(Words("Documento", "Document")),
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Scadenza", "Due on"), Kind.DAY),
    Column(Words("Importo", "Amount"), Kind.MONEY, summed=True),
    Column(Words("Aperto", "Open"), Kind.MONEY, summed=True),
)


def account_of(issuer: Issuer, whose: Q) -> Table:
    """A customer's statement of account: what is open, the oldest first, then all that was paid, the newest first."""

    def rows() -> Iterator[tuple[Any, ...]]:
        for debt in debts(issuer, whose):
            made = (
                debt.document.issued_on
                if debt.document
                else debt.order and local_date(debt.order.made_at, ITALY)
            )
            yield debt.label, made, debt.due_on, debt.amount, debt.open
        for d in paid_documents(issuer).filter(whose).order_by("-issued_on", "-pk").iterator(chunk_size=500):
            yield d.number, d.issued_on, d.due_on, d.due, Money(0)

    return Table("estratto-conto", STATEMENT, rows())
