"""What one issuer takes for another: of a cart of several the first collects all, and owes each other its part.

So every issuer's customers are what its own documents say, whoever took the money; "partners" is what is between them,
and the settlement closes it (docs/adr/0061).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from billing.models import Account, Entry, Issuer, Payment, Refund
from billing.papers.freeze import ITALY
from billing.papers.registers import cents, within
from billing.posting import Posting, lines
from core.money import ZERO, Money
from core.periods import local_date
from core.words import Words

R = Account.Role
TAKEN = Words("Incasso di un partner", "Payment taken by a partner")
GIVEN = Words("Rimborso di un partner", "Refund given by a partner")


def _entries(kind: str, column: str, moment: str, first: date, until: date) -> Any:
    """Entries of what was paid or given back between two days."""
    return Entry.objects.filter(within(f"{column}__{moment}", first, until), kind=kind).order_by()


def sold(first: date, until: date) -> Any:
    """What payments captured between two days were for."""
    rows = _entries(Entry.Kind.SALE, "payment", "captured_at", first, until)
    return rows.filter(payment__state=Payment.State.CAPTURED)


def undone(first: date, until: date) -> Any:
    """What refunds given between two days gave back."""
    rows = _entries(Entry.Kind.REFUND, "refund", "done_at", first, until)
    return rows.filter(refund__state=Refund.State.DONE)


def shared_payments(issuer: Issuer, first: date, until: date) -> Any:
    """The entries of others in what the issuer took."""
    return sold(first, until).filter(payment__collected_by=issuer.partner_id).exclude(issuer=issuer)


def shared_refunds(issuer: Issuer, first: date, until: date) -> Any:
    """The entries of others in what the issuer gave back."""
    return undone(first, until).filter(payment__collected_by=issuer.partner_id).exclude(issuer=issuer)


def others_in_payments(issuer: Issuer, first: date, until: date) -> Mapping[UUID, Money]:
    """Of each payment that the issuer took, what is others'."""
    rows = shared_payments(issuer, first, until)
    return {row["payment"]: cents(row["s"]) for row in rows.values("payment").annotate(s=Sum("gross"))}


def others_in_refunds(issuer: Issuer, first: date, until: date) -> Mapping[UUID, Money]:
    """Of each refund that the issuer gave, what is others'."""
    rows = shared_refunds(issuer, first, until)
    return {row["refund"]: -cents(row["s"]) for row in rows.values("refund").annotate(s=Sum("gross"))}


def taken_by_others(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """The issuer's part of what others took for it."""
    rows = sold(first, until).filter(issuer=issuer).exclude(payment__collected_by=issuer.partner_id)
    found = rows.values(
        of=F("payment"), at=F("payment__captured_at"), ref=F("payment__payment_ref")
    ).annotate(s=Sum("gross"))
    for row in found.order_by("at", "of"):
        if part := cents(row["s"]):
            told = lines((R.PARTNERS, part), (R.CUSTOMERS, -part))
            yield Posting(
                local_date(row["at"], ITALY), f"2{row['of']}", TAKEN, row["ref"] or str(row["of"]), told
            )


def given_by_others(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """The issuer's part of what others gave back for it."""
    rows = undone(first, until).filter(issuer=issuer).exclude(payment__collected_by=issuer.partner_id)
    found = rows.values(of=F("refund"), at=F("refund__done_at"), ref=F("refund__refund_ref")).annotate(
        s=Sum("gross")
    )
    for row in found.order_by("at", "of"):
        if part := ZERO - cents(row["s"]):
            told = lines((R.CUSTOMERS, part), (R.PARTNERS, -part))
            yield Posting(
                local_date(row["at"], ITALY), f"3{row['of']}", GIVEN, row["ref"] or str(row["of"]), told
            )
