"""Documents: everything they say is frozen, their number drawn last, their hash chained to the one before.

Law: DPR 633/72 art. 21 (content, numbering) and 26 (credit notes); a document is never changed, only corrected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from billing import numbering, vat
from billing.models import (
    AccountingMonth,
    Document,
    DocumentLine,
    DocumentRate,
    Incomplete,
    Issuer,
    NumberCounter,
    NumberSeries,
    Order,
    OrderLine,
    Payment,
    Refund,
    Revision,
)
from billing.vat import RateKey, Summary, summaries
from core import outbox
from core.clock import now
from core.ids import encode
from core.locks import Order as Locks
from core.locks import share_row
from core.money import ZERO, Money, total
from core.periods import local_date
from people import fiscal
from people.models import FiscalIdentity, Organisation, Person

Sold = tuple[Decimal, str]  # the percentage and natura of a sale
ITALY = ZoneInfo("Europe/Rome")  # the year of a number is the year of its date in Italy
IDENTITY = (
    "tax_code",
    "vat_number",
    "recipient_code",
    "certified_email",
    "street",
    "postcode",
    "city",
    "province",
    "country",
)


def controls(payer: Person | Organisation, issuer: Issuer) -> list[str]:
    """What would keep the document from passing, as codes; empty if it can be issued. Pure."""
    faults = [f"payer-{name.replace('_', '-')}" for name in fiscal.missing(payer)]
    body = issuer.partner.organisation
    if not body.vat_number and not body.tax_code:
        faults.append("issuer-tax-code")
    return faults


def payer_of(order: Order) -> Person | Organisation:
    return order.organisation or order.person


def issue_for(order: Order, payment: Payment | None) -> list[Document]:
    """Inside an act: one document per issuer of the order's lines; what cannot be issued yet is `Incomplete`."""
    lines = list(order.lines.select_related("issuer__partner__organisation", "vat_rate").order_by("position"))
    by_issuer: dict[Any, list[OrderLine]] = {}
    for line in lines:
        by_issuer.setdefault(line.issuer, []).append(line)
    payer = payer_of(order)
    ready: dict[Issuer, list[OrderLine]] = {}
    for issuer in sorted(by_issuer, key=lambda i: i.pk):
        worth = total(line.gross for line in by_issuer[issuer])
        if not worth:
            continue
        if codes := controls(payer, issuer):
            Incomplete.objects.get_or_create(order=order, issuer=issuer, defaults={"code": codes[0]})
            continue
        ready[issuer] = by_issuer[issuer]
    return issue_all(order, payment, ready)


def issue_all(order: Order, payment: Payment | None, ready: dict[Issuer, list[OrderLine]]) -> list[Document]:
    if not ready:
        return []
    day = {issuer: _date_for(issuer) for issuer in ready}
    series = {issuer: series_for(issuer, Document.Kind.INVOICE) for issuer in ready}
    counters = numbering.lock_series({series[issuer]: day[issuer].year for issuer in ready})
    made = []
    for issuer, lines in ready.items():
        found = [
            Line(
                line.description,
                line.gross,
                RateKey(line.vat_rate.percent, line.vat_rate.natura, line.vat_rate.legal_text),
                line,
            )
            for line in lines
        ]
        made.append(
            _freeze(
                issuer,
                Document.Kind.INVOICE,
                series[issuer],
                counters[series[issuer].pk],
                day[issuer],
                order,
                found,
                summaries((line.rate, line.gross) for line in found),
                payment=payment,
            )
        )
    return made


def credit(refund: Refund, amounts: Mapping[Document, Mapping[Sold, Money]]) -> list[Document]:
    """Inside an act that locked the payment: a credit note for each document, of amounts at the rates they sold at.

    It names what it corrects; all the credit notes of a document never exceed it, at any rate, in base or in tax.
    Of several issuers all months are locked, then all series: crediting one by one would lock backwards.
    """
    corrected = sorted(amounts, key=lambda document: document.issuer_id)
    issuers = Issuer.objects.select_related("partner__organisation").in_bulk(
        [document.issuer_id for document in corrected]
    )
    day = {document: _date_for(issuers[document.issuer_id]) for document in corrected}
    series = {
        document: series_for(issuers[document.issuer_id], Document.Kind.CREDIT_NOTE) for document in corrected
    }
    counters = numbering.lock_series({series[document]: day[document].year for document in corrected})
    order = refund.payment.order
    made = []
    for document in corrected:
        found = _credits(document, amounts[document])
        lines = [Line(f"Rimborso · Refund {document.number}", s.gross, s.key, None) for s in found]
        made.append(
            _freeze(
                issuers[document.issuer_id],
                Document.Kind.CREDIT_NOTE,
                series[document],
                counters[series[document].pk],
                day[document],
                order,
                lines,
                found,
                payment=refund.payment,
                refund=refund,
                corrects=document,
            )
        )
    return made


def _credits(document: Document, amounts: Mapping[Sold, Money]) -> list[Summary]:
    """The summaries of a credit, by what is left of the document at each rate."""
    credited: dict[RateKey, Money] = {}
    for rate in DocumentRate.objects.filter(document__corrects=document):
        credited[key_of(rate)] = credited.get(key_of(rate), ZERO) + rate.gross
    found = []
    for (percent, natura), amount in sorted(amounts.items(), reverse=True):
        rates = list(document.rates.filter(rate=percent, natura=natura).order_by("legal_text"))
        left = [rate.gross - credited.get(key_of(rate), ZERO) for rate in rates]
        for rate, part in zip(rates, amount.split([money.cents for money in left]), strict=True):
            if part:
                key = key_of(rate)
                found.append(vat.credited(key, credited.get(key, ZERO), part))
    return found


def series_for(issuer: Issuer, kind: str) -> NumberSeries:
    """The series in which an issuer numbers this kind; LookupError if it has none (a configuration fault)."""
    found = next((s for s in issuer.number_series.order_by("code") if kind in s.kinds), None)
    if found is None:
        raise LookupError(f"{issuer} has no number series for {kind}")
    return found


def _date_for(issuer: Issuer) -> date:
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
        day = (first + timedelta(days=32)).replace(day=1)


def key_of(rate: DocumentRate) -> RateKey:
    return RateKey(rate.rate, rate.natura, rate.legal_text)


class Line:
    """One line to freeze."""

    def __init__(self, description: str, gross: Money, rate: RateKey, order_line: OrderLine | None) -> None:
        self.description, self.gross, self.rate, self.order_line = description, gross, rate, order_line


def _freeze(
    issuer: Issuer,
    kind: str,
    series: NumberSeries,
    counter: NumberCounter,
    day: date,
    order: Order,
    lines: Sequence[Line],
    found: Sequence[Summary],
    *,
    payment: Payment | None = None,
    refund: Refund | None = None,
    corrects: Document | None = None,
) -> Document:
    payer = payer_of(order)
    ordinal = counter.last + 1
    document = Document(
        issuer=issuer,
        kind=kind,
        series=series,
        year=day.year,
        ordinal=ordinal,
        number=f"{series.code}-{day.year}/{ordinal}",
        issued_on=day,
        order=order,
        payment=payment,
        refund=refund,
        corrects=corrects,
        person=order.person,
        organisation=order.organisation,
        customer_name=payer.name,
        language=order.person.language,
        net=total(s.net for s in found),
        vat=total(s.vat for s in found),
        gross=total(s.gross for s in found),
    )
    snapshot = snapshot_of(document, payer, lines, found)
    text = orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(counter.last_hash.encode() + text).hexdigest()
    previous, counter.last_hash = counter.last_hash, digest
    numbering.draw(counter)
    document.save(force_insert=True)
    DocumentLine.objects.bulk_create(
        DocumentLine(
            document=document, position=i, order_line=line.order_line, description=line.description, quantity=1, unit="",
            unit_price=Decimal(line.gross.cents) / 100, gross=line.gross, rate=line.rate.rate, natura=line.rate.natura,
        )
        for i, line in enumerate(lines, 1)
    )  # fmt: skip
    DocumentRate.objects.bulk_create(
        DocumentRate(
            document=document,
            rate=s.key.rate,
            natura=s.key.natura,
            legal_text=s.key.legal_text,
            net=s.net,
            vat=s.vat,
            gross=s.gross,
        )
        for s in found
    )
    revision = Revision.objects.create(
        document=document, snapshot=snapshot, sha256=digest, previous_sha256=previous
    )
    outbox.put("billing.pdf", {"revision": str(revision.pk)}, key=f"pdf:{revision.pk}")
    return document


def identity_of(thing: FiscalIdentity, name: str) -> dict[str, str]:
    return {"name": name} | {field: getattr(thing, field) for field in IDENTITY}


def snapshot_of(
    document: Document, payer: Person | Organisation, lines: Sequence[Line], found: Sequence[Summary]
) -> dict[str, Any]:
    """All that the document says, in plain values: what is drawn later is drawn from this alone."""
    issuer = document.issuer
    body = issuer.partner.organisation
    corrects = document.corrects
    return {
        "kind": document.kind,
        "number": document.number,
        "issued_on": document.issued_on.isoformat(),
        "language": document.language,
        "currency": document.gross.currency,
        "seller": identity_of(body, body.name)
        | {
            "regime": issuer.regime,
            "iban": issuer.iban,
            "rea": issuer.rea,
            "colour": issuer.colour,
            "logo": issuer.logo,
        }
        | {"footer_it": issuer.footer_it, "footer_en": issuer.footer_en},
        "buyer": identity_of(payer, payer.name),
        "corrects": corrects and {"number": corrects.number, "issued_on": corrects.issued_on.isoformat()},
        "order": encode("ord", document.order_id) if document.order_id else None,
        "lines": [
            {
                "description": line.description,
                "gross": line.gross.cents,
                "rate": str(line.rate.rate),
                "natura": line.rate.natura,
            }
            for line in lines
        ],
        "rates": [
            {
                "rate": str(s.key.rate),
                "natura": s.key.natura,
                "legal_text": s.key.legal_text,
                "net": s.net.cents,
                "vat": s.vat.cents,
                "gross": s.gross.cents,
            }
            for s in found
        ],
        "net": document.net.cents,
        "vat": document.vat.cents,
        "gross": document.gross.cents,
        "method": document.payment.method if document.payment else "",
    }
