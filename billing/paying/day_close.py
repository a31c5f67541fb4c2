"""The desk counts its drawer and its card machine: counted against expected, a difference said and posted.

What is expected is all that ever came in and went back by that method, less what earlier counts expected: a payment
that commits while somebody counts is in the next count, and none is ever in none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from billing.models import DayClose, DeskPayment, Issuer, Payment, Refund
from billing.papers.freeze import ITALY
from billing.papers.registers import cents
from core.audit import record
from core.clock import now
from core.errors import ChangedMeanwhile, Invalid, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import Money
from core.periods import local_date
from people.models import Person

METHODS = ("cash", "pos")


@dataclass(frozen=True, slots=True)
class Drawer:
    """What should be there of a method since the last count."""

    method: str
    expected: Money
    since_at: datetime | None


def drawers(issuer: Issuer) -> list[Drawer]:
    """The drawer and the card machine as they should be now."""
    return [_drawer(issuer, method) for method in METHODS]


def _drawer(issuer: Issuer, method: str) -> Drawer:
    came = Payment.objects.filter(
        collected_by=issuer.partner_id, method=method, state=Payment.State.CAPTURED
    ).aggregate(s=Sum("amount"))["s"]
    besides = DeskPayment.objects.filter(issuer=issuer, method=method).aggregate(s=Sum("amount"))["s"]
    went = Refund.objects.filter(
        payment__collected_by=issuer.partner_id, method=method, state=Refund.State.DONE
    ).aggregate(s=Sum("amount"))["s"]
    before = DayClose.objects.filter(issuer=issuer, method=method)
    told = before.aggregate(s=Sum("expected"))["s"]
    last = before.order_by("-closed_at").values_list("closed_at", flat=True).first()
    return Drawer(method, cents(came) + cents(besides) - cents(went) - cents(told), last)


def closes_of(issuer: Issuer) -> Sequence[DayClose]:
    """The latest counts, newest first."""
    return list(DayClose.objects.filter(issuer=issuer).order_by("-closed_at")[:60])


@act
def close(by: Person, issuer_id: UUID, method: str, expected: Money, counted: Money, reason: str) -> DayClose:
    """The count is kept. `expected` is what whoever counted was shown.

    Raises ChangedMeanwhile if money came in or went out since, Invalid where a difference has no reason.
    """
    lock_rows(Locks.MONTH, Issuer, [issuer_id])
    issuer = Issuer.objects.get(pk=issuer_id)
    drawer = _drawer(issuer, method)
    if drawer.expected != expected:
        raise ChangedMeanwhile(data={"current": {"expected": drawer.expected}})
    if expected != counted and not reason.strip():
        raise Invalid(pointers=[Pointer("/reason", "required", "")])
    made = DayClose.objects.create(
        issuer=issuer,
        method=method,
        on=local_date(now(), ITALY),
        expected=expected,
        counted=counted,
        reason=reason.strip(),
        closed_by=by,
    )
    record(by, "day-close", made, cents=(counted - expected).cents)
    return made
