"""The drawer and the card machine counted at the end of a day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.issuer import Issuer
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Person


class DayClose(Identified):
    """What was expected since the last count, what was counted, and why they differ if they do. Insert-only."""

    prefix: ClassVar[str] = "dcl"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="day_closes")
    method = models.CharField(max_length=12)
    on = models.DateField(_("on"))
    expected = MoneyField(_("expected"))
    counted = MoneyField(_("counted"))
    reason = models.CharField(_("why they differ"), max_length=300, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("day close")
        verbose_name_plural = _("day closes")
        constraints = [
            models.CheckConstraint(condition=Q(method__in=["cash", "pos"]), name="billing_day_close_at_desk"),
            models.CheckConstraint(
                condition=Q(expected=F("counted")) | ~Q(reason=""), name="billing_day_close_says_why"
            ),
        ]
        indexes = [models.Index(fields=["issuer", "method", "-closed_at"], name="billing_day_close_last")]
