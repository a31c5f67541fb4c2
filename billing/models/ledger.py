"""The takings, as they came and went, by partner: insert-only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.document import Document
from billing.models.issuer import Issuer
from billing.models.order import Order
from billing.models.payment import Payment, Refund
from billing.models.plan import Plan
from booking.models import Booking
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Partner
from spaces.models import Resource


class Entry(Identified):
    """A part of a sale (or, with minus, of what was given back) that is one partner's."""

    prefix: ClassVar[str] = "ent"

    class Kind(models.TextChoices):
        SALE = "sale", _("sale")
        REFUND = "refund", _("refund")

    kind = models.CharField(max_length=8, choices=Kind)
    on = models.DateField(_("on"))
    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="entries")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="entries")
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="+")
    # What its members paid for the plan itself; their bookings are entered as bookings.
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="entries")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="entries")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, blank=True, related_name="entries")
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="entries")
    rate = models.DecimalField(max_digits=5, decimal_places=2)
    natura = models.CharField(max_length=4, blank=True)
    net = MoneyField()
    vat = MoneyField()
    gross = MoneyField()
    written_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [
            models.Index(fields=["on", "partner"], name="billing_entry_on"),
            models.Index(fields=["on"], condition=Q(plan__isnull=False), name="billing_entry_of_plan"),
        ]
