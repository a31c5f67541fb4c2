"""What was paid at the desk for a document that no order stands behind."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.document import Document
from billing.models.issuer import Issuer
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Person


class DeskPayment(Identified):
    """Money for a document, into the drawer or over the card machine. Insert-only."""

    prefix: ClassVar[str] = "dpy"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="+")
    # None once the law no longer keeps the document: what was taken stays in the drawer's sums.
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="desk_payments")
    method = models.CharField(max_length=12)
    amount = MoneyField(_("amount"))
    taken_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("payment at the desk")
        verbose_name_plural = _("payments at the desk")
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=["cash", "pos"]), name="billing_desk_payment_at_desk"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_desk_payment_is_something"),
        ]
        indexes = [models.Index(fields=["taken_at"], name="billing_desk_payment_by_day")]
