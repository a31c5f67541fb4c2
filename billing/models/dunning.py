"""How an issuer reminds those who owe: its steps, for whom they rest, and what was sent."""

from __future__ import annotations

from typing import ClassVar

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


class DunningStep(Identified):
    """A reminder so many days after a debt was due, in the issuer's own words, with a fee or none."""

    prefix: ClassVar[str] = "dns"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="dunning_steps")
    days = models.PositiveSmallIntegerField(_("days after it was due"))
    text_it = models.TextField(_("text (Italian)"), max_length=2000)
    text_en = models.TextField(_("text (English)"), max_length=2000)
    fee = MoneyField(_("fee"), default=0)

    class Meta:
        verbose_name = _("dunning step")
        verbose_name_plural = _("dunning steps")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "days"], name="billing_one_dunning_step_a_day"),
            models.CheckConstraint(condition=Q(fee__gte=0), name="billing_dunning_fee_is_no_gift"),
        ]


class DunningPause(Identified):
    """A customer whom an issuer does not remind, until a day or until it is lifted."""

    prefix: ClassVar[str] = "dnp"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="dunning_pauses")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    until_on = models.DateField(_("until (excluded)"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("dunning pause")
        verbose_name_plural = _("dunning pauses")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation=None)
                | Q(person=None, organisation__isnull=False),
                name="billing_dunning_pause_of_one",
            ),
            models.UniqueConstraint(fields=["issuer", "person"], name="billing_one_dunning_pause_a_person"),
            models.UniqueConstraint(
                fields=["issuer", "organisation"], name="billing_one_dunning_pause_a_body"
            ),
        ]


class Reminder(Identified):
    """A step that was taken for a debt: once, whatever happens to the worker."""

    prefix: ClassVar[str] = "rem"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="reminders")
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="reminders")
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="reminders")
    days = models.PositiveSmallIntegerField()
    fee = MoneyField(default=0)
    sent_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.CheckConstraint(
                condition=Q(document__isnull=False, order=None) | Q(document=None, order__isnull=False),
                name="billing_reminder_of_one_debt",
            ),
            models.UniqueConstraint(fields=["document", "days"], name="billing_one_reminder_a_document"),
            models.UniqueConstraint(fields=["order", "issuer", "days"], name="billing_one_reminder_an_order"),
        ]
