"""Time given back too late for all its money, until it is over and known who had it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.payment import Refund
from booking.models import Booking
from core.clock import now
from core.fields import MoneyField, PeriodField
from core.identity import Identified
from people.models import Person


class GivenBack(Identified):
    """Some units' time that a giver paid for and left; what others then pay for it is credited to the giver."""

    prefix: ClassVar[str] = "gvb"

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="given_back")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    period = PeriodField(_("period"))
    units = models.JSONField(default=list)
    kept = MoneyField(_("what the house has kept of its price"))
    made_at = models.DateTimeField(default=now, editable=False)
    used_minutes = models.PositiveIntegerField(_("unit-minutes that others had"), null=True, blank=True)
    credited = MoneyField(default=0)
    refunds = models.ManyToManyField(Refund, related_name="given_back", blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("time given back")
        verbose_name_plural = _("times given back")
        indexes = [models.Index("made_at", condition=Q(closed_at=None), name="billing_given_back_open")]
