"""What the accountant reads: documents with filters, totals by rate that equal the sum of the documents, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When

from billing.models import Document, DocumentRate
from core.money import Money

MINUS = Case(When(document__kind=Document.Kind.CREDIT_NOTE, then=Value(-1)), default=Value(1))
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def month_of(text: str) -> tuple[date, date]:
    """`2026-11` as [first day, first day of the next month)."""
    first = date.fromisoformat(f"{text}-01")
    return first, (first + timedelta(days=32)).replace(day=1)


def filtered(rows: QuerySet[Document], asked: dict[str, Any]) -> QuerySet[Document]:
    """The documents that fit; a filter that is absent fits all."""
    if "issuer_id" in asked:
        rows = rows.filter(issuer=asked["issuer_id"])
    if asked.get("kind"):
        rows = rows.filter(kind__in=asked["kind"])
    if "month" in asked:
        first, last = month_of(asked["month"])
        rows = rows.filter(issued_on__gte=first, issued_on__lt=last)
    if "issued_from" in asked:
        rows = rows.filter(issued_on__gte=asked["issued_from"])
    if "issued_to" in asked:
        rows = rows.filter(issued_on__lt=asked["issued_to"])
    if "organisation_id" in asked:
        rows = rows.filter(organisation=asked["organisation_id"])
    if "booking_id" in asked:
        rows = rows.filter(order__lines__booking=asked["booking_id"]).distinct()
    if "payment_state" in asked:
        credited = Q(kind=Document.Kind.CREDIT_NOTE) | Q(corrected_by__isnull=False)
        rows = {
            "paid": rows.exclude(credited),
            "refunded": rows.filter(credited).distinct(),
            "due": rows.filter(payment=None),
        }[asked["payment_state"]]
    if asked.get("q"):
        rows = rows.filter(Q(customer_name__icontains=asked["q"]) | Q(number__icontains=asked["q"]))
    return rows


def totals(rows: QuerySet[Document]) -> dict[str, Any]:
    """Sums over all these documents, credit notes with a minus; those by rate come from the same frozen rows."""
    summed = (
        DocumentRate.objects.filter(document__in=rows.order_by().values("pk"))
        .values("rate", "natura", "legal_text")
        .annotate(n=Sum(F("net") * MINUS), v=Sum(F("vat") * MINUS), g=Sum(F("gross") * MINUS))
        .order_by("-rate", "natura", "legal_text")
    )
    by_rate: list[dict[str, Any]] = [
        {
            "rate": str(row["rate"]),
            "natura": row["natura"] or None,
            "legal_text": row["legal_text"] or None,
            "net": cents(row["n"]),
            "vat": cents(row["v"]),
            "gross": cents(row["g"]),
        }
        for row in summed
    ]
    return {
        "documents": rows.count(),
        "net": Money(sum(r["net"].cents for r in by_rate)),
        "vat": Money(sum(r["vat"].cents for r in by_rate)),
        "gross": Money(sum(r["gross"].cents for r in by_rate)),
        "by_rate": by_rate,
    }


def cents(value: Any) -> Money:
    return value if isinstance(value, Money) else Money(int(value or 0))


def facets(rows: QuerySet[Document]) -> dict[str, dict[str, int]]:
    """How many documents each kind would give."""
    found = rows.order_by().values("kind").annotate(n=Count("pk"))
    return {"kind": {row["kind"]: row["n"] for row in found}}


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; a negative number stays one."""
    if text.startswith(FORMULAS) and not text.lstrip("-").replace(".", "").isdigit():
        return f"'{text}"
    return text


HEADER = ("number", "kind", "date", "issuer", "customer", "tax_code", "net", "vat", "gross", "order")


def csv_rows(rows: Iterable[Document]) -> Iterator[str]:
    """The documents as lines of CSV, amounts with a minus for credit notes."""
    yield line(HEADER)
    for d in rows:
        sign = -1 if d.kind == Document.Kind.CREDIT_NOTE else 1
        amounts = [f"{sign * m.cents / 100:.2f}" for m in (d.net, d.vat, d.gross)]
        yield line(
            (
                d.number,
                d.kind,
                d.issued_on.isoformat(),
                d.issuer.partner.organisation.name,
                d.customer_name,
                "",
                *amounts,
                str(d.order_id or ""),
            )
        )


def line(values: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe(str(value)) for value in values])
    return out.getvalue()
