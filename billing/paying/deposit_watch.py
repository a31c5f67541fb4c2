"""Deposits as time goes on: what is due to be reserved, renewed, released or freed will be, and what a lost message left
open is looked at. The bank itself is asked by `reserving.py`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from billing.gateways.base import Intent
from billing.models import Authorisation, Deposit
from billing.paying import deposits, reserving
from billing.paying.deposits import AHEAD, A, D, locked
from core import outbox
from core.clock import now
from core.locks import patient_act


@outbox.every(timedelta(minutes=5), "billing.deposits")
def sweep() -> None:
    """What is due to be reserved, renewed, released or freed will be; what a lost message left open is looked at."""
    moment = now()
    hour = f"{moment:%Y-%m-%dT%H}"
    live = Deposit.objects.filter(state__in=Deposit.LIVE).select_related("booking")
    for deposit in live.filter(state=D.ASKED, booking__period__startswith__lte=moment + AHEAD):
        outbox.put(
            "billing.deposit", {"booking": str(deposit.booking_id)}, key=f"deposit:{deposit.pk}:{hour}"
        )
    for deposit in live.filter(booking__period__endswith__lte=moment).exclude(state=D.TAKING):
        if deposit.release_at <= moment:
            _over(deposit.pk)
    taking = live.filter(state=D.TAKING)
    for deposit in taking:
        outbox.put("billing.take_deposit", {"deposit": str(deposit.pk)}, key=f"take:{deposit.pk}:{hour}")
    for deposit in _missing(moment):
        outbox.put("billing.deposit_warning", {"deposit": str(deposit.pk)}, key=f"missing:{deposit.pk}")
    _watch_holds(hour)


def _missing(moment: datetime) -> QuerySet[Deposit]:
    """What should be reserved by now and is not: its person has not done it, or nothing that was asked was answered."""
    soon = Deposit.objects.filter(booking__period__startswith__lte=moment + timedelta(hours=12))
    unanswered = Q(state=D.ASKED, made_at__lte=moment - timedelta(seconds=settings.SWEEP_GRACE_SECONDS))
    return soon.filter(Q(state=D.NEEDED) | unanswered)


@patient_act
def _over(deposit_id: UUID) -> None:
    """Its time has passed and nobody took of it."""
    deposit = locked(deposit_id)
    if deposit.state in (D.ASKED, D.NEEDED, D.HELD) and deposit.release_at <= now():
        deposits.let_go(deposit)


def _watch_holds(hour: str) -> None:
    moment = now()
    rows = Authorisation.objects.select_related("deposit__booking")
    held = rows.filter(state=A.HELD)
    for one in held.filter(capture_before__lte=moment + reserving.RENEWED, deposit__state=D.HELD):
        if one.capture_before is not None and one.capture_before <= one.deposit.release_at:
            outbox.put(
                "billing.renew_deposit",
                {"deposit": str(one.deposit_id)},
                key=f"renew-deposit:{one.pk}:{hour}",
            )
    for one in held.exclude(deposit__state__in=[D.HELD, D.TAKING]):
        outbox.put("billing.free_authorisation", {"authorisation": str(one.pk)}, key=f"free:{one.pk}:{hour}")
    before = moment - timedelta(seconds=settings.SWEEP_GRACE_SECONDS)
    pages = rows.filter(state=A.CREATED).exclude(session_ref="")
    # Asked, and never heard: its deposit may be over, what the bank reserved may not.
    unheard = rows.filter(state=A.CREATED, session_until=None)
    for slot, open_ones in (
        (hour, held.filter(capture_before__lte=moment)),
        (f"{moment:%Y-%m-%dT%H:%M}", pages.filter(made_at__lt=before)),
        (hour, unheard.filter(made_at__lt=before)),
    ):
        for one in open_ones.order_by("made_at")[:200]:
            outbox.put(
                "billing.hear_authorisation", {"authorisation": str(one.pk)}, key=f"hear:{one.pk}:{slot}"
            )
    # Nobody was ever sent to a page whose address was not stored.
    for one in rows.filter(state=A.CREATED, session_ref="", session_until__lt=before)[:200]:
        reserving.hear(one.pk, Intent("", "cancelled", None, "", "", "", "expired"))


@outbox.handler("billing.hear_authorisation")
def on_unheard(payload: dict[str, Any]) -> None:
    """What the bank now says of it is known; what it cannot be asked about is nobody else's trouble."""
    asked = Authorisation.objects.select_related("deposit__booking").get(pk=payload["authorisation"])
    if asked.state == A.HELD:
        reserving.look_at(asked.payment_ref)
    elif asked.state == A.CREATED and asked.session_ref:
        reserving.look_again(asked.session_ref, None)
    elif asked.state == A.CREATED and asked.session_until is None:
        reserving.ask_bank(asked)
