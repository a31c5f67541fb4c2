"""A match is undone: its movement or credit has this part again; or why it stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncMonth

from billing.models import AccountingMonth, CustomerCredit, Issuer, Match, Movement, Order, Payment
from billing.paying import repaying
from billing.paying.transfers import books_day
from core.audit import record
from core.errors import IllegalMove, Reason
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.words import Words
from people.models import Person

SETTLED = Words("Il suo ordine è saldato.", "Its order is settled.")
KEPT = Words("Ne è tenuto un credito del cliente.", "A credit of the customer is kept of it.")
CLOSED = Words("Il suo mese è chiuso.", "Its month is closed.")


def with_standing(rows: QuerySet[Match]) -> QuerySet[Any]:
    """Matches with whether something is `kept` as a credit of what each is of or for, and whether its month is `closed`."""
    of = Q(movement=OuterRef("movement")) | Q(document=OuterRef("document")) | Q(order=OuterRef("order"))
    issuer = Coalesce(OuterRef("movement__issuer"), OuterRef("credit__issuer"))
    closed = AccountingMonth.objects.filter(issuer=issuer, closed_at__isnull=False)
    return rows.alias(month=TruncMonth("posted_on")).annotate(
        kept=Exists(CustomerCredit.objects.filter(of)),
        closed=Exists(closed.filter(first_on=OuterRef("month"))),
    )


def against(match: Any) -> list[Reason]:
    """Why a match with its standing cannot be undone; nothing if it can."""
    if match.payment_id is not None:
        return [Reason("settled", SETTLED)]
    # What a credit was kept of, and whose debt made somebody its customer, stays as long as the credit.
    if match.kept:
        return [Reason("kept", KEPT)]
    return [Reason("month-closed", CLOSED)] if match.closed else []


@act
def unmatch(by: Person, match_id: UUID) -> None:
    """The movement has this part again; a refund that was given by it alone waits again. Raises IllegalMove once an order
    was settled with it, something of its movement, document or order is kept as a credit, or its month is closed."""
    seen = Match.objects.select_related("movement", "credit", "refund").filter(pk=match_id).first()
    if seen is None:
        return
    source = seen.movement or seen.credit
    assert source is not None  # the constraint says so
    issuer = source.issuer_id
    if seen.order_id is not None:
        lock_rows(Locks.ORDERS, Order, [seen.order_id])
    if seen.refund is not None:
        lock_rows(Locks.PAYMENTS, Payment, [seen.refund.payment_id])
    if seen.movement_id is not None:
        lock_rows(Locks.PAYMENTS, Movement, [seen.movement_id])
    lock_rows(Locks.MONTH, Issuer, [issuer])
    rows = with_standing(Match.objects.select_related("refund__payment", "document__payment"))
    found = rows.filter(pk=match_id).first()
    if found is None:
        return
    reasons = against(found)
    # Its month stays open meanwhile; of what is paid again, no partner was shown its settlement.
    day = books_day(Issuer.objects.get(pk=issuer), found.document, found.posted_on)
    if not reasons and day != found.posted_on:
        reasons = [Reason("month-closed", CLOSED)]
    if reasons:
        raise IllegalMove(reasons=reasons, state=reasons[0].detail, data={"state": reasons[0].code})
    record(by, "unmatch", found)
    refund = found.refund if found.gave else None
    found.delete()
    look_again([found.movement_id] if found.movement_id is not None else [])
    if refund is not None:
        repaying.not_seen_leaving(by, refund)


def look_again(movements: Iterable[UUID]) -> None:
    """Inside an act that locked them: they have something again that is for nothing, also where their rest was nobody's."""
    Movement.objects.filter(pk__in=movements).exclude(set_aside="").update(set_aside="")
