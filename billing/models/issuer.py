"""Whose name and numbers are on a document."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import MoneyField
from core.identity import Identified
from people.models import Partner


class Issuer(Identified):
    """A partner in its fiscal dress; the identity itself is its organisation's."""

    prefix: ClassVar[str] = "iss"

    class Channel(models.TextChoices):
        DOWNLOAD = "download", _("downloaded")
        PEC = "pec", _("certified mail (PEC)")
        INTERMEDIARY = "intermediary", _("by an intermediary")

    class BillType(models.TextChoices):
        TD01 = "TD01", _("TD01, invoice")
        TD24 = "TD24", _("TD24, deferred invoice")

    partner = models.OneToOneField(Partner, models.PROTECT, related_name="issuer")
    regime = models.CharField(_("tax regime"), max_length=4, default="RF01")
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    rea = models.CharField(_("REA number"), max_length=24, blank=True)
    capital = MoneyField(_("share capital"), default=0)
    in_liquidation = models.BooleanField(_("in liquidation"), default=False)
    third_sector = models.BooleanField(
        _("body of the third sector"),
        default=False,
        help_text=_("owes no stamp duty (D.Lgs. 117/2017 art. 82)"),
    )
    holds_gateway = models.BooleanField(
        _("the gateway pays out to it"),
        default=False,
        help_text=_(
            "where several issuers share one account of the payment gateway; else the lead partner's"
        ),
    )
    bill_type = models.CharField(
        _("type of its monthly bills for the SdI"),
        max_length=4,
        choices=BillType,
        default=BillType.TD01,
        help_text=_("TD24 only until the 15th of the month after; later bills are TD01"),
    )
    bills_by_itself = models.BooleanField(
        _("monthly bills are issued without being looked at"), default=False
    )
    colour = models.CharField(_("colour"), max_length=7, default="#8a3b1f")
    logo = models.TextField(_("logo (SVG)"), blank=True)
    footer_it = models.CharField(_("note at the foot (Italian)"), max_length=300, blank=True)
    footer_en = models.CharField(_("note at the foot (English)"), max_length=300, blank=True)
    channel = models.CharField(
        _("how its invoices reach the SdI"), max_length=12, choices=Channel, default=Channel.DOWNLOAD
    )
    pec_mailbox = models.EmailField(_("certified mailbox (PEC)"), blank=True)
    pec_to = models.EmailField(
        _("PEC address of the SdI"),
        default="sdi01@pec.fatturapa.it",
        help_text=_("after the first answer, the one that it names"),
    )

    asks_vies = models.BooleanField(
        _("asks VIES about its customers' VAT numbers"),
        default=False,
        help_text=_("of customers in other countries of the Union; nothing waits for the answer"),
    )

    class Meta:
        verbose_name = _("issuer")
        verbose_name_plural = _("issuers")
        constraints = [
            models.UniqueConstraint(
                fields=["holds_gateway"],
                condition=models.Q(holds_gateway=True),
                name="billing_one_gateway_account",
            )
        ]

    def __str__(self) -> str:
        return self.partner.organisation.name
