"""What each account comes to: the same as all postings added up, with the many alike added up by the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, Sum

from billing.books import journal
from billing.models import Issuer
from billing.papers.registers import cents
from billing.paying import partner_postings
from billing.posting import Line
from core.money import ZERO, Money
from core.tables import Column, Kind, Table
from core.words import Words

BALANCES = (
    Column(Words("Conto", "Account")),
    Column(Words("Nome del conto", "Account name")),
    Column(Words("Dare", "Debit"), Kind.MONEY, summed=True),
    Column(Words("Avere", "Credit"), Kind.MONEY, summed=True),
)


def balances(issuer: Issuer, first: date, until: date) -> Table:
    """What each account was debited and credited between two days."""
    accounts = journal.accounts_of(issuer)
    found = {role: [0, 0] for role in accounts}
    rest = (posting.lines for told in journal.of_others(issuer, first, until) for posting in told)
    for lines in (*_of_many(issuer, first, until), *rest):
        for role, money in lines:
            found[role][money.cents < 0] += abs(money.cents)
    sums = [(*accounts[role], *map(Money, sides)) for role, sides in found.items() if any(sides)]
    return Table("conti", BALANCES, sums)


def _of_many(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Line, ...]]:
    """The lines of documents, payments and refunds, of alike ones at once.

    Alike are those whose lines stand on the same accounts and the same sides. A line is a sum of columns, each with a sign
    that is the same for all of them: so the lines of their sums are the sums of their lines, on either side.
    """
    for d in _alike(
        journal.issued(issuer, first, until),
        ("kind", "split"),
        ("net", "vat", "gross", "due", "stamp"),
        # On which side what was withheld stands, with and without a split.
        (Q(gross__lt=F("due")), Q(gross__lt=F("due") + F("vat"))),
    ):
        yield journal.of_document(d)
    taken, shared = (
        journal.taken_in(issuer, first, until),
        partner_postings.shared_payments(issuer, first, until),
    )
    whole = taken.exclude(pk__in=shared.values("payment"))
    for p in _alike(whole, ("method", "brought"), ("amount", "fee"), (Q(amount__lt=F("fee")),)):
        yield journal.of_payment(p, ZERO)
    others = partner_postings.others_in_payments(issuer, first, until)
    for p in taken.filter(pk__in=shared.values("payment")):
        yield journal.of_payment(p, others[p.pk])
    given, shared = (
        journal.undone(issuer, first, until),
        partner_postings.shared_refunds(issuer, first, until),
    )
    for r in _alike(given.exclude(pk__in=shared.values("refund")), ("method",), ("amount",)):
        yield journal.of_refund(r, ZERO)
    others = partner_postings.others_in_refunds(issuer, first, until)
    for r in given.filter(pk__in=shared.values("refund")):
        yield journal.of_refund(r, others[r.pk])


def _alike(
    rows: Any, words: tuple[str, ...], amounts: tuple[str, ...], differences: tuple[Q, ...] = ()
) -> Iterator[Any]:
    """The sums of the amounts of rows that have the same words, and the same signs of each amount and difference."""
    below = [*(Q(**{f"{name}__lt": 0}) for name in amounts), *differences]
    apart = {f"below_{n}": ExpressionWrapper(q, BooleanField()) for n, q in enumerate(below)}
    sums = {f"sum_{name}": Sum(name) for name in amounts}
    for row in rows.order_by().annotate(**apart).values(*words, *apart).annotate(**sums):
        told = {name: cents(row[f"sum_{name}"]) for name in amounts}
        yield SimpleNamespace(**{word: row[word] for word in words}, **told)
