"""Plans: a membership with a price a period, what it includes, and who is on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.budget import Covers, Measure
from billing.models.order import Order
from billing.models.saved import SavedMethod
from billing.models.tariff import VatRate
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Group, Organisation, Person
from spaces.models import Venue


class Plan(Identified):
    """A membership as it is sold: a price a period, and the group whose prices and windows it opens."""

    prefix: ClassVar[str] = "pla"

    class Every(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        YEAR = "year", _("year")

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="plans")
    name = models.CharField(_("name"), max_length=80)
    every = models.CharField(_("renewed every"), max_length=8, choices=Every, default=Every.MONTH)
    price = MoneyField(_("price a period, VAT included"))
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="plans")
    # Periods begin on the first of a month, the one in which it starts in proportion; else on the day it was bought.
    from_first = models.BooleanField(_("periods begin on the first of the month"), default=False)
    instalments = models.PositiveSmallIntegerField(_("a period is paid in so many instalments"), default=1)
    on_sale = models.BooleanField(_("on sale"), default=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="billing_plan_has_a_price"),
            # Whole months each, as many as the period has or a part of them.
            models.CheckConstraint(
                condition=Q(instalments=1)
                | Q(every="quarter", instalments=3)
                | Q(every="year", instalments__in=[2, 3, 4, 6, 12]),
                name="billing_instalments_are_whole_months",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def governed_by(self) -> Iterable[UUID]:
        return [self.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return None, None


class Included(Covers):
    """So many hours, days or entries a period that a plan includes."""

    prefix: ClassVar[str] = "inl"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="included")
    unit = models.CharField(_("counted in"), max_length=8, choices=Measure)
    amount = models.PositiveIntegerField(_("how much (hours in minutes)"))

    class Meta:
        verbose_name = _("included")
        verbose_name_plural = _("included")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_included_is_something")
        ]


class Subscription(Identified):
    """Somebody is on a plan, period by period, until it is ended."""

    prefix: ClassVar[str] = "sub"

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        ENDING = "ending", _("ends with its period")
        ENDED = "ended", _("ended")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="subscriptions")
    next_plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="subscriptions")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ACTIVE)
    # What its next periods are asked of; without, they are owed.
    method = models.ForeignKey(
        SavedMethod, models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    paid_by_line = models.UUIDField(unique=True)  # the order line that bought it
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def governed_by(self) -> Iterable[UUID]:
        return [self.plan.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return self.person_id, self.organisation_id


class PlanPeriod(Identified):
    """One period of a subscription, from a day until the next one's; made once, whatever is asked twice."""

    prefix: ClassVar[str] = "plp"

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="periods")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="plan_periods")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until (excluded)"))
    # Where the plan changed within a period: what these days were sold at, and how many days a whole period had.
    worth = MoneyField(default=0)
    whole_days = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("period of a subscription")
        verbose_name_plural = _("periods of subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "from_on"], name="billing_one_period_a_day"),
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="billing_period_lasts"),
        ]
