"""A card that was kept for a deposit alone is forgotten by the gateway when the deposit is over.

One that its person saved on purpose, or that another deposit still relies on, stays.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from billing import gateways
from billing.models import Authorisation, Deposit, SavedMethod
from billing.paying.reserving import card_of
from booking import states
from core import outbox
from core.clock import now

D, A = Deposit.State, Authorisation.State
MOST = 200


@outbox.every(timedelta(minutes=30), "billing.deposit_cards")
def sweep() -> None:
    """Whatever deposit is over, with its booking, and nothing of it open at a bank, has its card looked at."""
    hour = f"{now():%Y-%m-%dT%H}"
    siblings = Deposit.objects.filter(booking=OuterRef("booking"), state__in=Deposit.LIVE)
    open_ones = Authorisation.objects.filter(deposit=OuterRef("pk"), state__in=[A.CREATED, A.HELD])
    over = Q(booking__period__endswith__lte=now()) | (
        ~Q(booking__state__in=states.LIVE) & Q(booking__held_until=None)
    )
    rows = Deposit.objects.filter(over, ~Exists(siblings), ~Exists(open_ones), card_gone_at=None)
    for deposit in rows.exclude(state__in=Deposit.LIVE).order_by("made_at")[:MOST]:
        outbox.put("billing.forget_card", {"deposit": str(deposit.pk)}, key=f"card:{deposit.pk}:{hour}")


@outbox.handler("billing.forget_card")
def on_over(payload: dict[str, Any]) -> None:
    """The gateway forgets the card of a deposit that is over, unless something else relies on it. Twice is once."""
    deposit = Deposit.objects.get(pk=payload["deposit"])
    if deposit.state in Deposit.LIVE or deposit.card_gone_at is not None:
        return
    _, method = card_of(deposit)
    if method and _others(deposit, method):
        return  # the last of them forgets it
    saved = SavedMethod.objects.filter(method_ref=method, state=SavedMethod.State.USABLE)
    if method and not saved.exists():
        gateways.current().forget(method)
    Deposit.objects.filter(pk=deposit.pk).update(customer_ref="", method_ref="", card_gone_at=now())


def _others(deposit: Deposit, method: str) -> bool:
    """Whether another deposit is, or will be, reserved on this card: known to be so, or paid for by the same payment."""
    same = Q(method_ref=method) | Q(booking__order_lines__order__lines__booking=deposit.booking_id)
    others = Deposit.objects.filter(same, person=deposit.person_id, state__in=Deposit.LIVE)
    return others.exclude(pk=deposit.pk).exists()
