"""Money reserved on a card for what might be damaged, and each time that a bank was asked to reserve it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.order import Order
from billing.models.tariff import VatRate
from booking.models import Booking
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Person
from spaces.models import Resource


class Deposit(Identified):
    """What a booking has to have reserved on its person's card; no sale and no document until staff take of it."""

    prefix: ClassVar[str] = "dep"

    class State(models.TextChoices):
        ASKED = "asked", _("will be reserved")
        NEEDED = "needed", _("waits for a card")
        HELD = "held", _("reserved")
        TAKING = "taking", _("being taken")
        TAKEN = "taken", _("taken")
        RELEASED = "released", _("released")
        DROPPED = "dropped", _("not asked any more")
        LAPSED = "lapsed", _("let go by the bank")

    LIVE = (State.ASKED, State.NEEDED, State.HELD, State.TAKING)

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="deposits")
    person = models.ForeignKey(Person, models.PROTECT, related_name="deposits")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, related_name="+")
    amount = MoneyField(_("amount"))
    release_minutes = models.PositiveIntegerField(_("released so many minutes after the end"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    why = models.CharField(_("why the card was not enough"), max_length=40, blank=True)
    # The card that it was, or will again be, reserved on.
    customer_ref = models.CharField(max_length=255, blank=True)
    method_ref = models.CharField(max_length=255, blank=True)
    # Set once it is over and the gateway keeps its card no longer, or keeps it for something else.
    card_gone_at = models.DateTimeField(null=True, blank=True)
    taken = MoneyField(_("taken"), default=0)
    reason = models.TextField(_("reason given"), blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    order = models.OneToOneField(Order, models.PROTECT, null=True, blank=True, related_name="deposit")
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        constraints = [
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(state__in=["asked", "needed", "held", "taking"]),
                name="billing_one_live_deposit_a_booking",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, taken__gte=0, taken__lte=models.F("amount")),
                name="billing_never_take_more_than_the_deposit",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"],
                condition=Q(state__in=["asked", "needed", "held", "taking"]),
                name="billing_deposit_open",
            ),
            models.Index(
                fields=["made_at"], condition=Q(card_gone_at=None), name="billing_deposit_card_kept"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} ({self.get_state_display()})"

    @property
    def release_at(self) -> datetime:
        """When it is released, if nobody took of it: the end may have moved since it was asked."""
        end: datetime = self.booking.period.end
        return end + timedelta(minutes=self.release_minutes)

    def governed_by(self) -> Iterable[UUID]:
        return self.booking.governed_by()

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return self.person_id, None


class Authorisation(Identified):
    """One request to a bank to reserve a deposit. The row exists before any call; its id is the idempotency key."""

    prefix: ClassVar[str] = "aut"

    class State(models.TextChoices):
        CREATED = "created", _("created")
        HELD = "held", _("reserved")
        CAPTURED = "captured", _("captured")
        GONE = "gone", _("released")
        FAILED = "failed", _("failed")

    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="authorisations")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.CREATED)
    gateway = models.CharField(max_length=12, blank=True)
    # What it asks, the same at each try under its key; the card only until the bank has answered.
    amount = MoneyField(_("amount"), default=0)
    customer_ref = models.CharField(max_length=255, blank=True)
    method_ref = models.CharField(max_length=255, blank=True)
    session_ref = models.CharField(max_length=255, blank=True)
    # Set where its person reserves it on the gateway's page; without, the card is asked with nobody there.
    session_until = models.DateTimeField(null=True, blank=True)
    payment_ref = models.CharField(max_length=255, blank=True)
    capture_before = models.DateTimeField(_("the bank lets go of it at"), null=True, blank=True)
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "session_ref"],
                condition=~Q(session_ref=""),
                name="billing_one_authorisation_a_session",
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "made_at"],
                condition=Q(state__in=["created", "held"]),
                name="billing_authorisation_open",
            ),
            models.Index(fields=["payment_ref"], name="billing_authorisation_by_ref"),
        ]
