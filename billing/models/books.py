"""What the accountant decides of the books: under which account each kind of posting goes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.issuer import Issuer
from core.identity import Identified


class Account(Identified):
    """An issuer's own code and name for one of the accounts that the journal writes to."""

    prefix: ClassVar[str] = "acc"

    class Role(models.TextChoices):
        CUSTOMERS = "customers", _("customers")
        REVENUE = "revenue", _("revenue")
        VAT = "vat", _("VAT on sales")
        SPLIT_VAT = "split_vat", _("VAT that the payer pays (split payment)")
        WITHHELD = "withheld", _("tax withheld by customers")
        STAMP_COST = "stamp_cost", _("stamp duty, cost")
        STAMP_DUE = "stamp_due", _("stamp duty, owed")
        CASH = "cash", _("cash")
        POS = "pos", _("card machine at the desk")
        BANK = "bank", _("bank")
        UNMATCHED = "unmatched", _("bank movements to be assigned")
        CREDITS = "credits", _("customers, to be given back")
        GATEWAY = "gateway", _("online payments, on their way")
        PARTNERS = "partners", _("online payments of other partners")
        DISPUTED = "disputed", _("disputes being decided")
        SUSPENSE = "suspense", _("to be explained")
        LOSSES = "losses", _("losses on disputes")
        GOODWILL = "goodwill", _("refunds without a credit note")
        FEES = "fees", _("fees of payments")
        DIFFERENCES = "differences", _("cash differences")

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="accounts")
    role = models.CharField(_("for"), max_length=12, choices=Role)
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [models.UniqueConstraint(fields=["issuer", "role"], name="billing_one_account_a_role")]
