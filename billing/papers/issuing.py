"""A document without a sale: an invoice, a receipt or a credit note that the office writes itself.

Nothing is issued that the SdI would refuse: the file is written and held to its controls before a number is drawn.
Law: DPR 633/72 art. 21 (content; c. 4: by when it is issued), art. 26 (credit notes never exceed what
they correct).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing.models import Document, DocumentRate, NumberSeries
from billing.papers import controls, documents, fatturapa, ledger, numbering, sdi, vat
from billing.papers.amounts import Reckoned, reckon, restated
from billing.papers.cautions import Caution, cautions
from billing.papers.documents import stamp_of
from billing.papers.freeze import (
    ITALY,
    Issue,
    date_for,
    freeze,
    in_time_until,
    looks_free,
    new_document,
)
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
TO_COME = Words(
    "L'operazione è di un giorno che deve venire: lo SdI rifiuta date future (00403).",
    "The operation is of a day that is to come: the SdI refuses dates in the future (00403).",
)
WHY_LATE = Words(
    "Il termine per emetterlo è passato: scrivi perché il documento è tardivo.",
    "The day by which it was to be issued is past: say why the document is late.",
)
NO_SERIES = Words(
    "L'emittente non ha un sezionale per questo tipo di documento.",
    "The issuer has no number series for this kind of document.",
)
OTHER_SERIES = Words(
    "Questo sezionale non numera documenti di questo tipo.",
    "This number series is not for documents of this kind.",
)
PROGRESS = "00000"  # of a file that is looked at and never sent


@dataclass(frozen=True, slots=True)
class Preview:
    """The figures, what the SdI would say of the file (nothing of a receipt: it is not sent), and what to look at."""

    came: Reckoned
    faults: Sequence[controls.Fault]
    missing: Sequence[str]
    cautions: Sequence[Caution]
    usual: NumberSeries  # in which it is numbered where none is chosen
    among: Sequence[NumberSeries]  # those that may be


def preview(wish: Wish) -> Preview:
    """What would be issued, with nothing written. Raises what issuing it would: Invalid for a credit of what was paid by a
    sale, for a total below nothing or an operation to come, RefundTooLarge for a credit of more than its document has
    left."""
    if wish.corrects is not None and wish.corrects.payment_id is not None:
        raise Invalid(pointers=[Pointer("/corrects_id", REFUND_INSTEAD.code, REFUND_INSTEAD.detail)])
    came = figures(wish)
    if came.gross.cents < 0:
        raise Invalid(pointers=[Pointer("/lines", BELOW_NOTHING.code, BELOW_NOTHING.detail)])
    if wish.corrects is not None:
        _within(wish.corrects, came)
    today = local_date(now(), ITALY)
    if wish.operation_on is not None and wish.operation_on > today:
        raise Invalid(pointers=[Pointer("/operation_on", "to-come", TO_COME.say())])
    numbered = _numbered(wish)
    usual = numbered.of(wish.payer)
    found = [*_of_its_day(wish, today), *cautions(wish, came, today)]
    if missing := documents.controls(wish.payer, wish.issuer):
        return Preview(came, [], missing, found, usual, numbered.among)
    return Preview(came, _faults(wish, came), [], found, usual, numbered.among)


def _series(wish: Wish) -> NumberSeries:
    return wish.chosen or numbering.series_for(wish.issuer, wish.series).of(wish.payer)


def _numbered(wish: Wish) -> numbering.Series:
    """Raises Invalid for a kind that the issuer has no series for, and for a series that is not for this kind."""
    found = numbering.chosen(wish.issuer.number_series.order_by("code"), wish.series)
    if found is None:
        raise Invalid(pointers=[Pointer("/kind", "no-series", NO_SERIES.say())])
    if wish.chosen is not None and wish.chosen not in found.among:
        raise Invalid(pointers=[Pointer("/series_id", "another-kind", OTHER_SERIES.say())])
    return found


def _is_late(wish: Wish, today: date) -> bool:
    return wish.operation_on is not None and today > in_time_until(wish.operation_on, wish.paper.type)


def _dated(wish: Wish, today: date) -> date:
    """The day that it would have."""
    day = wish.operation_on
    return today if day is None or _is_late(wish, today) or not looks_free(wish.issuer, day) else day


def _of_its_day(wish: Wish, today: date) -> list[Caution]:
    """What to look at where the document is of an earlier day's operation."""
    if wish.operation_on is None or wish.operation_on == today:
        return []
    if _is_late(wish, today):
        last = in_time_until(wish.operation_on, wish.paper.type)
        return [Caution("issued-late", "/late", {"day": f"{last:%d/%m/%Y}"})]
    if (day := _dated(wish, today)) == today:
        return [Caution("month-taken", "/operation_on")]
    after = Document.objects.filter(series=_series(wish), issued_on__gt=day)
    latest = after.order_by("-issued_on").values_list("issued_on", flat=True).first()
    return [Caution("out-of-order", "/operation_on", {"day": f"{latest:%d/%m/%Y}"})] if latest else []


def _faults(wish: Wish, came: Reckoned) -> list[controls.Fault]:
    if wish.series == K.RECEIPT:
        return []
    today = local_date(now(), ITALY)
    day = _dated(wish, today)
    draft = new_document(Issue(wish.issuer, wish.kind, _series(wish), day, wish.payer), 1, came, wish.paper)
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
    """The document is issued, in its series' next number, and entered in the ledger; dated by its operation where that
    may still be (`date_for`).

    Raises FiscalDataMissing, SdiControl with every fault of the file, RefundTooLarge, Invalid for a credit of what
    was paid by a sale (its refund makes it), and for one that is late without its reason.
    """
    check(wish)
    return _issue(by, wish)


def check(wish: Wish) -> None:
    """Nothing happens if it can be issued. Raises what `issue` does."""
    seen = preview(wish)
    if _is_late(wish, local_date(now(), ITALY)) and not wish.late:
        raise Invalid(pointers=[Pointer("/late", "required", WHY_LATE.say())])
    if seen.missing:
        raise FiscalDataMissing(pointers=[Pointer(f"/{code}", "required", "") for code in seen.missing])
    if seen.faults:
        raise SdiControl(pointers=sdi.pointers_of(seen.faults))


@patient_act
def _issue(by: Person, wish: Wish) -> Document:
    return issue_inside(by, wish)


def issue_inside(by: Person, wish: Wish) -> Document:
    """Inside an act, of what was checked: the document is issued and entered in the ledger. Raises RefundTooLarge."""
    day = date_for(wish.issuer, wish.operation_on, wish.paper.type)
    series = _series(wish)
    counter = numbering.lock_series({series: day.year})[series.pk]
    if wish.corrects is not None:
        documents.queue_to_credit([wish.corrects])
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
    told = {"operation": str(wish.operation_on), "late": wish.late}
    record(by, "issue", made, **(told if _is_late(wish, local_date(now(), ITALY)) else {}))
    return made
