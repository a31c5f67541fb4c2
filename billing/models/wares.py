"""What goes with a booking beside its time, and the codes that make it cheaper."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.tariff import VatRate
from booking.models import Booking
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Person
from spaces.models import Resource, Venue


class Extra(Identified):
    """Something sold by the piece with a booking (a sheet of plywood, a gram of filament, a coffee); `stock` is how
    many are left, empty: it never runs out."""

    prefix: ClassVar[str] = "ext"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="extras")
    name = models.CharField(_("name"), max_length=80)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    price = MoneyField(_("price, VAT included"))
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, related_name="extras")
    stock = models.IntegerField(_("left in stock"), null=True, blank=True)
    most = models.PositiveIntegerField(_("at most, of one booking"), default=100)
    kinds = ArrayField(
        models.CharField(max_length=16, choices=Resource.Kind),
        default=list,
        blank=True,
        verbose_name=_("only with these kinds of resource"),
    )
    is_offered = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        constraints = [
            models.CheckConstraint(
                condition=Q(stock=None) | Q(stock__gte=0), name="billing_no_stock_below_zero"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ChosenExtra(Identified):
    """So many of an extra go with a booking, at the price of the moment they were chosen; taken out of the stock
    until they are given back."""

    prefix: ClassVar[str] = "chx"

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="chosen_extras")
    extra = models.ForeignKey(Extra, models.PROTECT, related_name="chosen")
    quantity = models.PositiveIntegerField()
    unit_price = MoneyField()
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, related_name="+")
    given_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "extra"], name="billing_an_extra_is_chosen_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="billing_chosen_extras_are_some"),
        ]


class Coupon(Identified):
    """A code that takes a percentage or an amount off what is booked at a venue, so often in all and for each."""

    prefix: ClassVar[str] = "cpn"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="coupons")
    code = models.CharField(_("code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=80)
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2, default=0)
    amount = MoneyField(_("amount"), default=0)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until (excluded)"), null=True, blank=True)
    kinds = ArrayField(
        models.CharField(max_length=16, choices=Resource.Kind),
        default=list,
        blank=True,
        verbose_name=_("only for these kinds of resource"),
    )
    most_uses = models.PositiveIntegerField(_("uses in all, at most"), null=True, blank=True)
    most_each = models.PositiveIntegerField(_("uses by each, at most"), null=True, blank=True)
    used = models.IntegerField(_("used"), default=0)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount=0) | Q(percent=0, amount__gt=0),
                name="billing_a_coupon_is_a_part_or_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0) & (Q(most_uses=None) | Q(used__lte=F("most_uses"))),
                name="billing_a_coupon_is_not_used_too_often",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(Identified):
    """Somebody uses a coupon for some bookings together; given back when none of them stands."""

    prefix: ClassVar[str] = "cpu"

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="uses")
    person = models.ForeignKey(Person, models.PROTECT, related_name="coupon_uses")
    made_at = models.DateTimeField(default=now, editable=False)
    given_back_at = models.DateTimeField(null=True, blank=True)


class CouponPart(Identified):
    """One booking of a coupon's use; of an amount, its part."""

    prefix: ClassVar[str] = "cpp"

    use = models.ForeignKey(CouponUse, models.CASCADE, related_name="parts")
    booking = models.OneToOneField(Booking, models.CASCADE, related_name="coupon_part")
    amount = MoneyField(default=0)
