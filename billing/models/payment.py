"""Money in, money back, and what the gateway told us."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.order import Order
from billing.models.saved import SavedMethod
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Partner, Person


class Payment(Identified):
    """Money for an order. The row exists before any call; its id is the idempotency key."""

    prefix: ClassVar[str] = "pay"

    class State(models.TextChoices):
        CREATED = "created", _("created")
        AWAITING = "awaiting", _("awaiting")
        CAPTURED = "captured", _("captured")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    amount = MoneyField(_("amount"))
    refunded = MoneyField(_("given back"), default=0)
    fee = MoneyField(_("gateway's fee"), default=0)
    method = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=State, default=State.CREATED)
    collected_by = models.ForeignKey(Partner, models.PROTECT, null=True, blank=True, related_name="+")
    gateway = models.CharField(max_length=12, blank=True)
    session_ref = models.CharField(max_length=255, blank=True)
    session_until = models.DateTimeField(null=True, blank=True)
    payment_ref = models.CharField(max_length=255, blank=True)
    made_at = models.DateTimeField(default=now, editable=False)
    # What was saved and is charged with nobody there; and what the bank said if it refused.
    saved = models.ForeignKey(SavedMethod, models.PROTECT, null=True, blank=True, related_name="payments")
    why = models.CharField(max_length=40, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(
                condition=Q(refunded__gte=0) & Q(refunded__lte=models.F("amount")),
                name="billing_never_refund_more_than_paid",
            ),
            models.UniqueConstraint(
                fields=["gateway", "session_ref"],
                condition=~Q(session_ref=""),
                name="billing_one_payment_a_session",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "made_at"],
                condition=Q(state__in=["created", "awaiting"]),
                name="billing_payment_open",
            ),
            models.Index(fields=["payment_ref"], name="billing_payment_by_ref"),
        ]


class Refund(Identified):
    """Money given back for a payment; the row exists before the call, its id is the idempotency key.

    What goes back by hand (cash, card machine, bank transfer) is due until somebody says that it was given.
    """

    prefix: ClassVar[str] = "rfd"

    class State(models.TextChoices):
        DUE = "due", _("due")
        SENT = "sent", _("sent")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = MoneyField(_("amount"))
    state = models.CharField(max_length=6, choices=State, default=State.DUE)
    reason = models.CharField(max_length=40)
    note = models.CharField(_("why, in the office's words"), max_length=200, blank=True)
    # Given by the office more than a year after the sale: which reason of art. 26 c. 2 allows the credit note, or that
    # there is none and the VAT stays.
    ground = models.CharField(_("reason by law"), max_length=12, blank=True)
    without_note = models.BooleanField(_("without a credit note"), default=False)
    method = models.CharField(_("how it goes back"), max_length=12)
    # Of a transfer: to whose account, and the list of transfers it went to the bank in.
    iban = models.CharField(max_length=34, blank=True)
    batch = models.CharField(max_length=35, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(_("why the gateway refused it"), max_length=60, blank=True)
    asked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    given_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    refund_ref = models.CharField(max_length=255, blank=True)
    made_at = models.DateTimeField(default=now, editable=False)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_refund_is_something"),
            models.CheckConstraint(
                condition=Q(without_note=False) | Q(ground=""), name="billing_no_note_needs_no_ground"
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"], condition=Q(state__in=["due", "sent"]), name="billing_refund_open"
            ),
            models.Index(
                fields=["payment"], condition=Q(without_note=True), name="billing_refund_without_note"
            ),
        ]

    def governed_by(self) -> list[UUID]:
        """The partner that took the money gives it back."""
        return [self.payment.collected_by_id] if self.payment.collected_by_id else []

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return self.payment.order.person_id, self.payment.order.organisation_id


class GatewayEvent(models.Model):
    """What the gateway told us, stored once by its own id, worked off later."""

    id = models.CharField(primary_key=True, max_length=255)
    gateway = models.CharField(max_length=12)
    kind = models.CharField(max_length=80)
    object_ref = models.CharField(max_length=255, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=Q(done_at=None), name="billing_event_to_do")
        ]
