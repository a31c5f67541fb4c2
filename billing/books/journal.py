"""The books in double entry, told from the facts: documents, payments, fees, refunds, what the bank brought, and
what the gateway has beyond that.

Nothing is kept twice: a posting follows from rows that only grow, so every posting balances and can be told again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef

from billing.books import bank_postings, without_note
from billing.books.vat_register import K
from billing.models import (
    Account,
    DayClose,
    DeskPayment,
    Issuer,
    Match,
    Payment,
    Refund,
)
from billing.papers.freeze import ITALY
from billing.papers.registers import in_force, issued_within, within
from billing.paying import partner_postings
from billing.posting import Line, Posting, lines
from billing.reconciling import gateway_postings, gateway_registers
from core.locks import act
from core.money import ZERO, Money
from core.periods import local_date
from core.tables import Column, Kind, Table
from core.words import Words

R = Account.Role
USUAL: Mapping[str, tuple[str, Words]] = {
    R.CUSTOMERS: ("1.1", Words("Clienti", "Customers")),
    R.BANK: ("1.2", Words("Banca", "Bank")),
    R.CASH: ("1.3", Words("Cassa", "Cash")),
    R.POS: ("1.4", Words("POS", "Card machine")),
    R.GATEWAY: ("1.5", Words("Pagamenti online da accreditare", "Online payments on their way")),
    R.WITHHELD: ("1.6", Words("Ritenute subite", "Tax withheld by customers")),
    R.DISPUTED: ("1.7", Words("Contestazioni in corso", "Disputes being decided")),
    R.PARTNERS: ("1.8", Words("Partner, incassi online", "Partners, online payments")),
    R.SUSPENSE: ("1.9", Words("Movimenti online da chiarire", "Online payments to be explained")),
    R.VAT: ("2.1", Words("IVA a debito", "VAT on sales")),
    R.SPLIT_VAT: ("2.2", Words("IVA in scissione dei pagamenti", "VAT under split payment")),
    R.STAMP_DUE: ("2.3", Words("Bollo da versare", "Stamp duty owed")),
    R.UNMATCHED: ("2.4", Words("Movimenti bancari da attribuire", "Bank movements to be assigned")),
    R.CREDITS: ("2.5", Words("Clienti, somme da restituire", "Customers, to be given back")),
    R.REVENUE: ("4.1", Words("Ricavi", "Revenue")),
    R.FEES: ("5.1", Words("Commissioni sui pagamenti", "Fees of payments")),
    R.STAMP_COST: ("5.2", Words("Imposta di bollo", "Stamp duty")),
    R.DIFFERENCES: ("5.3", Words("Differenze di cassa", "Cash differences")),
    R.LOSSES: ("5.4", Words("Perdite su contestazioni", "Losses on disputes")),
    R.GOODWILL: ("5.5", Words("Rimborsi senza nota di credito", "Refunds without a credit note")),
}
# Where money of each method stands.
PLACE = {"cash": R.CASH, "pos": R.POS, "card": R.GATEWAY, "sepa": R.GATEWAY}


DOCUMENT, PAYMENT, REFUND = (
    Words("Documento", "Document"),
    Words("Incasso", "Payment"),
    Words("Rimborso", "Refund"),
)
# Bare values, of each only what is posted: a hundred thousand rows as objects take several times as long.
OF_DOCUMENTS = ("kind", "issued_on", "number", "net", "vat", "gross", "due", "split", "stamp")
OF_PAYMENTS = ("pk", "captured_at", "method", "amount", "fee", "payment_ref", "brought")
OF_REFUNDS = ("pk", "done_at", "method", "amount", "refund_ref")
Accounts = Mapping[str, tuple[str, str]]  # (code, name) by role


def accounts_of(issuer: Issuer) -> dict[str, tuple[str, str]]:
    """(code, name) by role: the accountant's own, else the usual."""
    own = {a.role: (a.code, a.name) for a in Account.objects.filter(issuer=issuer)}
    return {role: own.get(role, (code, name.say())) for role, (code, name) in USUAL.items()}


@act
def rename(issuer: Issuer, role: str, code: str, name: str) -> Account:
    """The issuer's own code and name of an account; "" and "" give back the usual ones."""
    made, _ = Account.objects.update_or_create(
        issuer=issuer, role=role, defaults={"code": code, "name": name}
    )
    return made


def postings(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """Every posting between two days (`until` excluded), in order of day; a dozen statements or so for any number."""
    return heapq.merge(
        _documents(issuer, first, until),
        _payments(issuer, first, until),
        _refunds(issuer, first, until),
        *of_others(issuer, first, until),
        key=lambda posting: (posting.on, posting.key),
    )


def of_others(issuer: Issuer, first: date, until: date) -> list[Iterator[Posting]]:
    """What is neither a document nor money that the issuer took or gave back."""
    return [
        told(issuer, first, until)
        for told in (
            partner_postings.taken_by_others,
            partner_postings.given_by_others,
            without_note.postings,
            bank_postings.movements,
            bank_postings.matches,
            bank_postings.credits,
            _at_the_desk,
            _counts,
            gateway_postings.transactions,
            gateway_postings.payouts,
            gateway_postings.losses,
            gateway_postings.twice,
        )
    ]


def issued(issuer: Issuer, first: date, until: date) -> Any:
    return in_force(issued_within(issuer, first, until))


def of_document(d: Any) -> tuple[Line, ...]:
    sign = -1 if d.kind == K.CREDIT_NOTE else 1
    split = d.vat if d.split else ZERO
    withheld = d.gross - split - d.due
    return lines(
        (R.CUSTOMERS, d.due.times(sign)),
        (R.SPLIT_VAT, split.times(sign)),
        (R.WITHHELD, withheld.times(sign)),
        (R.REVENUE, -d.net.times(sign)),
        (R.VAT, -d.vat.times(sign)),
        # A credit note owes stamp duty of its own: it gives back none (DPR 642/72 art. 13).
        (R.STAMP_COST, d.stamp),
        (R.STAMP_DUE, -d.stamp),
    )


def _documents(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    rows = issued(issuer, first, until).order_by("issued_on", "number")
    for d in rows.values_list(*OF_DOCUMENTS, named=True).iterator(chunk_size=1000):
        yield Posting(d.issued_on, f"1{d.number}", DOCUMENT, d.number, of_document(d))


def _captured(issuer: Issuer, first: date, until: date) -> Any:
    return Payment.objects.filter(
        within("captured_at", first, until),
        collected_by=issuer.partner_id,
        state=Payment.State.CAPTURED,
    )


def undone(issuer: Issuer, first: date, until: date) -> Any:
    return Refund.objects.filter(
        within("done_at", first, until),
        payment__collected_by=issuer.partner_id,
        state=Refund.State.DONE,
    )


def taken_in(issuer: Issuer, first: date, until: date) -> Any:
    """What the issuer took; what the bank `brought` is in the bank by its movement already."""
    brought = Exists(Match.objects.filter(payment=OuterRef("pk")))
    return _captured(issuer, first, until).annotate(brought=brought)


def of_payment(p: Any, theirs: Money) -> tuple[Line, ...]:
    """`theirs`: what of it is other issuers'."""
    return lines(
        (R.UNMATCHED if p.brought else PLACE.get(p.method, R.BANK), p.amount - p.fee),
        (R.FEES, p.fee),
        (R.CUSTOMERS, theirs - p.amount),
        (R.PARTNERS, -theirs),
    )


def _payments(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    others = partner_postings.others_in_payments(issuer, first, until)
    rows = taken_in(issuer, first, until).order_by("captured_at", "pk").values_list(*OF_PAYMENTS, named=True)
    for p in rows.iterator(chunk_size=1000):
        told = of_payment(p, others.get(p.pk, ZERO))
        yield Posting(local_date(p.captured_at, ITALY), f"2{p.pk}", PAYMENT, p.payment_ref or str(p.pk), told)


def of_refund(r: Any, theirs: Money) -> tuple[Line, ...]:
    place = PLACE.get(r.method, R.BANK)
    return lines((R.CUSTOMERS, r.amount - theirs), (R.PARTNERS, theirs), (place, -r.amount))


def _refunds(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    rows = undone(issuer, first, until).order_by("done_at", "pk").values_list(*OF_REFUNDS, named=True)
    others = partner_postings.others_in_refunds(issuer, first, until)
    for r in rows.iterator(chunk_size=1000):
        told = of_refund(r, others.get(r.pk, ZERO))
        yield Posting(local_date(r.done_at, ITALY), f"3{r.pk}", REFUND, r.refund_ref or str(r.pk), told)


def _desk_payments(issuer: Issuer, first: date, until: date) -> Any:
    rows = DeskPayment.objects.filter(within("taken_at", first, until), issuer=issuer)
    return rows.select_related("document").order_by("taken_at", "pk").iterator(chunk_size=1000)


def _at_the_desk(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """What was paid at the desk for documents; for orders it is a payment already."""
    for p in _desk_payments(issuer, first, until):
        yield Posting(
            local_date(p.taken_at, ITALY),
            f"2{p.pk}",
            Words("Incasso", "Payment"),
            p.document.number if p.document else str(p.pk),
            lines((PLACE[p.method], p.amount), (R.CUSTOMERS, -p.amount)),
        )


def _counts(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """What was missing from, or too much in, a drawer that was counted."""
    rows = DayClose.objects.filter(issuer=issuer, on__gte=first, on__lt=until).exclude(counted=F("expected"))
    for count in rows.order_by("on", "pk"):
        off = count.counted - count.expected
        yield Posting(
            count.on,
            f"5{count.pk}",
            Words("Differenza di cassa", "Cash difference"),
            count.reason[:80],
            lines((PLACE[count.method], off), (R.DIFFERENCES, -off)),
        )


JOURNAL = (
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Operazione", "Posting")),
    Column(Words("Riferimento", "Reference")),
    Column(Words("Conto", "Account")),
    Column(Words("Nome del conto", "Account name")),
    Column(Words("Dare", "Debit"), Kind.MONEY, summed=True),
    Column(Words("Avere", "Credit"), Kind.MONEY, summed=True),
)


def journal(issuer: Issuer, first: date, until: date) -> Table:
    """The journal between two days: a row a side of each posting."""
    return Table("giornale", JOURNAL, _journal(issuer, first, until))


def _journal(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Any, ...]]:
    accounts = accounts_of(issuer)
    for posting in postings(issuer, first, until):
        for role, money in posting.lines:
            debit = money if money.cents > 0 else None
            credit = -money if money.cents < 0 else None
            yield (posting.on, posting.what.say(), posting.reference, *accounts[role], debit, credit)


# -- payments -----------------------------------------------------------------------------------

LEDGER = (
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Conto", "Account")),
    Column(Words("Nome del conto", "Account name")),
    Column(Words("Operazione", "What")),
    Column(Words("Documento", "Document")),
    Column(Words("Cliente", "Customer")),
    Column(Words("Importo", "Amount"), Kind.MONEY, summed=True),
    Column(Words("Commissione", "Fee"), Kind.MONEY, summed=True),
    Column(Words("Riferimento", "Reference")),
)


def payments(issuer: Issuer, first: date, until: date) -> Table:
    """Money in and, with minus, money back, as it happened (prima nota)."""
    accounts = accounts_of(issuer)
    rows = heapq.merge(
        _paid(issuer, first, until, accounts),
        _given_back(issuer, first, until, accounts),
        bank_postings.ledger(issuer, first, until, accounts),
        _taken(issuer, first, until, accounts),
        gateway_registers.ledger(issuer, first, until, accounts),
        key=lambda row: (row[0], row[8]),
    )
    return Table("prima-nota", LEDGER, rows)


def _paid(issuer: Issuer, first: date, until: date, accounts: Accounts) -> Iterator[tuple[Any, ...]]:
    what = Words("incasso", "payment").say()
    rows = _captured(issuer, first, until).select_related("order__person", "order__organisation")
    for p in rows.order_by("captured_at", "pk").prefetch_related("documents").iterator(chunk_size=500):
        numbers = ", ".join(d.number for d in p.documents.all() if d.kind != K.CREDIT_NOTE)
        yield (
            local_date(p.captured_at, ITALY),
            *accounts[PLACE.get(p.method, R.BANK)],
            what,
            numbers or None,
            p.order.payer.name,
            p.amount,
            p.fee,
            p.payment_ref or str(p.pk),
        )


def _given_back(issuer: Issuer, first: date, until: date, accounts: Accounts) -> Iterator[tuple[Any, ...]]:
    what = Words("rimborso", "refund").say()
    rows = undone(issuer, first, until).select_related(
        "payment__order__person", "payment__order__organisation"
    )
    for r in rows.order_by("done_at", "pk").prefetch_related("documents").iterator(chunk_size=500):
        if r.done_at is None:
            continue
        order = r.payment.order
        yield (
            local_date(r.done_at, ITALY),
            *accounts[PLACE.get(r.method, R.BANK)],
            what,
            ", ".join(d.number for d in r.documents.all()) or None,
            order.payer.name,
            -r.amount,
            None,
            r.refund_ref or str(r.pk),
        )


def _taken(issuer: Issuer, first: date, until: date, accounts: Accounts) -> Iterator[tuple[Any, ...]]:
    what = Words("incasso", "payment").say()
    for p in _desk_payments(issuer, first, until):
        yield (
            local_date(p.taken_at, ITALY),
            *accounts[PLACE[p.method]],
            what,
            p.document.number if p.document else None,
            p.document.customer_name if p.document else None,
            p.amount,
            None,
            str(p.pk),
        )
