"""What customers paid beyond what they owed, and still have: theirs with that issuer, for another debt or to be given back.

It came by the bank and goes back by the bank: a movement that went out gives it back. No document is of it, and what is
left of it is told from its rows (docs/adr/0109).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth

from billing.models import AccountingMonth, CustomerCredit, Document, Issuer, Match, Order
from billing.papers.registers import cents, in_force
from billing.paying import debts
from billing.paying.debts import Debt, sum_of
from billing.paying.delivered import monthly
from core.money import ZERO, Money
from people.models import Organisation, Person

Payer = Person | Organisation
PAYERS = "document__person", "document__organisation", "order__person", "order__organisation"


def with_left(rows: QuerySet[CustomerCredit]) -> QuerySet[Any]:
    """Credits with what of each was `used` or given back, in cents, whether their month is `closed`, and of whom they are."""
    used = sum_of(Match.objects.all(), "credit", "amount")
    months = AccountingMonth.objects.filter(issuer=OuterRef("issuer"), closed_at__isnull=False)
    closed = Exists(months.filter(first_on=OuterRef("month")))
    return (
        rows.alias(month=TruncMonth("posted_on"))
        .annotate(used=used, closed=closed)
        .select_related("person", "organisation", "issuer", "movement", "document", "order")
    )


def open_credits(issuer: Issuer) -> QuerySet[Any]:
    """The issuer's credits of which something is left."""
    return with_left(CustomerCredit.objects.filter(issuer=issuer)).filter(amount__gt=F("used"))


def paid_beyond(issuer: Issuer) -> QuerySet[Any]:
    """The issuer's documents for which the bank or the desk brought more than is left to be paid of them, for they were
    credited since; with `left` below nothing. What was sold against a payment goes back as its refund."""
    rows = in_force(Document.objects.filter(issuer=issuer, payment=None))
    return debts.with_left(rows).filter(left__lt=0)


def left_of(credit: Any) -> Money:
    """What the customer still has of it."""
    left: Money = credit.amount - cents(credit.used)
    return left


def payer_of(thing: Document | Order) -> Payer | None:
    """Who has to pay it."""
    return thing.organisation or thing.person


def payers_of(matches: Iterable[Match]) -> list[Payer]:
    """The customers whose debts a movement paid, of matches with PAYERS: what is left of it may be theirs."""
    things = [match.document or match.order for match in matches]
    found = [payer for thing in things if thing is not None and (payer := payer_of(thing)) is not None]
    return list(dict.fromkeys(found))


def credit_of(issuer: Issuer, whose: Q | None = None) -> dict[UUID, Money]:
    """What each of the issuer's customers has left of their credits, by their id; only who has something. One statement."""
    rows = CustomerCredit.objects.filter(whose or Q(), issuer=issuer)
    rows = rows.annotate(used=sum_of(Match.objects.all(), "credit", "amount")).filter(amount__gt=F("used"))
    found: dict[UUID, Money] = {}
    for credit in rows:
        payer = credit.organisation_id or credit.person_id
        assert payer is not None  # the constraint says so
        found[payer] = found.get(payer, ZERO) + left_of(credit)
    return found


def could_pay(issuer: Issuer, whose: Q | None = None) -> dict[UUID, Money]:
    """How much of each debt its customer's credit with the issuer could pay, by the document or order; only where it is
    something. A credit is told once: what is due first has it, and last what a monthly bill will ask for. Four statements
    for any number, one where nobody has a credit."""
    left = credit_of(issuer, whose)
    if not left:
        return {}
    theirs = Q(organisation__in=left) | Q(person__in=left, organisation=None)
    on_a_bill = set(monthly(issuer).values_list("order_id", flat=True))
    found: dict[UUID, Money] = {}
    for debt in sorted(debts.debts(issuer, theirs), key=lambda d: (d.thing in on_a_bill, d.due_on, d.thing)):
        assert debt.payer is not None  # who has a credit
        if part := min(left[debt.payer.pk], debt.open):
            found[debt.thing] = part
            left[debt.payer.pk] -= part
    return found


def left_with(whose: Q) -> list[tuple[Issuer, Payer, Money]]:
    """With whom these customers have something left of their credits, and how much. One statement."""
    rows = with_left(CustomerCredit.objects.filter(whose)).filter(amount__gt=F("used"))
    found: dict[tuple[Issuer, Payer], Money] = {}
    for credit in rows.select_related("issuer__partner__organisation").order_by("issuer", "made_at", "pk"):
        key = credit.issuer, credit.payer
        found[key] = found.get(key, ZERO) + left_of(credit)
    return [(issuer, payer, left) for (issuer, payer), left in found.items()]


def debts_of(issuer: Issuer, credits: Sequence[Any]) -> dict[UUID, list[Debt]]:
    """For each credit what its customer owes this issuer, the oldest first; two statements for any number."""
    people = {c.person_id for c in credits if c.person_id}
    bodies = {c.organisation_id for c in credits if c.organisation_id}
    whose = Q(person__in=people, organisation=None) | Q(organisation__in=bodies)
    owed: dict[Payer | None, list[Debt]] = {}
    for debt in debts.debts(issuer, whose) if credits else ():
        owed.setdefault(debt.payer, []).append(debt)
    return {c.pk: owed.get(c.payer, []) for c in credits}
