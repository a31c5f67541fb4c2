"""A document comes into being: its content frozen, its number drawn last, its hash chained to the one before.

Law: DPR 633/72 art. 21 c. 2 (a number that is the document's alone, in order).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import orjson

from billing import numbering
from billing.amounts import Reckoned
from billing.models import (
    AccountingMonth,
    Document,
    DocumentLine,
    DocumentRate,
    Issuer,
    NumberCounter,
    NumberSeries,
    Order,
    OrderLine,
    Payment,
    Refund,
    Revision,
)
from billing.snapshots import Paper, snapshot_of
from core import outbox
from core.clock import now
from core.locks import Order as Locks
from core.locks import share_row
from core.periods import local_date, next_month
from people.models import Organisation, Person

ITALY = ZoneInfo("Europe/Rome")  # the year of a number is the year of its date in Italy


@dataclass(frozen=True, slots=True)
class Issue:
    """Who issues what kind to whom, in which series, dated when; `order` is what it was sold by, if by one."""

    issuer: Issuer
    kind: str
    series: NumberSeries
    day: date
    payer: Person | Organisation
    order: Order | None = None

    @property
    def person(self) -> Person | None:
        if self.order is not None:
            return self.order.person
        return self.payer if isinstance(self.payer, Person) else None

    @property
    def organisation(self) -> Organisation | None:
        if self.order is not None:
            return self.order.organisation
        return self.payer if isinstance(self.payer, Organisation) else None


def series_for(issuer: Issuer, kind: str) -> NumberSeries:
    """The series in which an issuer numbers this kind; LookupError if it has none (a configuration fault)."""
    found = next((s for s in issuer.number_series.order_by("code") if kind in s.kinds), None)
    if found is None:
        raise LookupError(f"{issuer} has no number series for {kind}")
    return found


def date_for(issuer: Issuer) -> date:
    """Today in Italy, or the first open month's first day if today's month is closed; the month stays open meanwhile.

    Settlements share the month, closing has it alone.
    """
    day = local_date(now(), ITALY)
    while True:
        first = day.replace(day=1)
        month, _ = AccountingMonth.objects.get_or_create(issuer=issuer, first_on=first)
        share_row(Locks.MONTH, AccountingMonth, month.pk)
        month.refresh_from_db()
        if month.closed_at is None:
            return day
        day = next_month(first)


def new_document(issue: Issue, ordinal: int, came: Reckoned, paper: Paper) -> Document:
    """The document's row, unsaved."""
    return Document(
        issuer=issue.issuer,
        kind=issue.kind,
        type=paper.type,
        series=issue.series,
        year=issue.day.year,
        ordinal=ordinal,
        number=f"{issue.series.code}-{issue.day.year}/{ordinal}",
        issued_on=issue.day,
        order=issue.order,
        person=issue.person,
        organisation=issue.organisation,
        customer_name=issue.payer.name,
        language=issue.person.language if issue.person else "it",
        net=came.net,
        vat=came.vat,
        gross=came.gross,
        due=came.due,
        due_on=paper.due_on,
        stamp=came.stamp,
        split=bool(came.split),
    )


def rows_of(document: Document, came: Reckoned, order_lines: Sequence[OrderLine] = ()) -> list[DocumentLine]:
    """The document's lines as rows, unsaved; the first ones are those of the order."""
    rows = []
    for position, (line, gross) in enumerate(zip(came.lines, came.grosses, strict=True), 1):
        sold = order_lines[position - 1] if position <= len(order_lines) else None
        rows.append(
            DocumentLine(
                document=document, position=position, order_line=sold, description=line.description[:1000], quantity=line.quantity,
                unit=line.unit, unit_price=line.unit_price, gross=gross, rate=line.rate.rate, natura=line.rate.natura,
            )
        )  # fmt: skip
    return rows


def rates_of(document: Document, came: Reckoned) -> list[DocumentRate]:
    """The document's summaries as rows, unsaved."""
    return [
        DocumentRate(
            document=document,
            rate=s.key.rate,
            natura=s.key.natura,
            legal_text=s.key.legal_text,
            net=s.net,
            vat=s.vat,
            gross=s.gross,
        )
        for s in came.summaries
    ]


def freeze(
    issue: Issue,
    counter: NumberCounter,
    came: Reckoned,
    paper: Paper,
    *,
    order_lines: Sequence[OrderLine] = (),
    payment: Payment | None = None,
    refund: Refund | None = None,
    corrects: Document | None = None,
) -> Document:
    """Inside an act that locked the counter: the document is issued, its files are on their way."""
    document = new_document(issue, counter.last + 1, came, paper)
    document.payment, document.refund, document.corrects = payment, refund, corrects
    snapshot = snapshot_of(document, issue.payer, came, paper)
    text = orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(counter.last_hash.encode() + text).hexdigest()
    previous, counter.last_hash = counter.last_hash, digest
    numbering.draw(counter)
    document.save(force_insert=True)
    DocumentLine.objects.bulk_create(rows_of(document, came, order_lines))
    DocumentRate.objects.bulk_create(rates_of(document, came))
    revision = Revision.objects.create(
        document=document, snapshot=snapshot, sha256=digest, previous_sha256=previous
    )
    for kind in ("pdf", "xml") if document.is_electronic else ("pdf",):
        outbox.put(f"billing.{kind}", {"revision": str(revision.pk)}, key=f"{kind}:{revision.pk}")
    return document
