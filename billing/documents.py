"""Documents: everything they say is frozen, their number drawn last, their hash chained to the one before.

Law: DPR 633/72 art. 21 (content, numbering) and 26 (credit notes); a document is never changed, only corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from billing import numbering, vat
from billing.amounts import Line, Reckoned, of_summaries, reckon
from billing.freeze import Issue, date_for, freeze, series_for
from billing.mandate import named_by
from billing.models import Document, DocumentRate, Incomplete, Issuer, Order, OrderLine, Payment, Refund
from billing.snapshots import Paper
from billing.vat import RateKey, Summary
from core.money import ZERO, Money, total
from people import fiscal
from people.models import Organisation, Person

Sold = tuple[Decimal, str]  # the percentage and natura of a sale


def controls(payer: Person | Organisation, issuer: Issuer) -> list[str]:
    """What would keep the document from passing, as codes; empty if it can be issued. Pure."""
    faults = [f"payer-{name.replace('_', '-')}" for name in fiscal.missing(payer)]
    body = issuer.partner.organisation
    if not body.vat_number and not body.tax_code:
        faults.append("issuer-tax-code")
    return faults


def payer_of(order: Order) -> Person | Organisation:
    return order.organisation or order.person


def issue_for(order: Order, payment: Payment | None, desk: Desk | None = None) -> list[Document]:
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
    return issue_all(order, payment, ready, desk)


class Desk:
    """The dates, series and counters of everything that one act will issue, locked together: all months, then all
    series. Whoever issues twice in an act opens one desk for both."""

    def __init__(self, wanted: Iterable[tuple[Issuer, str]]) -> None:
        issuers = {issuer.pk: issuer for issuer, _ in wanted}
        kinds = sorted({(issuer.pk, kind) for issuer, kind in wanted})
        self._day = {pk: date_for(issuers[pk]) for pk in sorted(issuers)}
        self._series = {(pk, kind): series_for(issuers[pk], kind) for pk, kind in kinds}
        years = {series: self._day[pk].year for (pk, _), series in self._series.items()}
        self._counters = numbering.lock_series(years)

    def freeze(
        self, issuer: Issuer, kind: str, order: Order, came: Reckoned, paper: Paper, **more: Any
    ) -> Document:
        series = self._series[issuer.pk, kind]
        told = Issue(issuer, kind, series, self._day[issuer.pk], payer_of(order), order)
        return freeze(told, self._counters[series.pk], came, paper, **more)


def issue_all(
    order: Order,
    payment: Payment | None,
    ready: dict[Issuer, list[OrderLine]],
    desk: Desk | None = None,
) -> list[Document]:
    if not ready:
        return []
    desk = desk or Desk([(issuer, Document.Kind.INVOICE) for issuer in ready])
    acting = named_by(order, ready)
    made = []
    for issuer, lines in ready.items():
        # The price was promised with VAT and is paid: stamp duty is the issuer's.
        came = reckon([sold_line(line) for line in lines], with_vat=True, stamp=stamp_of(issuer, "borne"))
        made.append(
            desk.freeze(
                issuer,
                Document.Kind.INVOICE,
                order,
                came,
                Paper("TD01", method=payment.method if payment else "", on_behalf=acting.get(issuer.pk)),
                order_lines=lines,
                payment=payment,
            )
        )
    return made


def stamp_of(issuer: Issuer, wanted: str) -> str:
    """How stamp duty is told; the third sector owes none (D.Lgs. 117/2017 art. 82 c. 5)."""
    return "none" if issuer.third_sector else wanted


def sold_line(line: OrderLine) -> Line:
    """What was promised, as a document's line: its price includes VAT."""
    rate = line.vat_rate
    return Line(
        line.description,
        Decimal(line.gross.cents) / 100,
        RateKey(rate.percent, rate.natura, rate.legal_text),
    )


def credit(
    refund: Refund, amounts: Mapping[Document, Mapping[Sold, Money]], desk: Desk | None = None
) -> list[Document]:
    """Inside an act that locked the payment: a credit note for each document, of amounts at the rates they sold at.

    It names what it corrects; all the credit notes of a document never exceed it, at any rate, in base or in tax.
    Of several issuers all months are locked, then all series: crediting one by one would lock backwards.
    """
    corrected = sorted(amounts, key=lambda document: document.issuer_id)
    issuers = Issuer.objects.select_related("partner__organisation").in_bulk(
        [document.issuer_id for document in corrected]
    )
    desk = desk or Desk([(issuer, Document.Kind.CREDIT_NOTE) for issuer in issuers.values()])
    order = refund.payment.order
    acting = named_by(order, issuers.values())
    made = []
    for document in corrected:
        issuer = issuers[document.issuer_id]
        found = _credits(document, amounts[document])
        came = of_summaries(found, f"Rimborso · Refund {document.number}", stamp_of(issuer, "borne"))
        made.append(
            desk.freeze(
                issuer,
                Document.Kind.CREDIT_NOTE,
                order,
                came,
                Paper(
                    "TD04",
                    [(document.number, document.issued_on)],
                    method=refund.payment.method,
                    on_behalf=acting.get(issuer.pk),
                ),
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


def key_of(rate: DocumentRate) -> RateKey:
    return RateKey(rate.rate, rate.natura, rate.legal_text)
