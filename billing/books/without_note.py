"""What was given back without a credit note, in the books: the customer's account is closed by a cost, at once, as a
credit note would have closed it; the VAT stays (docs/adr/0107)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery, Sum

from billing.findings import Finding, found
from billing.models import Account, Document, Entry, Issuer, Refund
from billing.papers.freeze import ITALY
from billing.papers.registers import cents
from billing.posting import Posting, lines
from core.ids import encode
from core.money import Money
from core.periods import local_date
from core.words import Words

R = Account.Role
WHAT = Words("Rimborso senza nota di credito", "Refund without a credit note")


@dataclass(frozen=True, slots=True)
class Part:
    """An issuer's part of such a refund, of whose payment, the day it was made, and the document that was not touched."""

    refund: UUID
    payment: UUID
    customer: str
    number: str
    on: date
    given_on: date | None
    amount: Money


def parts(issuer: Issuer, within: Q) -> list[Part]:
    """The issuer's parts whose entries fit, in order of day; one statement."""
    sold = Document.objects.filter(
        issuer=issuer, payment=OuterRef("payment"), kind__in=[Document.Kind.INVOICE, Document.Kind.RECEIPT]
    )
    rows = (
        Entry.objects.filter(within, issuer=issuer, refund__without_note=True)
        .values("on", "payment", of=F("refund"), state=F("refund__state"), at=F("refund__done_at"))
        .annotate(
            s=Sum("gross"),
            number=Subquery(sold.values("number")[:1]),
            customer=Subquery(sold.values("customer_name")[:1]),
        )
    )
    return [
        Part(
            row["of"],
            row["payment"],
            row["customer"] or "",
            row["number"] or str(row["of"]),
            row["on"],
            local_date(row["at"], ITALY) if row["at"] and row["state"] == Refund.State.DONE else None,
            -cents(row["s"]),
        )
        for row in rows.order_by("on", "of")
    ]


def of_payments(issuer: Issuer, payments: Collection[UUID]) -> list[Part]:
    """The issuer's parts of what was given back of these payments."""
    return parts(issuer, Q(payment__in=payments)) if payments else []


def postings(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """A cost each, against the customers that the refund itself is posted to."""
    for part in parts(issuer, Q(on__gte=first, on__lt=until)):
        told = lines((R.GOODWILL, part.amount), (R.CUSTOMERS, -part.amount))
        yield Posting(part.on, f"1{part.refund}", WHAT, part.number, told)


def findings(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    """Told, for whoever reads the books to know: it is no fault, and stops nothing."""
    for part in parts(issuer, Q(on__gte=first, on__lt=until)):
        about = f"{part.customer} · {part.number}" if part.customer else part.number
        yield found("refund-without-note", about, encode("rfd", part.refund), part.amount, stops=False)
