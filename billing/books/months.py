"""Accounting months: closed once, by issuer; what happens later is dated in the next.

A month closes when it is over, no sale of it waits for a document, and its ledger equals its documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, Count, F, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from billing.books import exports, squaring
from billing.models import AccountingMonth, Document, Entry, Incomplete, Issuer
from billing.papers.freeze import ITALY
from core.audit import record
from core.clock import now
from core.errors import DoesNotSquare, IllegalMove, Reason
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import Money
from core.periods import local_date, local_day, next_month
from core.words import Words
from people.models import Person

CLOSED = Words("è già chiuso", "it is closed")
NOT_OVER = Words("non è ancora finito", "it is not over yet")
WAITING = Words("{n} vendite aspettano il documento", "{n} sales wait for their document")
APART = Words(
    "registro e documenti differiscono di {cents} centesimi",
    "ledger and documents are {cents} cents apart",
)
OPEN = Words("{what}: {label}", "{what}: {label}")
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Square:
    """A month of an issuer: cents documented, cents in the ledger, sales without document."""

    first_on: date
    closed_at: datetime | None
    documents: int
    documented: int
    entered: int
    waiting: int
    sha256: str = ""

    @classmethod
    def empty(cls, first_on: date) -> Square:
        """A month in which nothing was sold."""
        return cls(first_on, None, 0, 0, 0, 0)

    @property
    def squares(self) -> bool:
        return not self.waiting and self.documented == self.entered


def months_of(issuer: Issuer) -> list[Square]:
    """The issuer's months, newest first; four statements for any number."""
    sign = Case(When(kind=Document.Kind.CREDIT_NOTE, then=Value(-1)), default=Value(1))
    rows = Document.objects.filter(issuer=issuer).values(first=TruncMonth("issued_on"))
    documents = {r["first"]: r for r in rows.annotate(cents=Sum(F("gross") * sign), n=Count("pk")).order_by()}
    entered = _entered(issuer)
    kept = {month.first_on: month for month in AccountingMonth.objects.filter(issuer=issuer)}
    waiting: dict[date, int] = {}
    for since in Incomplete.objects.filter(issuer=issuer, done_at=None).values_list("since_at", flat=True):
        first = local_date(since, ITALY).replace(day=1)
        waiting[first] = waiting.get(first, 0) + 1
    return [
        Square(
            first,
            kept[first].closed_at if first in kept else None,
            int(documents[first]["n"]) if first in documents else 0,
            _cents(documents[first]["cents"]) if first in documents else 0,
            entered.get(first, 0),
            waiting.get(first, 0),
            kept[first].sha256 if first in kept else "",
        )
        for first in sorted({*documents, *kept, *waiting}, reverse=True)
    ]


def _entered(issuer: Issuer) -> dict[date, int]:
    """Cents of the ledger by the month of the document that proves them.

    An entry made while its sale waited for a document names none: the sale's own document proves it.
    """
    late = Document.objects.filter(
        order=OuterRef("order"), issuer=OuterRef("issuer"), kind__in=["invoice", "receipt"]
    ).values("issued_on")[:1]
    rows = (
        Entry.objects.filter(issuer=issuer)
        # Of what was given back without a credit note no document is the proof (docs/adr/0107).
        .exclude(refund__without_note=True)
        .annotate(proved_on=Coalesce("document__issued_on", Subquery(late)))
        .exclude(proved_on=None)
        .values_list(TruncMonth("proved_on"))
        .annotate(Sum("gross"))
        .order_by()
    )
    return {first: _cents(gross) for first, gross in rows}


def _cents(found: object) -> int:
    return found.cents if isinstance(found, Money) else int(str(found or 0))


def wrong_with(square: Square, at: datetime) -> Reason | None:
    """Why the month may not be closed; None if it may."""
    if square.closed_at is not None:
        return Reason("wrong-state", CLOSED)
    if at < (over := local_day(next_month(square.first_on), ITALY).start):
        return Reason("does-not-square", NOT_OVER, fixable_by="time", holds_from=over)
    if square.waiting:
        return Reason("does-not-square", WAITING, {"n": square.waiting}, fixable_by="you")
    if apart := abs(square.documented - square.entered):
        return Reason("does-not-square", APART, {"cents": apart}, fixable_by="staff")
    return None


@act
def close(by: Person, issuer_id: UUID, first_on: date) -> AccountingMonth:
    """The month takes no more documents. Raises IllegalMove if it is closed, DoesNotSquare with what is wrong."""
    issuer = Issuer.objects.get(pk=issuer_id)
    month, _ = AccountingMonth.objects.get_or_create(issuer=issuer, first_on=first_on)
    lock_rows(Locks.MONTH, AccountingMonth, [month.pk])
    month.refresh_from_db()
    if month.closed_at is not None:
        raise IllegalMove(state=CLOSED.say())
    square = next((s for s in months_of(issuer) if s.first_on == first_on), Square.empty(first_on))
    until = next_month(first_on)
    if why := wrong_with(square, now()):
        raise DoesNotSquare(what=why.detail, reasons=[why])
    if wrong := [found for found in squaring.findings(issuer, first_on, until) if found.stops]:
        reasons = [
            Reason("does-not-square", OPEN, {"what": found.sentence, "label": found.label}, fixable_by="you")
            for found in wrong[:MOST_TOLD]
        ]
        raise DoesNotSquare(what=reasons[0].detail, reasons=reasons, data={"findings": len(wrong)})
    month.closed_at, month.sha256 = now(), exports.fingerprint(issuer, first_on, until)
    month.save(update_fields=["closed_at", "sha256"])
    exports.start_archive(by, month)
    record(
        by,
        "close-month",
        issuer,
        first_on=first_on.isoformat(),
        documents=square.documents,
        cents=square.documented,
        sha256=month.sha256,
    )
    return month
