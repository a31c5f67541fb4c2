"""A document comes into being: its content frozen, its number drawn last, its hash chained to the one before.

Law: DPR 633/72 art. 21 c. 2 (a number that is the document's alone, in order).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from django.db.models import Q

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
    Settlement,
)
from billing.papers import numbering
from billing.papers.amounts import Reckoned
from billing.papers.regimes import ON_PAYMENT
from billing.papers.snapshots import Paper, snapshot_of
from core import outbox
from core.clock import now
from core.locks import Order as Locks
from core.locks import share_row
from core.periods import local_date, local_day, next_month
from people.countries import spoken_in
from people.models import Organisation, Person

IN_TIME = timedelta(days=12)
KIND, ACTIVITY = Document.Kind, Document.Activity
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


def in_time_until(operation: date, type: str = "") -> date:
    """The last day on which a document of that operation is in time: the twelfth after it, and of a deferred invoice (TD24)
    the fifteenth of the next month (DPR 633/72 art. 21 c. 4, a for the latter)."""
    return next_month(operation.replace(day=1)).replace(day=15) if type == "TD24" else operation + IN_TIME


def date_for(issuer: Issuer, operation: date | None = None, type: str = "") -> date:
    """The day of the operation, if its month is open, no partner was shown its settlement, and a document of this type is
    in time; else today in Italy, or the first open month's first day if today's is closed. The month stays open meanwhile.

    Settlements share the month, closing has it alone.
    """
    today = local_date(now(), ITALY)
    if (
        operation is not None
        and operation < today <= in_time_until(operation, type)
        and _first_free(issuer, operation, today) == operation
    ):
        return operation
    return open_day(issuer, today)


def looks_free(issuer: Issuer, day: date) -> bool:
    """Whether `date_for` would date what is in time of that day by it, as one sees it without waiting."""
    first = day.replace(day=1)
    if AccountingMonth.objects.filter(issuer=issuer, first_on=first, closed_at__isnull=False).exists():
        return False
    if first >= local_date(now(), ITALY).replace(day=1):
        return True
    of = issuer.partner.consortium_id
    told = Settlement.objects.filter(consortium=of, first_on=first).exclude(state=Settlement.State.DRAFT)
    return of is None or not told.exists()


def open_day(issuer: Issuer, day: date) -> date:
    """Inside an act: that day, or the first one after it whose month is open, and stays open meanwhile."""
    while True:
        first = day.replace(day=1)
        month, _ = AccountingMonth.objects.get_or_create(issuer=issuer, first_on=first)
        share_row(Locks.MONTH, AccountingMonth, month.pk)
        month.refresh_from_db()
        if month.closed_at is None:
            return day
        day = next_month(first)


def open_day_of(payment: Payment, day: date) -> date:
    """Inside an act: that day, or the first one after it that is open for all whose books the payment is in."""
    return _agreed(payment, day, open_day)


def free_day_of(payment: Payment, day: date) -> date:
    """The same, past the months of which the partners were shown a settlement; today's own is never passed."""
    today = local_date(now(), ITALY)
    return _agreed(payment, day, lambda issuer, at: _first_free(issuer, at, today))


def _agreed(payment: Payment, day: date, first: Callable[[Issuer, date], date]) -> date:
    sold = OrderLine.objects.filter(order=payment.order_id).values("issuer")
    theirs = Issuer.objects.filter(Q(pk__in=sold) | Q(partner=payment.collected_by_id))
    issuers = list(theirs.select_related("partner").order_by("pk"))
    # A later month for one has to be open for the others too.
    while (found := max((first(issuer, day) for issuer in issuers), default=day)) != day:
        day = found
    return day


def _first_free(issuer: Issuer, day: date, today: date) -> date:
    """Inside an act: that day, or the first one after it whose month is open, and settled among nobody before today's."""
    while True:
        day = open_day(issuer, day)
        first = day.replace(day=1)
        if first >= today.replace(day=1) or not _settled(issuer, first):
            return day
        day = next_month(first)


def _settled(issuer: Issuer, first: date) -> bool:
    """Whether the partners were shown that month's settlement; it is not shown meanwhile."""
    of = issuer.partner.consortium_id
    settlement = Settlement.objects.filter(consortium=of, first_on=first).first() if of is not None else None
    if settlement is None:
        return False
    share_row(Locks.MONTH, Settlement, settlement.pk)
    settlement.refresh_from_db(fields=["state"])
    return settlement.state != Settlement.State.DRAFT


def instant_of(day: date) -> datetime:
    """An instant of that day in Italy: the present one, if it is today."""
    return now() if day == local_date(now(), ITALY) else local_day(day, ITALY).start + timedelta(hours=12)


def new_document(issue: Issue, ordinal: int, came: Reckoned, paper: Paper) -> Document:
    """The document's row, unsaved."""
    return Document(
        issuer=issue.issuer,
        kind=issue.kind,
        type=paper.type,
        activity=paper.activity,
        series=issue.series,
        year=issue.day.year,
        ordinal=ordinal,
        number=f"{issue.series.code}-{issue.day.year}/{ordinal}",
        issued_on=issue.day,
        order=issue.order,
        person=issue.person,
        organisation=issue.organisation,
        customer_name=issue.payer.name,
        language=issue.person.language if issue.person else spoken_in(issue.payer.country),
        net=came.net,
        vat=came.vat,
        gross=came.gross,
        due=came.due,
        due_on=paper.due_on,
        stamp=came.stamp,
        split=bool(came.split),
        on_payment=issue.issuer.regime in ON_PAYMENT and bool(came.vat) and not came.split,
    )


def activity_of(document: Document, paper: Paper, lines: Sequence[OrderLine]) -> str:
    """Of what activity a document is: what it corrects, what was said, what its lines charge for (sold by receipt:
    institutional), and where it has none of an order, institutional if it is a receipt."""
    if document.corrects is not None:
        return document.corrects.activity
    if paper.activity:
        return paper.activity
    found = {line.vat_rate.receipted for line in lines if line.gross} or {document.kind == KIND.RECEIPT}
    return str(
        ACTIVITY.MIXED if len(found) > 1 else ACTIVITY.INSTITUTIONAL if True in found else ACTIVITY.COMMERCIAL
    )


def rows_of(document: Document, came: Reckoned, order_lines: Sequence[OrderLine] = ()) -> list[DocumentLine]:
    """The document's lines as rows, unsaved; the first ones are those of the order."""
    rows = []
    for position, (line, gross) in enumerate(zip(came.lines, came.grosses, strict=True), 1):
        sold = order_lines[position - 1] if position <= len(order_lines) else None
        rows.append(
            DocumentLine(
                document=document, position=position, order_line=sold, description=line.description, quantity=line.quantity,
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
    bills_month: date | None = None,
) -> Document:
    """Inside an act that locked the counter: the document is issued, its files are on their way."""
    # A series that nobody had drawn from may have been renamed before its counter was ours.
    document = new_document(replace(issue, series=counter.series), counter.last + 1, came, paper)
    document.payment, document.refund, document.corrects = payment, refund, corrects
    document.bills_month = bills_month
    document.activity = activity_of(document, paper, order_lines)
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
