"""What VIES, the Union's register of VAT numbers, said of a customer's number."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.issuer import Issuer
from core.clock import now
from core.identity import Identified
from people.models import Organisation, Person


class VatCheck(Identified):
    """One asking about the number that a customer had then, in an issuer's name; a later one is another row, for what was
    known when an invoice was issued stays provable."""

    prefix: ClassVar[str] = "vck"

    class State(models.TextChoices):
        WAITING = "waiting", _("to be asked")
        VALID = "valid", _("valid")
        INVALID = "invalid", _("not valid")
        UNANSWERED = "unanswered", _("no answer")

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="vat_checks")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="vat_checks")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="vat_checks"
    )
    letters = models.CharField(_("the Union's letters"), max_length=2)
    number = models.CharField(_("VAT number"), max_length=28)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    wanted_at = models.DateTimeField(default=now)
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True)
    again_at = models.DateTimeField(_("asked again"), null=True, blank=True)
    consultation = models.CharField(_("consultation number"), max_length=40, blank=True)
    # As it was told and cleaned, beside the customer's own, which it never becomes by itself.
    told_name = models.CharField(max_length=200, blank=True)
    told_address = models.CharField(max_length=300, blank=True)
    fault = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("VIES check")
        verbose_name_plural = _("VIES checks")
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None) ^ Q(organisation=None), name="billing_vat_check_is_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letters}{self.number}"
