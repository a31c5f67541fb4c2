"""The natura of a document that the SdI rejected, mended: the same net, tax, total and stamp duty under another reason why
there is no VAT.

What was rejected was never issued, so its registers may say the mended natura; no row of them is changed: the old
summary and takings are taken back, and the same amounts entered under the new one, on the same day (docs/adr/0126). A law
alone that was mended moves the summaries in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from billing.models import AccountingMonth, Document, DocumentRate, Entry, Payment
from billing.papers.amounts import ADVANCED, STAMP_ABOVE, STAMPED
from billing.papers.as_written import recharged
from billing.papers.documents import Sold, queue_to_credit, summaries_of
from billing.papers.registers import cents
from billing.papers.sdi import NEVER_ISSUED
from billing.papers.vat import RateKey
from core.errors import IllegalMove, Invalid, Pointer, Reason
from core.locks import Order as Locks
from core.locks import lock_rows, share_row
from core.money import ZERO, Money
from core.words import Words

Changes = Mapping[Sold, str]  # by percentage and natura, the natura in its place

ANOTHER = Words(
    "Con questa natura cambierebbero bollo, cassa o ritenuta: storna il documento ed emettine un altro.",
    "With this natura the stamp duty, the fund or the withholding would be others: credit it and issue another document.",
)
WITH_VAT = Words("Con l'IVA non c'è una natura.", "Where there is VAT there is no natura.")
WITHOUT = Words("Senza IVA serve la natura.", "Without VAT a natura is needed.")
TWO = Words(
    "Le righe con questa natura ne prendono una sola.", "The lines of this natura take one and the same."
)
CREDITED = Words(
    "Ne sono già stati stornati o resi importi: la natura si corregge con un altro documento.",
    "Amounts of it were credited or given back already: its natura is mended by another document.",
)
NO_INVOICE = Words(
    "Una nota di credito ha la natura della sua fattura.", "A credit note has its invoice's natura."
)
CLOSED = Words(
    "Il suo mese è chiuso: storna il documento ed emettine un altro.",
    "Its month is closed: credit it and issue another document.",
)
ISSUED = Words(
    "Solo ciò che lo SdI ha scartato, o non ha mai avuto, può cambiare natura.",
    "Only what the SdI rejected, or never had, may have another natura.",
)


def changes_of(snapshot: dict[str, Any], told: dict[str, Any]) -> dict[Sold, str]:
    """What is told of the naturas of a frozen document, by what they are now; what stays is left out. Pure.

    Raises Invalid for a natura beside VAT, none without it, two for the same lines, and one with which an amount of the
    document would be another.
    """
    found: dict[Sold, str] = {}
    for n, other in enumerate(told.get("rates", ())):
        if "natura" not in other or other["place"] >= len(snapshot["rates"]):
            continue
        sold, new, pointer = _sold(snapshot["rates"][other["place"]]), other["natura"], f"/rates/{n}/natura"
        if sold[0] and new:
            raise _wrong(pointer, "natura-with-vat", WITH_VAT)
        if not sold[0] and not new:
            raise _wrong(pointer, "required", WITHOUT)
        if found.setdefault(sold, new) != new:
            raise _wrong(pointer, "two-naturas", TWO)
        if sold[1] != new and _moves_amounts(snapshot, sold, new):
            raise _wrong(pointer, "another-document", ANOTHER)
    return {sold: new for sold, new in found.items() if sold[1] != new}


def _wrong(pointer: str, code: str, words: Words) -> Invalid:
    return Invalid(pointers=[Pointer(pointer, code, words.say())])


def _sold(row: Mapping[str, Any]) -> Sold:
    return Decimal(row["rate"]), row["natura"]


def _moves_amounts(snapshot: dict[str, Any], sold: Sold, new: str) -> bool:
    told = snapshot["electronic"]
    if ADVANCED in (sold[1], new) and (told.get("fund") or told.get("withholding")):
        return True
    if recharged(told) and _sold(told["lines"][-1]) == sold:
        return True  # the law names the natura of a recharged stamp
    before = _stamped(snapshot, {})
    after = _stamped(snapshot, {sold: new})
    if told.get("exempt_from_stamp") or (before > STAMP_ABOVE.cents) == (after > STAMP_ABOVE.cents):
        return False
    # Whoever put none on what owed it, or owes it no longer, has decided so: only a duty that comes or goes is another sum.
    return bool(told["stamp"]) or after > STAMP_ABOVE.cents


def _stamped(snapshot: dict[str, Any], changes: Changes) -> int:
    rows = [(_sold(rate), rate["net"]) for rate in snapshot["rates"]]
    return sum(net for sold, net in rows if changes.get(sold, sold[1]) in STAMPED)


def renatured(snapshot: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """The snapshot with these naturas in its lines, fund and summaries; no amount is another. Pure."""

    def anew(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row | {"natura": changes.get(_sold(row), row["natura"])} for row in rows]

    told = snapshot["electronic"]
    fund = told.get("fund") and anew([told["fund"]])[0]
    return snapshot | {
        "lines": anew(snapshot["lines"]),
        "rates": anew(snapshot["rates"]),
        "electronic": told | {"lines": anew(told["lines"]), "fund": fund},
    }


# -- the books -----------------------------------------------------------------------------------------------


def hold(document: Document) -> None:
    """Inside an act, before its file is numbered: until commit nobody gives back or credits any of the document, or closes its
    month."""
    paid = Payment.objects.filter(Q(pk=document.payment_id) | Q(order__in=[document.order_id]))
    lock_rows(Locks.PAYMENTS, Payment, paid.values_list("pk", flat=True))
    month, _ = AccountingMonth.objects.get_or_create(issuer=document.issuer, first_on=_month(document))
    share_row(Locks.MONTH, AccountingMonth, month.pk)
    queue_to_credit([document])


def against(document: Document, state: str) -> list[Reason]:
    """Why a document, as it stands with the SdI, may not have another natura; nothing if it may."""
    closed = AccountingMonth.objects.filter(issuer=document.issuer_id, first_on=_month(document))
    back = _entries(document).filter(~Q(refund=None) | ~Q(document=None) & ~Q(document=document))
    if state not in NEVER_ISSUED:
        return [Reason("issued", ISSUED)]
    if document.kind != Document.Kind.INVOICE:
        return [Reason("credit-note", NO_INVOICE)]
    if document.corrected_by.exists() or back.exists():
        return [Reason("credited-already", CREDITED)]
    return [Reason("month-closed", CLOSED)] if closed.filter(closed_at__isnull=False).exists() else []


def heed(document: Document, state: str) -> None:
    """Inside an act that holds the document: nothing, if it may have another natura. Raises IllegalMove with the reasons."""
    if reasons := against(document, state):
        raise IllegalMove(reasons=reasons, state=reasons[0].detail, data={"state": state})


def _month(document: Document) -> date:
    return document.issued_on.replace(day=1)


def _entries(document: Document) -> QuerySet[Entry]:
    own = Q(document=document)
    return Entry.objects.filter(
        own | Q(order=document.order) if document.order_id else own, issuer=document.issuer
    )


def enter(document: Document, version: int, snapshot: dict[str, Any], changes: Changes) -> None:
    """Inside an act: the summaries come to what this version says, the law of each too, by rows that take the old ones back
    where they stood; the takings, which know no law, stand under the new natura."""
    sums: dict[RateKey, list[Money]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for summary in summaries_of(document):
        _add(sums[summary.key], [-summary.net, -summary.vat, -summary.gross])
    for rate in snapshot["rates"]:
        key = RateKey(*_sold(rate), rate["legal_text"])
        _add(sums[key], [Money(rate[name]) for name in ("net", "vat", "gross")])
    DocumentRate.objects.bulk_create(
        DocumentRate(document=document, version=version, **key._asdict(), net=net, vat=vat, gross=gross)
        for key, (net, vat, gross) in sums.items()
        if net or vat or gross
    )
    if changes:
        Entry.objects.bulk_create(_takings(document, changes))


def _add(had: list[Money], more: list[Money]) -> None:
    had[:] = [one + other for one, other in zip(had, more, strict=True)]


WHOSE = (
    "on", "partner_id", "resource_id", "booking_id", "plan_id", "order_id", "payment_id", "document_id", "rate", "natura",
)  # fmt: skip


def _takings(document: Document, changes: Changes) -> Iterator[Entry]:
    rows = _entries(document).values(*WHOSE).order_by(*WHOSE)
    for row in rows.annotate(n=Sum("net"), v=Sum("vat"), g=Sum("gross")):
        amounts = [cents(row.pop(name)) for name in ("n", "v", "g")]
        sold = row["rate"], row["natura"]
        if sold not in changes or not any(amounts):
            continue
        for natura, sign in ((sold[1], -1), (changes[sold], 1)):
            net, vat, gross = (amount.times(sign) for amount in amounts)
            whose = row | {"natura": natura, "issuer_id": document.issuer_id}
            yield Entry(kind=Entry.Kind.SALE, net=net, vat=vat, gross=gross, **whose)
