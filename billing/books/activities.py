"""What an issuer's documents come to by activity: what an association's yearly statement keeps apart.

Law: DPR 633/72 art. 4, D.Lgs. 117/2017 art. 79 and 87 (an entity tells its institutional and its commercial activity
apart). A document of both, or from before it was told, is a row of its own: its rates say how much of it has VAT.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, When

from billing.books.vat_register import MINUS
from billing.models import Document, DocumentRate, Issuer
from billing.papers.activities import ACTIVITIES
from billing.papers.registers import cents, in_force, issued_within
from core.money import Money
from core.tables import Column, Kind, Table
from core.words import Words

NOT_SAID = Words("Non detta", "Not said")
K = Document.Kind
OF_A_RECEIPT = Q(document__kind=K.RECEIPT) | Q(document__corrects__kind=K.RECEIPT)
DOCUMENTED = {False: Words("Fatture", "Invoices"), True: Words("Ricevute", "Receipts")}
SUMS = (
    Column(Words("Documenti", "Documents"), Kind.COUNT),
    Column(Words("Imponibile", "Net"), Kind.MONEY, summed=True),
    Column(Words("IVA", "VAT"), Kind.MONEY, summed=True),
    Column(Words("Totale", "Gross"), Kind.MONEY, summed=True),
)
BY_ACTIVITY = (
    Column(Words("Attività", "Activity")),
    Column(Words("Documentata da", "Documented by")),
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
    Column(Words("Natura", "Natura")),
    *SUMS,
)
OF_YEAR = (
    Column(Words("Dal", "From"), Kind.DAY),
    Column(Words("Al (escluso)", "Until (excluded)"), Kind.DAY),
    Column(Words("Attività", "Activity")),
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
    Column(Words("Natura", "Natura")),
    *SUMS,
)


def by_activity(issuer: Issuer, first: date, until: date) -> Table:
    """What was documented between two days (`until` excluded) by activity, kind of document, rate and natura; credit
    notes and reversals with a minus."""
    rows = _summed(issuer, first, until, "document__activity", "receipted", "rate", "natura")
    rows.sort(key=lambda row: (_place(row), row["receipted"], -row["rate"], row["natura"]))
    return Table(
        "attivita",
        BY_ACTIVITY,
        [
            (_said(row), DOCUMENTED[row["receipted"]].say(), row["rate"], row["natura"] or None, *_sums(row))
            for row in rows
        ],
    )


def of_year(issuer: Issuer, first: date, until: date) -> Table:
    """The same however it was documented, from the first of January of the first day's year; by rate and natura too, for a
    document of both kinds tells by them alone how much of it was sold with VAT."""
    since = first.replace(month=1, day=1)
    rows = _summed(issuer, since, until, "document__activity", "rate", "natura")
    rows.sort(key=lambda row: (_place(row), -row["rate"], row["natura"]))
    return Table(
        "attivita-anno",
        OF_YEAR,
        [(since, until, _said(row), row["rate"], row["natura"] or None, *_sums(row)) for row in rows],
    )


def _summed(issuer: Issuer, first: date, until: date, *by: str) -> list[dict[str, Any]]:
    these = in_force(issued_within(issuer, first, until))
    found = (
        DocumentRate.objects.filter(document__in=these.order_by().values("pk"))
        .annotate(receipted=Case(When(OF_A_RECEIPT, then=True), default=False))
        .values(*by)
        .annotate(
            n=Sum(F("net") * MINUS),
            v=Sum(F("vat") * MINUS),
            g=Sum(F("gross") * MINUS),
            documents=Count("document", distinct=True),
        )
        .order_by(*by)
    )
    return list(found)


def _place(row: dict[str, Any]) -> int:
    return [*ACTIVITIES, ""].index(row["document__activity"])


def _said(row: dict[str, Any]) -> str:
    return ACTIVITIES.get(row["document__activity"], NOT_SAID).say()


def _sums(row: dict[str, Any]) -> tuple[int, Money, Money, Money]:
    return row["documents"], cents(row["n"]), cents(row["v"]), cents(row["g"])
