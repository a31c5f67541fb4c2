"""Price lists: what a resource costs, for whom, when; and what is given back."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.fields import MoneyField
from core.identity import Identified
from people.models import Group, Organisation, Partner
from spaces.models import Resource, Venue

# Why there is no VAT on what a receipt is for: a sale with VAT, or one that the SdI is told of, is invoiced (DPR 633/72 art. 21).
ON_A_RECEIPT = ("N1", "N2.1", "N2.2", "N4")


class VatRate(Identified):
    """A percentage of VAT, or with 0 the reason why there is none (natura and legal text)."""

    prefix: ClassVar[str] = "vat"

    name = models.CharField(_("name"), max_length=60)
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    natura = models.CharField(_("natura"), max_length=4, blank=True)
    legal_text = models.CharField(_("legal text"), max_length=100, blank=True)
    receipted = models.BooleanField(
        _("sold by receipt"),
        default=False,
        help_text=_(
            "institutional activity, outside VAT (DPR 633/72 art. 4): what is sold at it alone has a receipt, from "
            "issuers who number receipts; with anything else besides, one invoice of all"
        ),
    )

    class Meta:
        verbose_name = _("VAT rate")
        verbose_name_plural = _("VAT rates")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, natura="") | (Q(percent=0) & ~Q(natura="")),
                name="billing_no_vat_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(receipted=False) | Q(natura__in=ON_A_RECEIPT),
                name="billing_receipts_have_no_vat",
                violation_error_message=_("a receipt is for what has no VAT: N1, N2.1, N2.2 or N4"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tariff(Identified):
    """The price list of a venue from a day until the next one's, or until a day, after which the one before it is in
    force again; never changed once published. Of two from the same day the one published last rules."""

    prefix: ClassVar[str] = "trf"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="tariffs")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="tariffs")
    name = models.CharField(_("name"), max_length=80)
    from_on = models.DateField(_("in force from"))
    until_on = models.DateField(_("until (excluded)"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gt=models.F("from_on")), name="billing_tariff_lasts"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def rules_on(self, day: date) -> bool:
        """Whether it may be in force on this day, if no later one is."""
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


class Rate(Identified):
    """One line of a tariff, VAT included. Of those that fit, the most particular wins (`pricing.py`)."""

    prefix: ClassVar[str] = "rat"

    class Per(models.TextChoices):
        MINUTE = "minute", _("a minute")
        HOUR = "hour", _("an hour")
        STRETCH = "stretch", _("so many minutes, at most")
        HALF_DAY = "half_day", _("four hours, at most")
        DAY = "day", _("a day, at most")
        FLAT = "flat", _("a booking")
        HEAD = "head", _("a person")
        USE = "use", _("a unit of a meter")
        LEAST = "least", _("at least")
        REDUCTION = "reduction", _("a reduction in percent")
        DEPOSIT = "deposit", _("a deposit by card hold")

    class ChargeBy(models.TextChoices):
        RESERVATION = "reservation", _("the time reserved")
        USE = "use", _("the time used")
        GREATER = "greater", _("the longer of the two")

    tariff = models.ForeignKey(Tariff, models.CASCADE, related_name="rates")
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="rates")
    kind = models.CharField(_("kind of resource"), max_length=16, choices=Resource.Kind, blank=True)
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="rates")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="rates"
    )
    per = models.CharField(_("per"), max_length=10, choices=Per, default=Per.HOUR)
    price = MoneyField(_("price, VAT included"))
    minutes = models.PositiveIntegerField(
        _("minutes of a stretch, or until a deposit is released"), default=0
    )
    percent = models.DecimalField(_("percent of a reduction"), max_digits=5, decimal_places=2, default=0)
    meter = models.CharField(_("what a meter counts"), max_length=24, blank=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    charge_by = models.CharField(
        _("charged by"), max_length=11, choices=ChargeBy, default=ChargeBy.RESERVATION
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("weekdays (1 Monday)")
    )
    from_time = models.TimeField(_("from"), null=True, blank=True)
    until_time = models.TimeField(_("until"), null=True, blank=True)
    season_from = models.DateField(_("season from"), null=True, blank=True)
    season_until = models.DateField(_("season until (excluded)"), null=True, blank=True)
    yearly = models.BooleanField(_("the season comes every year"), default=False)
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, null=True, blank=True, related_name="rates")

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        constraints = [
            models.CheckConstraint(
                condition=Q(vat_rate__isnull=False) | Q(per__in=["least", "reduction"]),
                name="billing_what_is_sold_has_its_vat",
            ),
            models.CheckConstraint(
                condition=Q(per="stretch", minutes__gt=0)
                | Q(per="deposit")
                | (~Q(per__in=["stretch", "deposit"]) & Q(minutes=0)),
                name="billing_a_stretch_has_its_length",
            ),
            models.CheckConstraint(
                condition=Q(per="reduction", percent__gt=0, percent__lte=100)
                | (~Q(per="reduction") & Q(percent=0)),
                name="billing_a_reduction_is_a_part",
            ),
            models.CheckConstraint(
                condition=(Q(per="use") & ~Q(meter="")) | (~Q(per="use") & Q(meter="")),
                name="billing_a_use_has_its_meter",
            ),
            models.CheckConstraint(
                condition=Q(season_from=None, season_until=None)
                | Q(season_from__isnull=False, season_until__isnull=False),
                name="billing_a_season_has_two_ends",
            ),
        ]


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
