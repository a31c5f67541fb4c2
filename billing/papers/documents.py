"""Documents: everything they say is frozen, their number drawn last, their hash chained to the one before.

Law: DPR 633/72 art. 21 (content, numbering) and 26 (credit notes); a document is never changed, only corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.models import Document, DocumentRate, Incomplete, Issuer, Order, OrderLine, Payment, Refund
from billing.papers import numbering, vat
from billing.papers.amounts import Line, Reckoned, of_summaries, reckon
from billing.papers.freeze import ITALY, Issue, date_for, freeze
from billing.papers.mandate import named_by
from billing.papers.snapshots import Paper
from billing.papers.vat import RateKey, Summary
from core.clock import now
from core.locks import Order as Locks
from core.locks import lock_words
from core.money import ZERO, Money, total
from core.periods import local_date
from core.words import Words
from people import fiscal
from people.models import Organisation, Person

SEAT = ("postcode", "province")
# For what a credit note is made whenever it comes (DPR 633/72 art. 26 c. 2), of what was paid.
GROUNDS = {
    "nullity": Words("nullità", "nullity"),
    "annulment": Words("annullamento", "annulment"),
    "revocation": Words("revoca", "revocation"),
    "resolution": Words("risoluzione", "termination (risoluzione)"),
    "rescission": Words("rescissione", "rescission"),
    "similar": Words("cause simili a nullità e risoluzione", "causes like nullity and termination"),
    "discount": Words("abbuono o sconto previsto dal contratto", "a discount that the contract provides for"),
}
LAW = Words("Art. 26 c. 2 DPR 633/72: {ground}", "DPR 633/72 art. 26 c. 2: {ground}")
Sold = tuple[Decimal, str]  # the percentage and natura of a sale


def controls(payer: Person | Organisation, issuer: Issuer) -> list[str]:
    """What would keep the document from passing, as codes; empty if it can be issued. Pure."""
    faults = [f"payer-{name.replace('_', '-')}" for name in fiscal.missing(payer)]
    body = issuer.partner.organisation
    if not body.vat_number and not body.tax_code:
        faults.append("issuer-tax-code")
    # A file without them is none (00200), and its number would be drawn by then.
    faults += [f"issuer-{name}" for name in ("street", "postcode", "city") if not getattr(body, name)]
    return faults + [f"issuer-{name.replace('_', '-')}" for name in fiscal.faults(body) if name in SEAT]


def issue_for(order: Order, payment: Payment | None, desk: Desk | None = None) -> list[Document]:
    """Inside an act: one document per issuer of the order's lines; what cannot be issued yet is `Incomplete`,
    since the day on which it was paid."""
    by_issuer = _by_issuer(order)
    payer = order.payer
    ready: dict[Issuer, list[OrderLine]] = {}
    for issuer in sorted(by_issuer, key=lambda i: i.pk):
        worth = total(line.gross for line in by_issuer[issuer])
        if not worth:
            continue
        if codes := controls(payer, issuer):
            told = {"code": codes[0], "since_at": _paid_at(payment)}
            Incomplete.objects.get_or_create(order=order, issuer=issuer, defaults=told)
            continue
        ready[issuer] = by_issuer[issuer]
    return issue_all(order, payment, ready, desk)


def _by_issuer(order: Order) -> dict[Issuer, list[OrderLine]]:
    found: dict[Issuer, list[OrderLine]] = {}
    lines = order.lines.select_related("issuer__partner__organisation", "vat_rate")
    for line in lines.order_by("position"):
        found.setdefault(line.issuer, []).append(line)
    return found


def kind_of(issuer: Issuer, lines: Iterable[OrderLine]) -> str:
    """What an issuer's part of a sale is documented by: a receipt, if all that it charges for is sold by receipt and the
    issuer numbers receipts; else an invoice, which may always be (DPR 633/72 art. 4 and 21)."""
    charged = [line for line in lines if line.gross]
    receipted = bool(charged) and all(line.vat_rate.receipted for line in charged)
    numbers = receipted and numbering.chosen(issuer.number_series.order_by("code"), Document.Kind.RECEIPT)
    return Document.Kind.RECEIPT if numbers else Document.Kind.INVOICE


def kinds_of(order: Order) -> list[tuple[Issuer, str]]:
    """What a desk must be open for, to issue what this order charges for."""
    found = _by_issuer(order).items()
    return [(i, str(kind_of(i, lines))) for i, lines in found if any(line.gross for line in lines)]


def series_of_credit(document: Document) -> str:
    """The kind in whose series a credit of this document is numbered: a receipt is reversed among receipts, by what the
    SdI never reads."""
    receipt = Document.Kind.RECEIPT
    return str(receipt if document.kind == receipt else Document.Kind.CREDIT_NOTE)


class Desk:
    """The dates, series and counters of everything that one act will issue, locked together: all months, then all
    series. Whoever issues twice in an act opens one desk for both."""

    def __init__(self, wanted: Iterable[tuple[Issuer, str]], operation: date | None = None) -> None:
        issuers = {issuer.pk: issuer for issuer, _ in wanted}
        kinds = sorted({(issuer.pk, kind) for issuer, kind in wanted})
        self._day = {pk: date_for(issuers[pk], operation) for pk in sorted(issuers)}
        self._series = {(pk, kind): numbering.series_for(issuers[pk], kind) for pk, kind in kinds}
        # Both: who pays is known when it is issued.
        years = {s: self._day[pk].year for (pk, _), of in self._series.items() for s in (of.usual, of.public)}
        self._counters = numbering.lock_series(years)

    def freeze(
        self, issuer: Issuer, kind: str, order: Order, came: Reckoned, paper: Paper, **more: Any
    ) -> Document:
        return self.freeze_for(issuer, kind, order.payer, came, paper, order=order, **more)

    def freeze_for(
        self,
        issuer: Issuer,
        kind: str,
        payer: Person | Organisation,
        came: Reckoned,
        paper: Paper,
        *,
        order: Order | None = None,
        **more: Any,
    ) -> Document:
        """The same where it is of no single order."""
        corrected: Document | None = more.get("corrects")
        numbered = kind if corrected is None else series_of_credit(corrected)
        series = self._series[issuer.pk, numbered].of(payer)
        told = Issue(issuer, kind, series, self._day[issuer.pk], payer, order)
        return freeze(told, self._counters[series.pk], came, paper, **more)


def issue_all(
    order: Order,
    payment: Payment | None,
    ready: dict[Issuer, list[OrderLine]],
    desk: Desk | None = None,
) -> list[Document]:
    """Inside an act: one document for each issuer, of its lines of the order; prices with VAT, stamp duty borne."""
    if not ready:
        return []
    paid_on = local_date(_paid_at(payment), ITALY)
    kinds = {issuer: kind_of(issuer, lines) for issuer, lines in ready.items()}
    desk = desk or Desk(kinds.items(), paid_on)
    acting = named_by(OrderLine.objects.filter(order=order), ready)
    made = []
    for issuer, lines in ready.items():
        if kinds[issuer] == Document.Kind.RECEIPT:
            # What is free says at which rate it would have been sold, and a receipt is for what has no VAT.
            lines = [line for line in lines if line.gross]
        # The price was promised with VAT and is paid: stamp duty is the issuer's.
        came = reckon([sold_line(line) for line in lines], with_vat=True, stamp=stamp_of(issuer, "borne"))
        made.append(
            desk.freeze(
                issuer,
                kinds[issuer],
                order,
                came,
                Paper(
                    "TD01" if kinds[issuer] == Document.Kind.INVOICE else "",
                    method=payment.method if payment else "",
                    on_behalf=acting.get(issuer.pk),
                ),
                order_lines=lines,
                payment=payment,
            )
        )
    return made


def _paid_at(payment: Payment | None) -> datetime:
    return payment.captured_at if payment is not None and payment.captured_at is not None else now()


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
    desk = desk or Desk([(issuers[d.issuer_id], series_of_credit(d)) for d in corrected])
    queue_to_credit(corrected)
    order = refund.payment.order
    acting = named_by(OrderLine.objects.filter(order=order), issuers.values())
    made = []
    for document in corrected:
        issuer = issuers[document.issuer_id]
        found = _credits(document, amounts[document])
        reversal = series_of_credit(document) == Document.Kind.RECEIPT
        # Stamp duty is on a receipt for money had (tariff art. 13), not on what says that it was given back.
        text = f"Rimborso · Refund {document.number}"
        stamp = "none" if reversal else stamp_of(issuer, "borne")
        came = of_summaries(found, text, stamp, split=document.split)
        made.append(
            desk.freeze(
                issuer,
                Document.Kind.CREDIT_NOTE,
                order,
                came,
                Paper(
                    "" if reversal else "TD04",
                    [(document.number, document.issued_on)],
                    reasons=[LAW.say("it", ground=GROUNDS[refund.ground].it)]
                    if refund.ground and not reversal
                    else [],
                    method=refund.payment.method,
                    on_behalf=acting.get(issuer.pk),
                ),
                payment=refund.payment,
                refund=refund,
                corrects=document,
            )
        )
    return made


def queue_to_credit(corrected: Iterable[Document]) -> None:
    """Inside an act that has its numbers, before it looks at what is left of these documents: until commit nobody else
    credits one of them. Their notes may be numbered in several series, so that no number makes them wait."""
    if words := [f"credits:{document.pk}" for document in corrected]:
        lock_words(Locks.NUMBERS, words)


def credits_left(document: Document, amounts: Mapping[Sold, Money]) -> list[Summary] | None:
    """The summaries of a credit of amounts at the rates they sold at; None if the document has less left at one."""
    left: dict[Sold, Money] = {}
    for rate in document.rates.all():
        left[rate.rate, rate.natura] = left.get((rate.rate, rate.natura), ZERO) + rate.gross
    for rate in DocumentRate.objects.filter(document__corrects=document):
        left[rate.rate, rate.natura] = left.get((rate.rate, rate.natura), ZERO) - rate.gross
    if any(amount.cents > left.get(sold, ZERO).cents for sold, amount in amounts.items()):
        return None
    return _credits(document, amounts)


def _credits(document: Document, amounts: Mapping[Sold, Money]) -> list[Summary]:
    """The summaries of a credit, by what is left of the document at each rate."""
    found, whole = [], summaries_of(document)
    credited = _credited(document, whole)
    for (percent, natura), amount in sorted(amounts.items(), reverse=True):
        keys = [s.key for s in whole if (s.key.rate, s.key.natura) == (percent, natura)]
        left = [s.gross - credited[s.key] for s in whole if s.key in keys]
        for key, part in zip(keys, amount.split([money.cents for money in left]), strict=True):
            if part:
                found.append(vat.credited(key, credited[key], part))
    return found


def _credited(document: Document, whole: list[Summary]) -> dict[RateKey, Money]:
    """What was credited of each of these summaries. A note that names none of their laws (theirs was mended since, or its own)
    took of what is left at its rate and natura, of a mended one first."""
    found = {summary.key: ZERO for summary in whole}
    others: dict[Sold, Money] = {}
    for rate in DocumentRate.objects.filter(document__corrects=document):
        if (key := key_of(rate)) in found:
            found[key] += rate.gross
        else:
            others[key[:2]] = others.get(key[:2], ZERO) + rate.gross
    mended = {key_of(rate) for rate in document.rates.filter(version__gt=1)} if others else set()
    for summary in sorted(whole, key=lambda s: s.key not in mended):
        sold, left = summary.key[:2], summary.gross - found[summary.key]
        taken = min(others.get(sold, ZERO), left)
        found[summary.key] += taken
        others[sold] = others.get(sold, ZERO) - taken
    return found


def summaries_of(document: Document) -> list[Summary]:
    """What the document comes to at each rate, natura and law; what a later version took back is not among them."""
    found: dict[RateKey, Summary] = {}
    for row in document.rates.order_by("legal_text", "pk"):
        had = found.get(key_of(row), Summary(key_of(row), ZERO, ZERO, ZERO))
        found[had.key] = Summary(had.key, had.net + row.net, had.vat + row.vat, had.gross + row.gross)
    return [summary for summary in found.values() if summary.net or summary.gross]


def key_of(rate: DocumentRate) -> RateKey:
    """The rate as documents sum it."""
    return RateKey(rate.rate, rate.natura, rate.legal_text)
