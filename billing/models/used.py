"""The time in which something was used, where that is what is charged."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.order import Order
from booking.models import Booking
from core.clock import now
from core.fields import MoneyField, PeriodField
from core.identity import Identified


class TimeUsed(Identified):
    """What a booking's use was measured at, and what it cost by that; written once, when they have left."""

    prefix: ClassVar[str] = "use"

    booking = models.OneToOneField(Booking, models.PROTECT, related_name="time_used")
    period = PeriodField(_("from arriving until leaving, in whole steps"))
    agreed = MoneyField(_("what was asked for the time reserved"))
    price = MoneyField(_("what the use costs"))
    # The steps of the lines at the use, as a quote keeps them.
    lines = models.JSONField(default=list)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="times_used")
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("time used")
        verbose_name_plural = _("times used")
