"""The takings by partner: what each sale was, and what was given back, entered once and never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from billing.documents import ITALY
from billing.models import Document, Entry, Order, OrderLine, Payment, Refund
from billing.vat import RateKey, spread, summaries
from core.clock import now
from core.money import Money
from core.periods import local_date

Key = tuple[Any, RateKey]


def _parts(lines: Sequence[OrderLine]) -> list[tuple[OrderLine, RateKey, Money, Money]]:
    """(line, rate, net, VAT) of every line: VAT once per issuer and rate, spread so that it adds up."""
    by_key: dict[Key, list[OrderLine]] = defaultdict(list)
    for line in lines:
        vat = line.vat_rate
        by_key[line.issuer_id, RateKey(vat.percent, vat.natura, vat.legal_text)].append(line)
    found = []
    for (_, rate), group in by_key.items():
        summary = summaries((rate, line.gross) for line in group)[0]
        for line, (net, vat_part) in zip(group, spread(summary, [line.gross for line in group]), strict=True):
            found.append((line, rate, net, vat_part))
    return found


def _day(document: Document | None, order: Order) -> Any:
    return document.issued_on if document else local_date(now(), ITALY)


def enter_sale(order: Order, payment: Payment | None, issued: Sequence[Document]) -> None:
    """Inside an act: every line of the order is somebody's takings."""
    by_issuer = {document.issuer_id: document for document in issued}
    lines = list(order.lines.select_related("vat_rate", "item").order_by("position"))
    Entry.objects.bulk_create(
        Entry(
            kind=Entry.Kind.SALE,
            on=_day(by_issuer.get(line.issuer_id), order),
            issuer_id=line.issuer_id,
            partner_id=line.partner_id,
            resource_id=line.item.resource_id if line.item else None,
            booking_id=line.booking_id,
            order=order,
            payment=payment,
            document=by_issuer.get(line.issuer_id),
            rate=rate.rate,
            natura=rate.natura,
            net=net,
            vat=vat,
            gross=line.gross,
        )
        for line, rate, net, vat in _parts(lines)
    )


def enter_refund(sale: Sequence[Entry], refund: Refund, credited: dict[Any, Document]) -> None:
    """Inside an act: a refund undoes these entries in proportion; the rows sum to the refund, to the cent."""
    by_issuer: dict[Any, list[Entry]] = defaultdict(list)
    for entry in sale:
        by_issuer[entry.issuer_id].append(entry)
    amounts = refund.amount.split([sum(e.gross.cents for e in group) for group in by_issuer.values()])
    rows = []
    for (issuer, group), amount in zip(by_issuer.items(), amounts, strict=True):
        document = credited.get(issuer)
        grosses = amount.split([entry.gross.cents for entry in group])
        by_rate: dict[RateKey, list[tuple[Entry, Money]]] = defaultdict(list)
        for entry, gross in zip(group, grosses, strict=True):
            by_rate[RateKey(entry.rate, entry.natura)].append((entry, gross))
        for rate, pairs in by_rate.items():
            summary = summaries((rate, gross) for _, gross in pairs)[0]
            parts = spread(summary, [gross for _, gross in pairs])
            for (entry, gross), (net, vat) in zip(pairs, parts, strict=True):
                rows.append(
                    Entry(
                        kind=Entry.Kind.REFUND,
                        on=_day(document, entry.order),
                        issuer_id=issuer,
                        partner_id=entry.partner_id,
                        resource_id=entry.resource_id,
                        booking_id=entry.booking_id,
                        order=entry.order,
                        payment=refund.payment,
                        refund=refund,
                        document=document,
                        rate=entry.rate,
                        natura=entry.natura,
                        net=-net,
                        vat=-vat,
                        gross=-gross,
                    )
                )
    Entry.objects.bulk_create(rows)
