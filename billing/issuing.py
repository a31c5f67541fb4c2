"""A document without a sale: an invoice, a receipt or a credit note that the office writes itself.

Nothing is issued that the SdI would refuse: the file is written and held to its controls before a number is drawn.
Law: DPR 633/72 art. 21 (content), art. 26 (credit notes never exceed what they correct).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from billing import controls, documents, fatturapa, ledger, numbering, sdi, vat
from billing.amounts import Fund, Line, Reckoned, Withholding, reckon
from billing.documents import stamp_of
from billing.freeze import ITALY, Issue, date_for, freeze, new_document, series_for
from billing.models import Document, DocumentRate, Issuer
from billing.snapshots import Paper, snapshot_of
from billing.vat import Summary
from core.audit import record
from core.clock import now
from core.errors import FiscalDataMissing, Invalid, Pointer, RefundTooLarge, SdiControl
from core.locks import patient_act
from core.money import ZERO, Money, total
from core.periods import local_date
from people.models import Organisation, Person

K = Document.Kind
Sold = tuple[Decimal, str]
PROGRESS = "00000"  # of a file that is looked at and never sent


@dataclass(frozen=True, slots=True)
class Wish:
    """What the office wants to issue. `stamp`: none, borne, recharged; `with_vat`: unit prices include it."""

    issuer: Issuer
    kind: str
    payer: Person | Organisation
    lines: Sequence[Line]
    paper: Paper
    stamp: str = "recharged"
    split: bool = False
    fund: Fund | None = None
    withholding: Withholding | None = None
    corrects: Document | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The figures, and what the SdI would say of the file (nothing of a receipt: it is not sent)."""

    came: Reckoned
    faults: Sequence[controls.Fault]
    missing: Sequence[str]


def preview(wish: Wish) -> Preview:
    """What would be issued, with nothing written."""
    came = figures(wish)
    if missing := documents.controls(wish.payer, wish.issuer):
        return Preview(came, [], missing)
    return Preview(came, _faults(wish, came), [])


def _faults(wish: Wish, came: Reckoned) -> list[controls.Fault]:
    if wish.kind == K.RECEIPT:
        return []
    series, today = series_for(wish.issuer, wish.kind), local_date(now(), ITALY)
    draft = new_document(Issue(wish.issuer, wish.kind, series, today, wish.payer), 1, came, wish.paper)
    content = fatturapa.xml(snapshot_of(draft, wish.payer, came, wish.paper), PROGRESS)
    return controls.faults(content, today)


def figures(wish: Wish) -> Reckoned:
    """The figures of the wish; a credit with VAT takes what its document has left."""
    came = reckon(
        wish.lines,
        with_vat=wish.paper.with_vat,
        stamp=stamp_of(wish.issuer, wish.stamp),
        regime=wish.issuer.regime,
        fund=wish.fund,
        withholding=wish.withholding,
        split=wish.split,
    )
    if wish.corrects is None or not wish.paper.with_vat:
        return came
    done, whole = credited(wish.corrects), _by_rate(wish.corrects.rates.all())
    found = [_credit(s, whole.get(_sold(s)), done.get(_sold(s))) for s in came.summaries]
    nets = list(came.nets)
    for summary in found:
        own = [n for n, line in enumerate(came.lines) if line.rate == summary.key]
        for n, (net, _) in zip(own, vat.spread(summary, [came.grosses[n] for n in own]), strict=True):
            nets[n] = net
    return replace(came, summaries=tuple(found), nets=tuple(nets))


def _sold(summary: Summary) -> Sold:
    return summary.key.rate, summary.key.natura


def _credit(asked: Summary, whole: Summary | None, done: Summary | None) -> Summary:
    """What this credit is in base and tax: the last one takes the remainder."""
    before = done.gross if done else ZERO
    if whole is not None and before + asked.gross == whole.gross:
        net = whole.net - (done.net if done else ZERO)
        return Summary(asked.key, net, asked.gross - net, asked.gross)
    return vat.credited(asked.key, before, asked.gross)


def _by_rate(rows: Any) -> dict[Sold, Summary]:
    """Frozen summaries added up by percentage and natura, whatever their legal text."""
    found: dict[Sold, Summary] = {}
    for row in rows:
        key = documents.key_of(row)
        had = found.get((row.rate, row.natura), Summary(key, ZERO, ZERO, ZERO))
        found[row.rate, row.natura] = Summary(
            key, had.net + row.net, had.vat + row.vat, had.gross + row.gross
        )
    return found


def credited(document: Document) -> dict[Sold, Summary]:
    """What the credit notes of a document come to."""
    return _by_rate(DocumentRate.objects.filter(document__corrects=document))


def _within(document: Document, came: Reckoned) -> None:
    """Raises RefundTooLarge where a credit would exceed its document, at any rate, in base or in tax."""
    done, whole = credited(document), _by_rate(document.rates.all())
    asked: dict[Sold, list[Summary]] = defaultdict(list)
    for summary in came.summaries:  # apart by legal text, which what is left does not know
        asked[_sold(summary)].append(summary)
    for sold, summaries in asked.items():
        all_of_it, had = whole.get(sold), done.get(sold)
        for name in ("net", "vat"):
            most: Money = getattr(all_of_it, name) if all_of_it else ZERO
            left = most - (getattr(had, name) if had else ZERO)
            if total(getattr(summary, name) for summary in summaries).cents > left.cents:
                raise RefundTooLarge(left=left, data={"left": left, "rate": str(sold[0])})


def issue(by: Person, wish: Wish) -> Document:
    """The document is issued, in its series' next number, and entered in the ledger.

    Raises FiscalDataMissing, SdiControl with every fault of the file, RefundTooLarge, Invalid for a credit of what
    was paid by a sale (its refund makes it).
    """
    seen = preview(wish)
    if seen.missing:
        raise FiscalDataMissing(pointers=[Pointer(f"/{code}", "required", "") for code in seen.missing])
    if seen.faults:
        raise SdiControl(pointers=sdi.pointers_of(seen.faults))
    if wish.corrects is not None and wish.corrects.payment_id is not None:
        raise Invalid(pointers=[Pointer("/corrects_id", "refund-instead", "")])
    return _issue(by, wish)


@patient_act
def _issue(by: Person, wish: Wish) -> Document:
    day = date_for(wish.issuer)
    series = series_for(wish.issuer, wish.kind)
    counter = numbering.lock_series({series: day.year})[series.pk]
    came = figures(wish)  # what is left of a corrected document may be less by now
    if wish.corrects is not None:
        _within(wish.corrects, came)
    made = freeze(
        Issue(wish.issuer, wish.kind, series, day, wish.payer),
        counter,
        came,
        wish.paper,
        corrects=wish.corrects,
    )
    ledger.enter_document(made)
    record(by, "issue", made)
    return made
