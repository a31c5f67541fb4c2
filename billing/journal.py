"""The books in double entry, told from the facts: documents, payments, fees, refunds, what the bank brought, and
what the gateway has beyond that.

Nothing is kept twice: a posting follows from rows that only grow, so every posting balances and can be told again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import F

from billing import gateway_postings, gateway_registers
from billing.freeze import ITALY
from billing.models import Account, DayClose, Document, Issuer, Match, Payment, Refund
from billing.posting import Line, Posting, lines
from billing.vat_register import K, in_force
from core.locks import act
from core.money import ZERO
from core.periods import local_date, local_day
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
    R.REVENUE: ("4.1", Words("Ricavi", "Revenue")),
    R.FEES: ("5.1", Words("Commissioni sui pagamenti", "Fees of payments")),
    R.STAMP_COST: ("5.2", Words("Imposta di bollo", "Stamp duty")),
    R.DIFFERENCES: ("5.3", Words("Differenze di cassa", "Cash differences")),
    R.LOSSES: ("5.4", Words("Perdite su contestazioni", "Losses on disputes")),
}
# Where money of each method stands.
PLACE = {"cash": R.CASH, "pos": R.POS, "card": R.GATEWAY, "sepa": R.GATEWAY}


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
    """Every posting between two days (`until` excluded), in order of day; nine statements for any number."""
    return heapq.merge(
        _documents(issuer, first, until),
        _payments(issuer, first, until),
        _refunds(issuer, first, until),
        _matches(issuer, first, until),
        _counts(issuer, first, until),
        gateway_postings.transactions(issuer, first, until),
        gateway_postings.payouts(issuer, first, until),
        gateway_postings.losses(issuer, first, until),
        key=lambda posting: (posting.on, posting.key),
    )


def _documents(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    rows = in_force(Document.objects.filter(issuer=issuer, issued_on__gte=first, issued_on__lt=until))
    for d in rows.order_by("issued_on", "number").iterator(chunk_size=1000):
        sign = -1 if d.kind == K.CREDIT_NOTE else 1
        split = d.vat if d.split else ZERO
        withheld = d.gross - split - d.due
        told = lines(
            (R.CUSTOMERS, d.due),
            (R.SPLIT_VAT, split),
            (R.WITHHELD, withheld),
            (R.REVENUE, -d.net),
            (R.VAT, -d.vat),
            (R.STAMP_COST, d.stamp),
            (R.STAMP_DUE, -d.stamp),
        )
        yield Posting(
            d.issued_on,
            f"1{d.number}",
            Words("Documento", "Document"),
            d.number,
            tuple(Line(line.role, line.amount.times(sign)) for line in told),
        )


def _captured(issuer: Issuer, first: date, until: date) -> Any:
    begin, end = local_day(first, ITALY).start, local_day(until, ITALY).start
    return Payment.objects.filter(
        collected_by=issuer.partner_id,
        state=Payment.State.CAPTURED,
        captured_at__gte=begin,
        captured_at__lt=end,
    )


def _payments(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    for p in _captured(issuer, first, until).order_by("captured_at", "pk").iterator(chunk_size=1000):
        place = PLACE.get(p.method, R.BANK)
        yield Posting(
            local_date(p.captured_at, ITALY),
            f"2{p.pk}",
            Words("Incasso", "Payment"),
            p.payment_ref or str(p.pk),
            lines((place, p.amount - p.fee), (R.FEES, p.fee), (R.CUSTOMERS, -p.amount)),
        )


def _refunds(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    begin, end = local_day(first, ITALY).start, local_day(until, ITALY).start
    rows = Refund.objects.filter(
        payment__collected_by=issuer.partner_id,
        state=Refund.State.DONE,
        done_at__gte=begin,
        done_at__lt=end,
    ).select_related("payment")
    for r in rows.order_by("done_at", "pk").iterator(chunk_size=1000):
        if r.done_at is None:
            continue
        place = PLACE.get(r.payment.method, R.BANK)
        yield Posting(
            local_date(r.done_at, ITALY),
            f"3{r.pk}",
            Words("Rimborso", "Refund"),
            r.refund_ref or str(r.pk),
            lines((R.CUSTOMERS, r.amount), (place, -r.amount)),
        )


def _matches(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """What the bank brought for documents; what it brought for orders is a payment already."""
    rows = Match.objects.filter(
        movement__issuer=issuer,
        movement__booked_on__gte=first,
        movement__booked_on__lt=until,
        document__isnull=False,
    ).select_related("movement", "document")
    for m in rows.order_by("movement__booked_on", "pk").iterator(chunk_size=1000):
        yield Posting(
            m.movement.booked_on,
            f"4{m.pk}",
            Words("Bonifico", "Bank transfer"),
            m.document.number if m.document else "",
            lines((R.BANK, m.amount), (R.CUSTOMERS, -m.amount)),
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


BALANCES = (
    Column(Words("Conto", "Account")),
    Column(Words("Nome del conto", "Account name")),
    Column(Words("Dare", "Debit"), Kind.MONEY, summed=True),
    Column(Words("Avere", "Credit"), Kind.MONEY, summed=True),
)


def balances(issuer: Issuer, first: date, until: date) -> Table:
    """What each account was debited and credited between two days."""
    accounts = accounts_of(issuer)
    found = {role: [ZERO, ZERO] for role in accounts}
    for posting in postings(issuer, first, until):
        for role, money in posting.lines:
            side = 0 if money.cents > 0 else 1
            found[role][side] += money if side == 0 else -money
    return Table(
        "conti", BALANCES, [(*accounts[role], *sides) for role, sides in found.items() if any(sides)]
    )


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
        _brought(issuer, first, until, accounts),
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
            (p.order.organisation or p.order.person).name,
            p.amount,
            p.fee,
            p.payment_ref or str(p.pk),
        )


def _given_back(issuer: Issuer, first: date, until: date, accounts: Accounts) -> Iterator[tuple[Any, ...]]:
    what = Words("rimborso", "refund").say()
    begin, end = local_day(first, ITALY).start, local_day(until, ITALY).start
    rows = Refund.objects.filter(
        payment__collected_by=issuer.partner_id, state=Refund.State.DONE, done_at__gte=begin, done_at__lt=end
    ).select_related("payment__order__person", "payment__order__organisation")
    for r in rows.order_by("done_at", "pk").prefetch_related("documents").iterator(chunk_size=500):
        if r.done_at is None:
            continue
        order = r.payment.order
        yield (
            local_date(r.done_at, ITALY),
            *accounts[PLACE.get(r.payment.method, R.BANK)],
            what,
            ", ".join(d.number for d in r.documents.all()) or None,
            (order.organisation or order.person).name,
            -r.amount,
            None,
            r.refund_ref or str(r.pk),
        )


def _brought(issuer: Issuer, first: date, until: date, accounts: Accounts) -> Iterator[tuple[Any, ...]]:
    what = Words("bonifico", "bank transfer").say()
    rows = Match.objects.filter(
        movement__issuer=issuer,
        movement__booked_on__gte=first,
        movement__booked_on__lt=until,
        document__isnull=False,
    ).select_related("movement", "document")
    for m in rows.order_by("movement__booked_on", "pk").iterator(chunk_size=500):
        yield (
            m.movement.booked_on,
            *accounts[R.BANK],
            what,
            m.document.number if m.document else None,
            m.document.customer_name if m.document else None,
            m.amount,
            None,
            m.movement.reason[:80] or str(m.pk),
        )
