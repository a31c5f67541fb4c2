"""Programmes: a sponsor pays for some of the hours of its beneficiaries, up to a budget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.identity import Identified
from people.models import Organisation, Person
from spaces.models import Venue


class Programme(Identified):
    """A sponsor's grant in a venue from a day (included) until a day (excluded)."""

    prefix: ClassVar[str] = "prg"

    class Joining(models.TextChoices):
        LIST = "list", _("by list")
        CODE = "code", _("by invitation code")
        APPLICATION = "application", _("by application")

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="programmes")
    sponsor = models.ForeignKey(Organisation, models.PROTECT, related_name="sponsors")
    name = models.CharField(_("name"), max_length=80)
    text = models.TextField(_("what it is for"), max_length=2000, blank=True)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until (excluded)"))
    percent = models.PositiveSmallIntegerField(_("percent of the price that the sponsor pays"), default=100)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("weekdays (1 Monday)")
    )
    joining = models.CharField(_("how one joins"), max_length=12, choices=Joining, default=Joining.LIST)
    code = models.CharField(_("invitation code"), max_length=40, blank=True)
    hides_names = models.BooleanField(_("the report has no names"), default=False)
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="billing_programme_lasts"),
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100), name="billing_programme_pays_a_part"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code=""), name="billing_one_programme_a_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def governed_by(self) -> Iterable[UUID]:
        return [self.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        """The sponsor's; never a beneficiary's."""
        return None, self.sponsor_id


class Beneficiary(Identified):
    """Somebody who may spend of a programme, or has asked to; known by their address until they sign in."""

    prefix: ClassVar[str] = "ben"

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="beneficiaries")
    email = models.EmailField(_("e-mail"))
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.APPROVED)
    message = models.CharField(_("what they wrote"), max_length=1000, blank=True)
    reason = models.CharField(_("why refused"), max_length=200, blank=True)
    outcome = models.CharField(_("what came of it"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("beneficiary")
        verbose_name_plural = _("beneficiaries")
        constraints = [
            models.UniqueConstraint(fields=["programme", "email"], name="billing_one_beneficiary"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="billing_beneficiary_is_lower"),
        ]
        indexes = [models.Index(fields=["email"], name="billing_beneficiary_mail")]
