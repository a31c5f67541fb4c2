"""Price lists: what a resource costs, for whom, when; and what is given back."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.fields import MoneyField
from core.identity import Identified
from people.models import Group, Partner
from spaces.models import Resource, Venue


class VatRate(Identified):
    """A percentage of VAT, or with 0 the reason why there is none (natura and legal text)."""

    prefix: ClassVar[str] = "vat"

    name = models.CharField(_("name"), max_length=60)
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    natura = models.CharField(_("natura"), max_length=4, blank=True)
    legal_text = models.CharField(_("legal text"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("VAT rate")
        verbose_name_plural = _("VAT rates")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, natura="") | (Q(percent=0) & ~Q(natura="")),
                name="billing_no_vat_has_its_reason",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Tariff(Identified):
    """The price list of a venue from a day until the next one's; never changed once published."""

    prefix: ClassVar[str] = "trf"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="tariffs")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="tariffs")
    name = models.CharField(_("name"), max_length=80)
    from_on = models.DateField(_("in force from"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")

    def __str__(self) -> str:
        return self.name


class Rate(Identified):
    """One line of a tariff, VAT included. Of those that fit, the most particular wins (`pricing.py`)."""

    prefix: ClassVar[str] = "rat"

    class Per(models.TextChoices):
        HOUR = "hour", _("an hour")
        FLAT = "flat", _("a booking")
        DAY = "day", _("a day, at most")
        HALF_DAY = "half_day", _("four hours, at most")
        HEAD = "head", _("a person")

    tariff = models.ForeignKey(Tariff, models.CASCADE, related_name="rates")
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="rates")
    kind = models.CharField(_("kind of resource"), max_length=16, choices=Resource.Kind, blank=True)
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="rates")
    per = models.CharField(_("per"), max_length=8, choices=Per, default=Per.HOUR)
    price = MoneyField(_("price, VAT included"))
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("weekdays (1 Monday)")
    )
    from_time = models.TimeField(_("from"), null=True, blank=True)
    until_time = models.TimeField(_("until"), null=True, blank=True)
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, related_name="rates")

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")


class CancellationTerms(Identified):
    """What is given back, by how many hours before the earliest start a booking ever had."""

    prefix: ClassVar[str] = "cnt"

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="cancellation_terms")
    resource = models.ForeignKey(
        Resource, models.CASCADE, null=True, blank=True, related_name="cancellation_terms"
    )
    hours_before = models.PositiveIntegerField(_("hours before"))
    percent_back = models.PositiveSmallIntegerField(_("percent given back"))

    class Meta:
        verbose_name = _("cancellation terms")
        verbose_name_plural = _("cancellation terms")
        constraints = [
            models.CheckConstraint(condition=Q(percent_back__lte=100), name="billing_gives_back_a_part")
        ]
