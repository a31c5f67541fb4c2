"""Allowances: a partner's own hours a month on what it shares with the others of its consortium, one or several."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.budget import Covers
from core.clock import now
from people.models import Partner, Person
from spaces.models import Venue


class Allowance(Covers):
    """So many minutes a month from a month on; a later one of the same name, partner and venue takes its place. Never
    changed: each month's hours are a `Budget` of the partner's body."""

    prefix: ClassVar[str] = "alw"

    class Beyond(models.TextChoices):
        TARIFF = "tariff", _("by tariff")
        REFUSED = "refused", _("refused")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="allowances")
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="allowances")
    name = models.CharField(_("name, where a partner has several"), max_length=40, blank=True)
    turn = models.PositiveSmallIntegerField(_("drawn in this order"), default=0)
    from_on = models.DateField(_("from the month of"))
    minutes = models.PositiveIntegerField(_("minutes a month"))
    beyond = models.CharField(_("use beyond"), max_length=8, choices=Beyond, default=Beyond.TARIFF)
    carried = models.PositiveIntegerField(_("unused minutes carried into the next month, at most"), default=0)
    told = models.BooleanField(_("told in the settlement at list value"), default=False)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "venue", "name", "from_on"], name="billing_one_allowance_a_month"
            ),
            models.CheckConstraint(condition=Q(from_on__day=1), name="billing_allowance_from_a_first"),
        ]
