"""Sales whose document could not be issued: mended, and issued, within twelve days.

Law: DPR 633/72 art. 21 c. 4, the invoice is issued within twelve days of the sale.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from billing.models import Document, Entry, Incomplete, Order, Payment, Refund
from billing.papers import documents
from billing.papers.documents import controls
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import AlreadyIssued, FiscalDataMissing, Pointer
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, Money, total
from people.models import Person

DAYS = timedelta(days=12)


def due_at(sale: Incomplete) -> datetime:
    """Until when its document must be out."""
    return sale.since_at + DAYS


def faults_of(sale: Incomplete) -> list[str]:
    """What still keeps the document from being issued, as codes."""
    return controls(sale.order.payer, sale.issuer)


@patient_act
def complete(by: Person, sale_id: UUID) -> Incomplete:
    """The sale has its document, and soon a credit note for each refund made meanwhile; none if all was given back, unless
    without a credit note: of that the VAT stays owed (docs/adr/0107).

    Raises AlreadyIssued, FiscalDataMissing with what is still missing.
    """
    seen = Incomplete.objects.get(pk=sale_id)
    lock_rows(Locks.ORDERS, Order, [seen.order_id])
    sale = Incomplete.objects.select_related(
        "order__person", "order__organisation", "issuer__partner__organisation"
    ).get(pk=sale_id)
    if sale.done_at is not None:
        raise AlreadyIssued
    if faults := faults_of(sale):
        raise FiscalDataMissing(pointers=[Pointer(f"/{code}", "required", "") for code in faults])
    entries = Entry.objects.filter(order=sale.order, issuer=sale.issuer).exclude(refund__without_note=True)
    if total(entry.gross for entry in entries):
        _issue(sale, [entry for entry in entries if entry.refund_id])
    sale.done_at = now()
    sale.save(update_fields=["done_at"])
    record(by, "complete", sale)
    return sale


def _issue(sale: Incomplete, undone: list[Entry]) -> None:
    lines = list(sale.order.lines.filter(issuer=sale.issuer).select_related("vat_rate").order_by("position"))
    payment = sale.order.payments.filter(state=Payment.State.CAPTURED).order_by("captured_at").first()
    (made,) = documents.issue_all(sale.order, payment, {sale.issuer: lines})
    for refund in sorted({str(entry.refund_id) for entry in undone}):
        # Each document has a transaction of its own: its month comes before its number in the order of locks.
        told = {"refund": refund, "document": str(made.pk)}
        outbox.put("billing.credit_late", told, key=f"credit:{refund}:{made.pk}")


@outbox.handler("billing.credit_late")
def _credit_late(payload: dict[str, Any]) -> None:
    credit_late(payload["refund"], payload["document"])


@patient_act
def credit_late(refund: str, document: str) -> None:
    """A refund made before its sale had a document has its credit note. Once."""
    paper = Document.objects.get(pk=document)
    given = Refund.objects.get(pk=refund)
    lock_rows(Locks.PAYMENTS, Payment, [given.payment_id])
    if Document.objects.filter(refund=given, issuer=paper.issuer).exists():
        return
    back: dict[documents.Sold, Money] = {}
    for entry in Entry.objects.filter(refund=given, issuer=paper.issuer):
        sold = (entry.rate, entry.natura)
        back[sold] = back.get(sold, ZERO) - entry.gross
    documents.credit(given, {paper: back})
