"""What the accountant reads: documents with filters, totals by rate that equal the sum of the documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncMonth

from billing.models import (
    AccountingMonth,
    CustomerCredit,
    DeskPayment,
    Dispute,
    Document,
    DocumentRate,
    Entry,
    Issuer,
    Match,
    Order,
    OrderLine,
    Receipt,
    Revision,
)
from billing.papers.activities import ACTIVITIES
from billing.papers.freeze import ITALY
from core.ids import encode
from core.money import Money
from core.periods import local_day, next_month
from core.tables import Column, Kind, Table
from core.words import Words

MINUS = Case(When(document__kind=Document.Kind.CREDIT_NOTE, then=Value(-1)), default=Value(1))
KINDS = {
    Document.Kind.INVOICE: Words("Fattura", "Invoice"),
    Document.Kind.CREDIT_NOTE: Words("Nota di credito", "Credit note"),
    Document.Kind.RECEIPT: Words("Ricevuta", "Receipt"),
}


MONTH = r"^20\d\d-(0[1-9]|1[0-2])$"


def month_of(text: str) -> tuple[date, date]:
    """`2026-11` as [first day, first day of the next month)."""
    first = date.fromisoformat(f"{text}-01")
    return first, next_month(first)


def within(column: str, first: date, until: date) -> Q:
    """Rows whose instant of this name falls between two days (`until` excluded) by the Italian calendar."""
    return Q(
        **{f"{column}__gte": local_day(first, ITALY).start, f"{column}__lt": local_day(until, ITALY).start}
    )


def issued_within(issuer: Issuer | UUID, first: date, until: date) -> QuerySet[Document]:
    """What an issuer issued between two days (`until` excluded), rejected or not."""
    return Document.objects.filter(issuer=issuer, issued_on__gte=first, issued_on__lt=until)


def filtered(rows: QuerySet[Document], asked: dict[str, Any]) -> QuerySet[Document]:
    """The documents that fit; a filter that is absent fits all."""
    if "issuer_id" in asked:
        rows = rows.filter(issuer=asked["issuer_id"])
    if asked.get("kind"):
        rows = rows.filter(kind__in=asked["kind"])
    if "activity" in asked:
        rows = rows.filter(activity=asked["activity"])
    if "month" in asked:
        first, last = month_of(asked["month"])
        rows = rows.filter(issued_on__gte=first, issued_on__lt=last)
    if "issued_from" in asked:
        rows = rows.filter(issued_on__gte=asked["issued_from"])
    if "issued_to" in asked:
        rows = rows.filter(issued_on__lt=asked["issued_to"])
    if "organisation_id" in asked:
        rows = rows.filter(organisation=asked["organisation_id"])
    if "person_id" in asked:
        rows = rows.filter(person=asked["person_id"], organisation=None)
    if "booking_id" in asked:
        named = OrderLine.objects.filter(booking=asked["booking_id"]).values("order")
        billed = Order.objects.filter(pk__in=named, bill__isnull=False).values("bill")
        rows = rows.filter(Q(order__in=named) | Q(pk__in=billed))
    if "payment_state" in asked:
        rows = with_state(rows).filter(payment_state=asked["payment_state"])
    if asked.get("q"):
        rows = rows.filter(Q(customer_name__icontains=asked["q"]) | Q(number__icontains=asked["q"]))
    return rows


def owed_again() -> Coalesce:
    """In a query of documents: what of the payment a bank took back for good, and is owed again; its issuer's part."""
    lost = Dispute.objects.owed_again().with_own(OuterRef("issuer")).filter(payment=OuterRef("payment"))
    rows = lost.order_by().values("payment")
    return Coalesce(Subquery(rows.annotate(s=Sum("own")).values("s")), Value(0))


def without_note() -> Coalesce:
    """In a query of documents: what of the payment was given back and never credited; its issuer's part (ADR 0107)."""
    rows = Entry.objects.filter(
        payment=OuterRef("payment"),
        issuer=OuterRef("issuer"),
        # Said again of the refund, so that its own small index finds it: there is hardly ever one.
        refund__payment=OuterRef("payment"),
        refund__without_note=True,
    )
    found = rows.order_by().values("payment").annotate(s=Sum(-F("gross")))
    return Coalesce(Subquery(found.values("s")), Value(0))


def in_force(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Without those whose last revision the SdI rejected; one rejected after its month was closed stays in it."""
    last = Revision.objects.filter(document=OuterRef("transmission__revision__document")).order_by("-version")
    rejected = Receipt.objects.filter(
        kind="NS",
        transmission__revision__document=OuterRef("pk"),
        transmission__revision=Subquery(last.values("pk")[:1]),
    )
    document = "transmission__revision__document"
    closed_before = AccountingMonth.objects.filter(
        issuer=OuterRef(f"{document}__issuer"),
        first_on=OuterRef("month"),
        closed_at__lte=OuterRef("received_at"),
    )
    rejected = rejected.annotate(month=TruncMonth(f"{document}__issued_on"))
    return documents.filter(~Exists(rejected.filter(~Exists(closed_before))))


def with_state(rows: QuerySet[Document]) -> QuerySet[Any]:
    """Documents with their `payment_state`: `paid` with their sale, or once the bank or the desk brought all of it;
    `refunded` where credit notes took back what was paid, or all that was left to pay; else `due`. What of it is kept as
    the customer's credit is no more of it, also where the credit note was rejected since."""
    brought = (
        Coalesce(_brought(Match), Value(0))
        + Coalesce(_brought(DeskPayment), Value(0))
        - Coalesce(_brought(CustomerCredit), Value(0))
    )
    notes = in_force(Document.objects.filter(corrects=OuterRef("pk"))).order_by().values("corrects")
    # Of what was sold against a payment, all that its customer's bank took back of it was paid again.
    settled = Q(payment__isnull=False, brought__gte=F("again")) | Q(met__gte=F("due"), met__gt=0)
    return (
        rows.alias(
            brought=brought,
            met=brought + without_note(),
            credited=Subquery(notes.annotate(s=Sum("due")).values("s")),
            again=owed_again(),
        )
        .alias(covered=ExpressionWrapper(F("met") + F("credited"), Document._meta.get_field("due")))
        .annotate(
            payment_state=Case(
                When(kind=Document.Kind.CREDIT_NOTE, then=Value("refunded")),
                When(
                    Q(credited__isnull=False) & (settled | Q(covered__gte=F("due"))), then=Value("refunded")
                ),
                When(settled, then=Value("paid")),
                default=Value("due"),
            )
        )
    )


def _brought(by: type[Match | DeskPayment | CustomerCredit]) -> Subquery:
    rows = by.objects.filter(document=OuterRef("pk")).order_by().values("document")
    return Subquery(rows.annotate(s=Sum("amount")).values("s"))


def totals(rows: QuerySet[Document]) -> dict[str, Any]:
    """Sums over these documents, credit notes with a minus; those by rate come from the same frozen rows. What the SdI
    rejected was never issued, and counts nothing."""
    rows = in_force(rows)
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
        if row["n"] or row["v"] or row["g"]  # of a natura that was mended nothing is left
    ]
    return {
        "documents": rows.count(),
        "net": Money(sum(r["net"].cents for r in by_rate)),
        "vat": Money(sum(r["vat"].cents for r in by_rate)),
        "gross": Money(sum(r["gross"].cents for r in by_rate)),
        "by_rate": by_rate,
    }


def cents(value: Any) -> Money:
    """A sum of cents, as the database gives it, as money; nothing is none."""
    return value if isinstance(value, Money) else Money(int(value or 0))


def facets(rows: QuerySet[Document]) -> dict[str, dict[str, int]]:
    """How many documents each kind would give."""
    found = rows.order_by().values("kind").annotate(n=Count("pk"))
    return {"kind": {row["kind"]: row["n"] for row in found}}


COLUMNS = (
    Column(Words("Numero", "Number")),
    Column(Words("Tipo", "Kind")),
    Column(Words("Tipo SdI", "SdI type")),
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Emittente", "Issuer")),
    Column(Words("Cliente", "Customer")),
    Column(Words("Codice fiscale", "Tax code")),
    Column(Words("Partita IVA", "VAT number")),
    Column(Words("Imponibile", "Net"), Kind.MONEY, summed=True),
    Column(Words("IVA", "VAT"), Kind.MONEY, summed=True),
    Column(Words("Totale", "Gross"), Kind.MONEY, summed=True),
    Column(Words("Corregge", "Corrects")),
    Column(Words("Ordine", "Order")),
    Column(Words("Attività", "Activity")),
)


def table(rows: QuerySet[Document]) -> Table:
    """The documents, a row each, amounts with a minus for credit notes; in memory never more than a few."""
    return Table("documents", COLUMNS, _rows(rows))


def _rows(rows: QuerySet[Document]) -> Iterator[tuple[Any, ...]]:
    # What the document says of the customer, not what the customer's account says today.
    frozen = Revision.objects.filter(document=OuterRef("pk")).order_by("-version")
    told = rows.annotate(
        buyer_tax_code=Subquery(frozen.values("snapshot__buyer__tax_code")[:1]),
        buyer_vat_number=Subquery(frozen.values("snapshot__buyer__vat_number")[:1]),
    )
    for d in told.order_by("issued_on", "number").iterator(chunk_size=500):
        sign = -1 if d.kind == Document.Kind.CREDIT_NOTE else 1
        yield (
            d.number,
            KINDS[Document.Kind(d.kind)].say(),
            d.type,
            d.issued_on,
            d.issuer.partner.organisation.name,
            d.customer_name,
            d.buyer_tax_code,
            d.buyer_vat_number,
            *(m.times(sign) for m in (d.net, d.vat, d.gross)),
            d.corrects.number if d.corrects else None,
            encode("ord", d.order_id) if d.order_id else None,
            ACTIVITIES[d.activity].say() if d.activity else None,
        )
