"""A document without a sale: an invoice, a receipt or a credit note that the office writes itself.

Nothing is issued that the SdI would refuse: the file is written and held to its controls before a number is drawn.
Law: DPR 633/72 art. 21 (content), art. 26 (credit notes never exceed what they correct).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing.models import Document, DocumentRate
from billing.papers import controls, documents, fatturapa, ledger, numbering, sdi, vat
from billing.papers.amounts import Reckoned, reckon, restated
from billing.papers.cautions import Caution, cautions
from billing.papers.documents import stamp_of
from billing.papers.freeze import ITALY, Issue, date_for, freeze, new_document, series_for
from billing.papers.registers import cents
from billing.papers.snapshots import snapshot_of
from billing.papers.vat import Summary
from billing.papers.wish import Wish
from core.audit import record
from core.clock import now
from core.errors import FiscalDataMissing, Invalid, Pointer, Reason, RefundTooLarge, SdiControl
from core.locks import patient_act
from core.money import ZERO, Money, total
from core.periods import local_date
from core.words import Words
from people.models import Person

K = Document.Kind
Sold = tuple[Decimal, str]
CORRECTS = Reason(
    "corrects-itself",
    Words(
        "È una nota di credito: corregge già un altro documento.",
        "It is a credit note: it corrects another document.",
    ),
)
REFUND_INSTEAD = Reason(
    "refund-instead",
    Words(
        "È di una vendita pagata: si rimborsa, e il rimborso fa la nota di credito.",
        "It is of a sale that was paid: refund it, and the refund makes the credit note.",
    ),
)
BELOW_NOTHING = Reason(
    "below-nothing",
    Words(
        "Il totale è sotto zero: quello che si restituisce è una nota di credito.",
        "The total is below nothing: what is given back is a credit note.",
    ),
)
ALL_CREDITED = Reason(
    "all-credited", Words("È già stata stornata per intero.", "All of it has been credited already.")
)
PROGRESS = "00000"  # of a file that is looked at and never sent


@dataclass(frozen=True, slots=True)
class Preview:
    """The figures, what the SdI would say of the file (nothing of a receipt: it is not sent), and what to look at."""

    came: Reckoned
    faults: Sequence[controls.Fault]
    missing: Sequence[str]
    cautions: Sequence[Caution]


def preview(wish: Wish) -> Preview:
    """What would be issued, with nothing written. Raises what issuing it would: Invalid for a credit of what was paid by a
    sale or for a total below nothing, RefundTooLarge for a credit of more than its document has left."""
    if wish.corrects is not None and wish.corrects.payment_id is not None:
        raise Invalid(pointers=[Pointer("/corrects_id", REFUND_INSTEAD.code, REFUND_INSTEAD.detail)])
    came = figures(wish)
    if came.gross.cents < 0:
        raise Invalid(pointers=[Pointer("/lines", BELOW_NOTHING.code, BELOW_NOTHING.detail)])
    if wish.corrects is not None:
        _within(wish.corrects, came)
    found = cautions(wish, came, local_date(now(), ITALY))
    if missing := documents.controls(wish.payer, wish.issuer):
        return Preview(came, [], missing, found)
    return Preview(came, _faults(wish, came), [], found)


def _faults(wish: Wish, came: Reckoned) -> list[controls.Fault]:
    if wish.series == K.RECEIPT:
        return []
    series, today = series_for(wish.issuer, wish.series), local_date(now(), ITALY)
    draft = new_document(Issue(wish.issuer, wish.kind, series, today, wish.payer), 1, came, wish.paper)
    content = fatturapa.xml(snapshot_of(draft, wish.payer, came, wish.paper), PROGRESS)
    return controls.to_mend(controls.faults(content, today))


def figures(wish: Wish) -> Reckoned:
    """The figures of the wish; a credit takes what its document has left, and its VAT is kept by whom it was."""
    split = wish.corrects.split if wish.corrects else wish.split
    came = reckon(
        wish.lines,
        with_vat=wish.paper.with_vat,
        # Stamp duty is on a receipt for money had (tariff art. 13), not on what says that it was given back.
        stamp="none" if wish.series != wish.kind else stamp_of(wish.issuer, wish.stamp),
        regime=wish.issuer.regime,
        fund=wish.fund,
        withholding=wish.withholding,
        split=split,
    )
    if wish.corrects is None:
        return came
    done, whole = credited(wish.corrects), _by_rate(wish.corrects.rates.all())
    credit = _credit if wish.paper.with_vat else _credit_of_base
    found = [credit(s, whole.get(_sold(s)), done.get(_sold(s))) for s in came.summaries]
    return restated(came, found, with_vat=wish.paper.with_vat, split=split, fund=wish.fund)


def _sold(summary: Summary) -> Sold:
    return summary.key.rate, summary.key.natura


def _credit(asked: Summary, whole: Summary | None, done: Summary | None) -> Summary:
    """What this credit is in base and tax: the last one takes the remainder."""
    before = done.gross if done else ZERO
    if whole is not None and before + asked.gross == whole.gross:
        net = whole.net - (done.net if done else ZERO)
        return Summary(asked.key, net, asked.gross - net, asked.gross)
    return vat.credited(asked.key, before, asked.gross)


def _credit_of_base(asked: Summary, whole: Summary | None, done: Summary | None) -> Summary:
    """The same of a credit that asks for a base: its tax is what the credits' tax grows by."""
    before = done.net if done else ZERO
    if whole is not None and before + asked.net == whole.net:
        tax = whole.vat - (done.vat if done else ZERO)
    else:
        percent = asked.key.rate / 100
        tax = (before + asked.net).times(percent) - before.times(percent)
    return Summary(asked.key, asked.net, tax, asked.net + tax)


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


def against_crediting(documents: Sequence[Document]) -> dict[UUID, list[Reason]]:
    """Why no credit note of each of these is written by hand; nothing if one may be, however it was paid since. One
    statement for any number."""
    notes = Document.objects.filter(corrects__in=[d.pk for d in documents]).order_by()
    done = dict(notes.values_list("corrects").annotate(s=Sum("gross")))
    found: dict[UUID, list[Reason]] = {}
    for d in documents:
        whole = cents(done.get(d.pk)).cents >= d.gross.cents > 0
        against = (
            (CORRECTS, d.kind == K.CREDIT_NOTE),
            (REFUND_INSTEAD, d.payment_id is not None),
            (ALL_CREDITED, whole),
        )
        found[d.pk] = [why for why, so in against if so][:1]
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
    check(wish)
    return _issue(by, wish)


def check(wish: Wish) -> None:
    """Nothing happens if it can be issued. Raises what `issue` does."""
    seen = preview(wish)
    if seen.missing:
        raise FiscalDataMissing(pointers=[Pointer(f"/{code}", "required", "") for code in seen.missing])
    if seen.faults:
        raise SdiControl(pointers=sdi.pointers_of(seen.faults))


@patient_act
def _issue(by: Person, wish: Wish) -> Document:
    return issue_inside(by, wish)


def issue_inside(by: Person, wish: Wish) -> Document:
    """Inside an act, of what was checked: the document is issued and entered in the ledger. Raises RefundTooLarge."""
    day = date_for(wish.issuer)
    series = series_for(wish.issuer, wish.series)
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
