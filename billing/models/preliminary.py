"""Papers that say what would be invoiced: quotations and pro-formas, numbered apart and in no register."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.document import Document
from billing.models.issuer import Issuer
from billing.models.order import Order
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Organisation, Person


class Preliminary(Identified):
    """A quotation or a pro-forma. What it says is frozen when it is written; what came of it is told once."""

    prefix: ClassVar[str] = "pre"

    class Kind(models.TextChoices):
        QUOTATION = "quotation", _("quotation")
        PRO_FORMA = "pro_forma", _("pro-forma")

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="preliminaries")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    year = models.PositiveSmallIntegerField(_("year"))
    ordinal = models.PositiveIntegerField(_("number of its kind in the year"))
    number = models.CharField(_("number"), max_length=20)
    written_on = models.DateField(_("date"))
    valid_until = models.DateField(_("valid until, included"), null=True, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="preliminaries")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="preliminaries"
    )
    customer_name = models.CharField(_("customer"), max_length=120)
    net = MoneyField(_("net"))
    vat = MoneyField(_("VAT"))
    gross = MoneyField(_("gross"))
    due = MoneyField(_("to be paid"))
    # Of a basket, what all of it came to, with what others than the issuer sell of it: it is ordered whole. Nothing of one from before this was kept.
    basket = MoneyField(_("the whole basket"), default=0)
    # What was asked for, as it was asked: from it the invoice is made. Nothing of a basket, whose bookings are here, and
    # the order that took them.
    asked = models.JSONField()
    bookings = ArrayField(models.UUIDField(), default=list)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="preliminaries")
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)
    # The expired paper that it was written in place of.
    in_place_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="rewritten")
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="preliminary"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    written_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("preliminary paper")
        verbose_name_plural = _("preliminary papers")
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "kind", "year", "ordinal"], name="billing_one_preliminary_number"
            ),
            models.CheckConstraint(
                condition=Q(document=None) | Q(withdrawn_at=None), name="billing_preliminary_one_end"
            ),
            models.CheckConstraint(
                condition=Q(kind="pro_forma") | Q(valid_until__isnull=False),
                name="billing_quotation_is_valid_until",
            ),
        ]
        indexes = [
            models.Index(fields=["issuer", "-written_on", "-id"], name="billing_preliminary_month"),
            GinIndex(fields=["bookings"], name="billing_preliminary_basket"),
        ]

    def __str__(self) -> str:
        return self.number
