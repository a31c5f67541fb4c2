"""A customer pays an order at its checkout with their own credit: all of it, or nothing (docs/adr/0109).

The credit is with one issuer, and an order is collected by one: who its first line is of, as with a transfer. What else
it sells is the others' by the same settlement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from billing.models import Issuer, Match, Order, Payment
from billing.papers.freeze import ITALY
from billing.paying import transfers
from billing.paying.customer_credit import Payer, left_of, left_with, open_credits
from billing.paying.debts import held_by
from core.clock import now
from core.errors import CreditTooSmall, Reason
from core.locks import Order as Locks
from core.locks import lock_rows
from core.money import Money, total
from core.periods import local_date
from core.words import Words
from people.models import Person

NOT_ENOUGH = Words("Non basta per pagare tutto.", "It is not enough to pay all of it.")
ANOTHER = Words("Questo lo incassa {issuer}.", "This is collected by {issuer}.")
A_CHANGE = Words("Una modifica si paga in un altro modo.", "A change is paid in another way.")


@dataclass(frozen=True, slots=True)
class OwnCredit:
    """What a customer has left with this issuer, and why a sale cannot be paid with it; nothing: it can."""

    issuer: Issuer
    left: Money
    reasons: list[Reason]


def against(price: Money, left: Money) -> list[Reason]:
    """Why a sale of that price cannot be paid with what is left of a credit; nothing if it can."""
    return [Reason("not-enough", NOT_ENOUGH, fixable_by="nobody")] if left < price else []


def own_credit(payer: Payer, price: Money, sellers: Sequence[UUID], *, change: bool) -> OwnCredit | None:
    """The payer's credit with who collects what these issuers sell, the first of them; or with another of them, which pays
    nothing of it. None without any. One statement, and one more for a name."""
    found = {
        issuer.pk: (issuer, left) for issuer, _, left in left_with(held_by(payer) & Q(issuer__in=sellers))
    }
    if not found:
        return None
    collector = sellers[0]
    if collector not in found:
        issuer, left = next(iter(found.values()))
        name = str(Issuer.objects.select_related("partner__organisation").get(pk=collector))
        return OwnCredit(issuer, left, [Reason("another-issuer", ANOTHER, {"issuer": name})])
    issuer, left = found[collector]
    if change:
        return OwnCredit(issuer, left, [Reason("change", A_CHANGE)])
    return OwnCredit(issuer, left, against(price, left))


def pay(by: Person, order: Order) -> Payment:
    """Inside an act that holds the order, which is owed: its payer's credits with who collects it pay all of it, the
    oldest first. Its payment is to be settled after the act. Raises CreditTooSmall."""
    issuer = order.lines.order_by("position").select_related("issuer")[0].issuer
    # As with all matches: what an issuer's credits were used for is said by one act at a time.
    lock_rows(Locks.MONTH, Issuer, [issuer.pk])
    credits = list(open_credits(issuer).filter(held_by(order.payer)).order_by("made_at", "pk"))
    open_, left = transfers.open_of(issuer, order), total(left_of(credit) for credit in credits)
    if against(open_, left):
        raise CreditTooSmall(left=str(left), data={"left": left})
    day = transfers.books_day(issuer, None, local_date(now(), ITALY))
    for credit in credits:
        part = min(left_of(credit), open_)
        made = transfers.book(by, Match(credit=credit, amount=part, made_by=by, posted_on=day), issuer, order)
        open_ -= part
        if not open_:
            break
    assert made.payment is not None  # nothing of it is open
    return made.payment
