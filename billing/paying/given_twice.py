"""What was given back twice: refunds, and a bank that took back besides, beyond what had come in.

A document is to be paid again as far as something is to be paid of it. What left beyond that nobody is asked for: it is
lost, in the journal, in the customer's account and among what does not square alike (docs/adr/0124).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum, Value

from billing.models import DeskPayment, Dispute, Entry, Issuer, Match, Refund
from billing.papers.registers import cents
from core.money import ZERO, Money


@dataclass(frozen=True, slots=True)
class Twice:
    """So much more left with this dispute or refund than was there of a payment."""

    thing: Dispute | Refund
    payment: UUID
    at: datetime
    amount: Money

    @property
    def reference(self) -> str:
        """By which the gateway knows it, if it does."""
        ref = self.thing.ref if isinstance(self.thing, Dispute) else self.thing.refund_ref
        return ref or str(self.thing.pk)


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that came in (plus) or left again, of one issuer's part of a payment."""

    at: datetime
    amount: Money
    thing: Dispute | Refund | None = None


def given_twice(issuer: Issuer) -> list[Twice]:
    """All of an issuer's, in order of time; five statements."""
    mine = Entry.objects.filter(issuer=issuer)
    sold = Exists(mine.filter(kind=Entry.Kind.SALE, payment=OuterRef("payment")))
    lost = Dispute.objects.owed_again().filter(sold, closed_at__isnull=False)
    disputes = list(lost.with_own(Value(issuer.pk)).order_by("closed_at", "pk"))
    payments = {d.payment_id for d in disputes}
    moved: dict[UUID, list[Moved]] = defaultdict(list)
    for d in disputes:
        moved[d.payment_id].append(Moved(d.closed_at, -cents(d.own), d))
    back = mine.filter(kind=Entry.Kind.REFUND, payment__in=payments, refund__state=Refund.State.DONE)
    given = {
        row["refund"]: cents(row["s"]) for row in back.values("refund").annotate(s=Sum("gross")).order_by()
    }
    for refund in Refund.objects.filter(pk__in=given, done_at__isnull=False):
        assert refund.done_at is not None
        moved[refund.payment_id].append(Moved(refund.done_at, given[refund.pk], refund))
    for payment, at, amount in _paid_again(issuer, payments):
        moved[payment].append(Moved(at, amount))
    sales = mine.filter(kind=Entry.Kind.SALE, payment__in=payments)
    there = {r["payment"]: cents(r["s"]) for r in sales.values("payment").annotate(s=Sum("gross")).order_by()}
    found = [twice for payment, moves in moved.items() for twice in _beyond(payment, there[payment], moves)]
    return sorted(found, key=lambda twice: (twice.at, twice.thing.pk))


def _paid_again(issuer: Issuer, payments: set[UUID | None]) -> list[tuple[UUID, datetime, Money]]:
    of = {"document__payment__in": payments, "document__issuer": issuer}
    brought = Match.objects.filter(**of).values_list("document__payment", "made_at", "amount")
    at_desk = DeskPayment.objects.filter(**of).values_list("document__payment", "taken_at", "amount")
    return [(payment, at, cents(amount)) for payment, at, amount in [*brought, *at_desk]]


def _beyond(payment: UUID, there: Money, moves: list[Moved]) -> list[Twice]:
    """Whatever leaves when no more is there. A bank takes back only what the payment itself brought; a refund may be of
    what was paid again. Pure."""
    again, found = ZERO, []
    for move in sorted(moves, key=lambda m: m.at):
        if move.thing is None:
            again += move.amount
            continue
        wanted = -move.amount
        of_it = min(wanted, there)
        of_again = min(wanted - of_it, again) if isinstance(move.thing, Refund) else ZERO
        there, again = there - of_it, again - of_again
        if beyond := wanted - of_it - of_again:
            found.append(Twice(move.thing, payment, move.at, beyond))
    return found
