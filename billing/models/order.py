"""What was promised at which price: quotes that expire, orders that do not, and the way to pay."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.issuer import Issuer
from billing.models.tariff import VatRate
from booking.models import Booking, Change, Consequence, Item
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Organisation, Partner, Person


class Quote(Identified):
    """A price with an expiry; `lines` show every step, and `fingerprint` is what checkout compares."""

    prefix: ClassVar[str] = "quo"

    person = models.ForeignKey(Person, models.CASCADE, related_name="quotes")
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="quotes"
    )
    bookings = models.ManyToManyField(Booking, related_name="quotes")
    # Kinds of pass bought with it, one id each time.
    pass_kinds = ArrayField(models.UUIDField(), default=list)
    plan = models.UUIDField(null=True, blank=True)
    lines = models.JSONField(default=list)
    total = MoneyField()
    # What is reserved on a card besides: booking, resource, VAT rate, cents and minutes (`deposits.py`).
    deposits = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64)
    # Set where the price is only the difference that a change of the booking makes.
    change = models.ForeignKey(Change, models.CASCADE, null=True, blank=True, related_name="quotes")
    made_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()


class Order(Identified):
    """What was promised; its lines never change."""

    prefix: ClassVar[str] = "ord"

    class State(models.TextChoices):
        PROMISED = "promised", _("promised")
        PAID = "paid", _("paid")
        OWED = "owed", _("confirmed, unpaid")
        BILLED = "billed", _("on a monthly bill")
        DROPPED = "dropped", _("dropped")
        REFUNDED = "refunded", _("refunded")

    person = models.ForeignKey(Person, models.PROTECT, related_name="orders")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="orders"
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PROMISED)
    total = MoneyField(_("total, VAT included"))
    terms = models.JSONField(_("cancellation terms on that day"), default=list)
    # What budgets pay besides the total (`draws.py`): budget, booking, item, units and cents.
    draws = models.JSONField(default=list)
    due_at = models.DateTimeField(_("to be paid by"), null=True, blank=True)
    change = models.ForeignKey(Change, models.PROTECT, null=True, blank=True, related_name="orders")
    # The monthly bill it is on; and, of a credit (its total is below nothing), the billed order that it makes less.
    bill = models.ForeignKey(
        "billing.Document", models.PROTECT, null=True, blank=True, related_name="billed_orders"
    )
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="credits")
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="billed", bill__isnull=False) | (~Q(state="billed") & Q(bill=None)),
                name="billing_billed_by_a_bill",
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation"],
                condition=Q(state="owed", organisation__isnull=False),
                name="billing_owed_by_a_body",
            )
        ]

    @property
    def payer(self) -> Person | Organisation:
        """Who owes it, and whose name is on its document."""
        return self.organisation or self.person


class OrderLine(Identified):
    """One line of an order: whose sale, what, how much, at which VAT; with the steps of its price."""

    prefix: ClassVar[str] = "oln"

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="order_lines")
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="order_lines")
    # What is bought where it is no booking: a kind of pass, or a plan. Bare ids, for they stand on what is sold.
    pass_kind = models.UUIDField(null=True, blank=True)
    plan = models.UUIDField(null=True, blank=True)
    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="order_lines")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="order_lines")
    description = models.CharField(max_length=400)
    quantity = models.DecimalField(max_digits=14, decimal_places=6)
    unit = models.CharField(max_length=10)
    unit_price = models.DecimalField(max_digits=18, decimal_places=8)
    gross = MoneyField(_("price, VAT included"))
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, related_name="+")
    steps = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="billing_one_order_line_a_place")
        ]


class Checkout(Identified):
    """The way from an order to its money; what the browser polls."""

    prefix: ClassVar[str] = "cho"

    class State(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment"
        PROCESSING = "processing"
        DONE = "done"
        FAILED = "failed"
        LAPSED = "lapsed"
        REFUNDED = "refunded"
        ABANDONED = "abandoned"

    order = models.OneToOneField(Order, models.PROTECT, related_name="checkout")
    quote = models.ForeignKey(Quote, models.SET_NULL, null=True, blank=True, related_name="checkouts")
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="checkouts")
    method = models.CharField(max_length=12)
    state = models.CharField(max_length=16, choices=State, default=State.AWAITING_PAYMENT)
    why = models.CharField(_("code of what went wrong"), max_length=40, blank=True)
    redirect_url = models.URLField(max_length=2000, blank=True)
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=["card", "transfer", "cash", "pos", "account", "credit", "none"]),
                name="billing_checkout_method_is_known",
            )
        ]


class NoShowFee(Identified):
    """An order by which the fee for a no-show is owed."""

    prefix: ClassVar[str] = "nsf"

    # Several where a bill of one issuer took its part of the fee.
    consequence = models.ForeignKey(Consequence, models.PROTECT, related_name="fees")
    order = models.OneToOneField(Order, models.PROTECT, related_name="no_show_fee")
