"""What was paid ahead and pays for bookings: passes, what plans include, programmes; and every move of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.order import OrderLine
from billing.models.programme import Programme
from billing.models.tariff import VatRate
from booking.models import Booking, Item
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Organisation, Person
from spaces.models import Resource, Venue


class Measure(models.TextChoices):
    """In what a budget is counted."""

    MINUTES = "minutes", _("hours")
    DAYS = "days", _("days")
    ENTRIES = "entries", _("entries")
    CENTS = "cents", _("euro")


class Covers(Identified):
    """On which resources something paid ahead may be spent: all of its venue's where nothing is said."""

    kinds = ArrayField(
        models.CharField(max_length=16, choices=Resource.Kind),
        default=list,
        blank=True,
        verbose_name=_("kinds of resource"),
    )
    resources = ArrayField(models.UUIDField(), default=list, blank=True, verbose_name=_("only these"))

    class Meta:
        abstract = True

    def covers(self, resource: Resource) -> bool:
        return (not self.kinds or resource.kind in self.kinds) and (
            not self.resources or resource.pk in self.resources
        )


class PassKind(Covers):
    """A pass (carnet) as it is sold: so many hours, days or entries, for a price, valid for so many days."""

    prefix: ClassVar[str] = "pkd"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="pass_kinds")
    name = models.CharField(_("name"), max_length=80)
    unit = models.CharField(_("counted in"), max_length=8, choices=Measure)
    amount = models.PositiveIntegerField(_("how much (hours in minutes)"))
    valid_days = models.PositiveSmallIntegerField(_("valid for so many days"), default=365)
    price = MoneyField(_("price, VAT included"))
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, related_name="+")
    on_sale = models.BooleanField(_("on sale"), default=True)

    class Meta:
        verbose_name = _("kind of pass")
        verbose_name_plural = _("kinds of pass")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, valid_days__gt=0, price__gte=0), name="billing_pass_is_something"
            ),
            models.CheckConstraint(
                condition=Q(unit__in=["minutes", "days", "entries"]), name="billing_pass_counts_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def governed_by(self) -> Iterable[UUID]:
        return [self.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return None, None


class Budget(Covers):
    """Time, entries or euro that pay for bookings from a day until another; never less than nothing is left."""

    prefix: ClassVar[str] = "bud"

    class Kind(models.TextChoices):
        PLAN = "plan", _("included in a plan")
        PROGRAMME = "programme", _("programme")
        PASS = "pass", _("pass")
        ALLOWANCE = "allowance", _("allowance")

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PASS)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="budgets")
    name = models.CharField(_("name"), max_length=80)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="budgets")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    unit = models.CharField(_("counted in"), max_length=8, choices=Measure)
    given = models.PositiveBigIntegerField(_("given"))
    left = models.BigIntegerField(_("left"))
    from_at = models.DateTimeField(_("valid from"), default=now)
    until_at = models.DateTimeField(_("valid until"))
    pass_kind = models.ForeignKey(PassKind, models.PROTECT, null=True, blank=True, related_name="passes")
    # A programme's budget: the part of the price it pays, on which weekdays, how much a beneficiary has a month.
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="budgets")
    subscription = models.ForeignKey(
        "billing.Subscription", models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    # A partner's month: of which of its allowances, by name, in which version; drawn in the order of their turns.
    part = models.CharField(_("of the allowance"), max_length=40, blank=True)
    turn = models.PositiveSmallIntegerField(_("drawn in this order"), default=0)
    allowance = models.ForeignKey(
        "billing.Allowance", models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    percent = models.PositiveSmallIntegerField(_("percent of the price it pays"), default=100)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    cap = models.PositiveBigIntegerField(_("at most, a person and month"), null=True, blank=True)
    line = models.OneToOneField(OrderLine, models.PROTECT, null=True, blank=True, related_name="budget")
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [
            models.CheckConstraint(condition=Q(left__gte=0), name="billing_budget_never_overdrawn"),
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="billing_budget_lasts"),
            models.UniqueConstraint(
                fields=["organisation", "venue", "part", "from_at"],
                condition=Q(kind="allowance"),
                name="billing_one_month_of_an_allowance",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "until_at"], name="billing_budget_of_person"),
            models.Index(fields=["organisation", "until_at"], name="billing_budget_of_body"),
        ]

    def __str__(self) -> str:
        return self.name

    def governed_by(self) -> Iterable[UUID]:
        return [self.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return self.person_id, self.organisation_id


class Draw(Identified):
    """A move of a budget: what a booking took of it (plus), or what was given to it (minus). Insert-only; what is
    left of a budget is minus their sum."""

    prefix: ClassVar[str] = "drw"

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="draws")
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="draws")
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="draws")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="draws")
    units = models.BigIntegerField()
    worth = MoneyField(_("what it pays of the price"), default=0)
    # How much of a thing's time it covers, and what that much of it costs: what the sponsor of a programme is told.
    minutes = models.IntegerField(default=0)
    listed = MoneyField(_("list value of the part it covers"), default=0)
    why = models.CharField(max_length=20)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("draw")
        verbose_name_plural = _("draws")
        indexes = [
            models.Index(fields=["budget", "at"], name="billing_draw_of_budget"),
            models.Index(fields=["booking"], name="billing_draw_of_booking"),
        ]
