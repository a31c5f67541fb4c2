"""What an issuer agreed with an organisation that pays once a month."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.issuer import Issuer
from core.fields import MoneyField
from core.identity import Identified
from people.models import Organisation

DAYS = 30


class OnAccount(Identified):
    """How an organisation's monthly bills are written and until when they are paid; without one, the usual."""

    prefix: ClassVar[str] = "onc"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="on_account")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="on_account")
    days = models.PositiveSmallIntegerField(_("days to pay"), default=DAYS)
    month_end = models.BooleanField(_("counted from the end of the bill's month"), default=False)
    split = models.BooleanField(_("the payer keeps the VAT (split payment)"), default=False)
    order_ref = models.CharField(_("its order number"), max_length=20, blank=True)
    cig = models.CharField(_("tender code (CIG)"), max_length=15, blank=True)
    cup = models.CharField(_("project code (CUP)"), max_length=15, blank=True)
    limit = MoneyField(_("credit limit"), default=0, help_text=_("nothing: none"))

    class Meta:
        verbose_name = _("agreement on account")
        verbose_name_plural = _("agreements on account")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "organisation"], name="billing_one_on_account")
        ]
