"""What does not square in a month of an issuer: listed one by one, or nothing, and then the month may close."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import F, Min, Q, Sum

from billing.books import without_note
from billing.findings import Finding, found
from billing.models import (
    CustomerCredit,
    Document,
    DocumentTrace,
    Entry,
    Incomplete,
    Issuer,
    Match,
    Movement,
    Order,
    Payment,
    Refund,
)
from billing.papers.freeze import ITALY
from billing.papers.registers import cents, issued_within, within
from billing.papers.sdi import standings
from billing.paying import transfers
from billing.paying.debts import sum_of
from billing.paying.refunds import BY_HAND
from billing.reconciling import at_the_gateway
from billing.reconciling.at_the_gateway import GATEWAY_METHODS
from core.ids import encode
from core.money import Money
from core.periods import local_day


def findings(issuer: Issuer, first: date, until: date) -> list[Finding]:
    """Everything that does not square between two days (`until` excluded); twenty statements or so for any number."""
    return [
        *_not_entered(issuer, first, until),
        *_waiting(issuer, first, until),
        *_payments(issuer, first, until),
        *_refunds(issuer, first, until),
        *without_note.findings(issuer, first, until),
        *_gaps(issuer, first, until),
        *_sendings(issuer, first, until),
        *_movements(issuer, first, until),
        *_paid_in_vain(issuer, first, until),
        *at_the_gateway.findings(issuer, first, until),
    ]


def _not_entered(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    """Documents whose own entries, or whose order's where those name none, come to something else."""
    documents = {d.pk: d for d in issued_within(issuer, first, until).order_by("issued_on", "number")}
    own = Entry.objects.filter(document__in=documents).values("document").annotate(s=Sum("gross")).order_by()
    entered = {row["document"]: cents(row["s"]) for row in own}
    # An entry made while its sale waited names no document: the sale's own document proves it.
    late = {
        d.order_id: d.pk for d in documents.values() if d.order_id and d.kind != Document.Kind.CREDIT_NOTE
    }
    rows = (
        Entry.objects.filter(issuer=issuer, document=None, order__in=late)
        .values("order", "refund")
        .annotate(s=Sum("gross"))
        .order_by()
    )
    noted = {d.refund_id: d.pk for d in documents.values() if d.refund_id}
    for row in rows:
        pk = noted.get(row["refund"]) if row["refund"] else late[row["order"]]
        if pk is not None:
            entered[pk] = entered.get(pk, Money(0)) + cents(row["s"])
    for d in documents.values():
        sign = -1 if d.kind == Document.Kind.CREDIT_NOTE else 1
        off = entered.get(d.pk, Money(0)) - d.gross.times(sign)
        if off:
            yield found("document-not-entered", d.number, encode("doc", d.pk), off)


def _waiting(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    rows = Incomplete.objects.filter(within("since_at", first, until), issuer=issuer, done_at=None)
    for sale in rows.select_related("order__person", "order__organisation").order_by("since_at"):
        yield found("sale-without-document", sale.order.payer.name, encode("inc", sale.pk), sale.order.total)


def _payments(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    rows = Payment.objects.filter(
        within("captured_at", first, until),
        collected_by=issuer.partner_id,
        state=Payment.State.CAPTURED,
        documents=None,
        order__incomplete=None,
        refunded__lt=F("amount"),
    ).select_related("order__person", "order__organisation")
    for p in rows.order_by("captured_at"):
        yield found("payment-without-document", p.order.payer.name, encode("pay", p.pk), p.amount)


def _refunds(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    """Those the gateway was to make stop the month; those that wait for somebody are told until they are given."""
    begin, end = local_day(first, ITALY).start, local_day(until, ITALY).start
    rows = Refund.objects.filter(payment__collected_by=issuer.partner_id, made_at__lt=end)
    rows = rows.exclude(state=Refund.State.DONE).exclude(
        made_at__lt=begin, method__in=GATEWAY_METHODS, state="due"
    )
    for r in rows.select_related("payment__order__person", "payment__order__organisation").order_by(
        "made_at"
    ):
        waits = r.method in BY_HAND
        refused = r.state == Refund.State.FAILED
        code = "refund-refused" if refused else "refund-to-give" if waits else "refund-stuck"
        yield found(
            code, r.payment.order.payer.name, encode("rfd", r.pk), r.amount, stops=not (waits or refused)
        )


def _gaps(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    """Numbers between the month's lowest and highest that no document has, nor had before it was let go."""
    ranges = (
        issued_within(issuer, first, until)
        .values("series", "series__code", "year")
        .annotate(low=Min("ordinal"))
        .order_by("series__code", "year")
    )
    for row in ranges:
        own = Document.objects.filter(series=row["series"], year=row["year"], ordinal__gte=row["low"])
        had = set(own.filter(issued_on__lt=until).values_list("ordinal", flat=True))
        high = max(had)
        missing = set(range(row["low"], high + 1)) - had
        if missing:
            missing -= set(own.filter(ordinal__in=missing).values_list("ordinal", flat=True))
            code = f"{row['series__code']}-{row['year']}/"
            kept = DocumentTrace.objects.filter(issuer=issuer, number__startswith=code)
            missing -= set(kept.values_list("ordinal", flat=True))
        for ordinal in sorted(missing):
            yield found("number-missing", f"{row['series__code']}-{row['year']}/{ordinal}")


def _sendings(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    rows = issued_within(issuer, first, until).filter(
        Q(kind=Document.Kind.INVOICE) | Q(kind=Document.Kind.CREDIT_NOTE)
    )
    documents = [d for d in rows.order_by("issued_on", "number") if d.is_electronic]
    sent = standings(documents)
    codes = {
        "refused_by_sdi": "sdi-rejected",
        "to_write": "sdi-to-write",
        "to_mend": "sdi-to-mend",
        "to_send": "sdi-pending",
        "sent": "sdi-pending",
    }
    for d in documents:
        if (code := codes.get(sent[d.pk].state)) is not None:
            # A receipt may come days later, and an office may not bring them in at all: that is told, and stops nothing.
            yield found(code, d.number, encode("doc", d.pk), stops=code == "sdi-rejected")


def _movements(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    rows = Movement.objects.filter(
        issuer=issuer, booked_on__gte=first, booked_on__lt=until, amount__gt=0, set_aside=""
    )
    for m in transfers.with_used(rows).order_by("booked_on", "pk"):
        left = transfers.left_of(m)
        if left:
            yield found("movement-open", m.name or m.reason[:80], encode("mov", m.pk), left, stops=False)


def _paid_in_vain(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    """Orders that were paid in part, are not owed any more, and what was paid is not their customer's credit yet."""
    whose = Q(movement__issuer=issuer) | Q(credit__issuer=issuer)
    paid = Match.objects.filter(whose, posted_on__gte=first, posted_on__lt=until, payment=None)
    paid = paid.exclude(order=None).exclude(order__state=Order.State.OWED)
    rows = Order.objects.filter(pk__in=paid.values("order")).annotate(
        paid=sum_of(Match.objects.filter(payment=None), "order", "amount"),
        credited=sum_of(CustomerCredit.objects.all(), "order", "amount"),
    )
    for order in rows.exclude(paid=F("credited")).select_related("person", "organisation").order_by("pk"):
        off = cents(order.paid) - cents(order.credited)
        yield found("order-paid-in-vain", order.payer.name, encode("ord", order.pk), off, stops=False)
