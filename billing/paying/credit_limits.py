"""How much an organisation may owe an issuer before it pays: what is on account and not billed, what it has asked for and
will owe once staff approve it, and what is open of its documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, Sum

from billing.models import Checkout, Document, OnAccount, Order, OrderLine
from billing.papers.registers import cents, in_force
from billing.paying.debts import with_left
from billing.prices.priced import Priced
from core.errors import CreditOfOthersSpent, CreditSpent
from core.money import ZERO, Money
from people.models import Organisation, Person
from people.roles import standing


@dataclass(frozen=True, slots=True)
class Room:
    """What was agreed, and what of it is owed."""

    limit: Money
    used: Money

    @property
    def left(self) -> Money:
        return max(self.limit - self.used, ZERO)


def room_of(issuer: UUID, organisation: UUID) -> Room | None:
    """How far the organisation may still go with the issuer; None without a limit."""
    agreed = OnAccount.objects.filter(issuer=issuer, organisation=organisation, limit__gt=0).first()
    if agreed is None:
        return None
    # A promise whose checkout is done waits for staff, not for money: approved, it is owed.
    asked = Q(order__state=Order.State.PROMISED, order__checkout__state=Checkout.State.DONE)
    owed = OrderLine.objects.filter(
        asked | Q(order__state=Order.State.OWED), issuer=issuer, order__organisation=organisation
    ).aggregate(s=Sum("gross"))["s"]
    documents = in_force(Document.objects.filter(issuer=issuer, organisation=organisation))
    open_ = with_left(documents).aggregate(s=Sum("left"))["s"]
    return Room(agreed.limit, max(cents(owed) + cents(open_), ZERO))


def heed_limit(
    by: Person, lines: Sequence[Priced], organisation: Organisation, instead_of: Iterable[OrderLine] = ()
) -> None:
    """Inside an act that locked the organisation: nothing if these lines fit what each issuer agreed, where they
    stand instead of what was owed or promised already. Raises CreditSpent with what is left, said to its delegates or
    to the staff, whoever acts."""
    by_issuer: dict[UUID, Money] = {}
    for line in lines:
        by_issuer[line.issuer] = by_issuer.get(line.issuer, ZERO) + line.gross
    for old in instead_of:
        by_issuer[old.issuer_id] = by_issuer.get(old.issuer_id, ZERO) - old.gross
    for issuer, more in sorted(by_issuer.items(), key=str):
        room = room_of(issuer, organisation.pk)
        if room is not None and more > room.left:
            theirs = organisation.pk in standing(by).delegate_of
            raise (CreditSpent if theirs else CreditOfOthersSpent)(
                body=organisation.name,
                left=str(room.left),
                limit=str(room.limit),
                data={"left": room.left, "limit": room.limit, "asked": more},
            )
