"""What the bank brought, as the books say it: every movement, what it and its customers' credits were for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from billing.models import Account, CustomerCredit, Issuer, Match, Movement
from billing.papers.references import reference
from billing.posting import Posting, lines
from core.words import Words

R = Account.Role
TRANSFER = Words("Bonifico", "Bank transfer")
CREDIT = Words("Credito del cliente", "Customer credit")
OF_CREDITS = "credit__person", "credit__organisation"
USED = Words("Uso del credito", "Credit used")
GIVEN_BACK = Words("Credito restituito", "Credit given back")


def movements(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """Every movement of the account, so that the bank is what its statement says; what each was for, its matches say."""
    rows = Movement.objects.filter(issuer=issuer, posted_on__gte=first, posted_on__lt=until)
    for m in rows.order_by("posted_on", "pk").iterator(chunk_size=1000):
        yield Posting(
            m.posted_on,
            f"4{m.pk}",
            Words("Movimento bancario", "Bank movement"),
            m.reason[:80] or m.name[:80] or str(m.pk),
            lines((R.BANK, m.amount), (R.UNMATCHED, -m.amount)),
        )


def matches(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """What movements and credits were for: documents; or payouts and refunds, which put the bank into the books
    themselves. What the bank brought for orders is a payment already, which takes what a credit gave from the movements."""
    rows = _matched(issuer, first, until).exclude(order__isnull=False, credit=None)
    for m in rows.select_related("document", "payout", "refund").order_by("posted_on", "pk").iterator(1000):
        amount = -m.amount if m.refund_id is not None else m.amount
        if m.credit_id is None:
            what, source, elsewhere = TRANSFER, R.UNMATCHED, R.BANK
        else:
            what, source, elsewhere = _use(m), R.CREDITS, R.UNMATCHED
        against = R.CUSTOMERS if m.document is not None else elsewhere
        yield Posting(m.posted_on, f"4{m.pk}", what, _about(m), lines((source, amount), (against, -amount)))


def _use(m: Match) -> Words:
    return USED if m.movement_id is None else GIVEN_BACK


def _about(m: Match) -> str:
    if m.document is not None:
        return m.document.number
    if m.payout is not None:
        return m.payout.ref
    return reference(m.credit_id) if m.credit_id is not None else str(m.refund_id)


def credits(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """What customers paid beyond what they owed is theirs: of a movement, of an order's part that it paid, or of a document
    that was credited since."""
    for c in _kept(issuer, first, until).order_by("posted_on", "pk").iterator(chunk_size=1000):
        source = R.UNMATCHED if c.document_id is None else R.CUSTOMERS
        told = lines((source, c.amount), (R.CREDITS, -c.amount))
        yield Posting(c.posted_on, f"4{c.pk}", CREDIT, reference(c.pk), told)


def _kept(issuer: Issuer, first: date, until: date) -> QuerySet[CustomerCredit]:
    return CustomerCredit.objects.filter(issuer=issuer, posted_on__gte=first, posted_on__lt=until)


def _matched(issuer: Issuer, first: date, until: date) -> QuerySet[Match]:
    whose = Q(movement__issuer=issuer) | Q(credit__issuer=issuer)
    return Match.objects.filter(whose, posted_on__gte=first, posted_on__lt=until)


def ledger(
    issuer: Issuer, first: date, until: date, accounts: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[Any, ...]]:
    """What came in for documents and as customers' credit. What a credit gives is no money that comes in: it is taken off
    the credit, and is then the document's, or in its order's payment."""
    bank, transfer = accounts[R.BANK], Words("bonifico", "bank transfer").say()
    rows: list[tuple[Any, ...]] = []
    for m in _matched(issuer, first, until).select_related("movement", "document", *OF_CREDITS):
        if m.credit is not None:
            ref = reference(m.credit.pk)
            rows.append((m.posted_on, *bank, _use(m).say(), None, m.credit.payer.name, -m.amount, None, ref))
        if m.document is not None:
            ref = reference(m.credit.pk) if m.credit else (m.movement and m.movement.reason[:80]) or str(m.pk)
            number, name = m.document.number, m.document.customer_name
            rows.append((m.posted_on, *bank, transfer, number, name, m.amount, None, ref))
    brought = _kept(issuer, first, until).filter(document=None)
    for c in brought.select_related("person", "organisation"):
        rows.append((c.posted_on, *bank, CREDIT.say(), None, c.payer.name, c.amount, None, reference(c.pk)))
    yield from sorted(rows, key=lambda row: (row[0], row[8]))
