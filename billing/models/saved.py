"""A card or account that somebody saved at the gateway, for what their plans cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.identity import Identified
from people.models import Organisation, Person


class SavedMethod(Identified):
    """We know its last digits and the gateway's name for it; the row exists before its page is opened."""

    prefix: ClassVar[str] = "pmt"

    class State(models.TextChoices):
        AWAITING = "awaiting", _("awaiting")
        USABLE = "usable", _("usable")
        REMOVED = "removed", _("removed")

    class Kind(models.TextChoices):
        CARD = "card", _("card")
        DEBIT = "sepa_debit", _("SEPA debit")

    person = models.ForeignKey(Person, models.PROTECT, related_name="saved_methods")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="saved_methods"
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.AWAITING)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, blank=True)
    brand = models.CharField(_("brand"), max_length=30, blank=True)
    last4 = models.CharField(_("last digits"), max_length=4, blank=True)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    gateway = models.CharField(max_length=12, blank=True)
    session_ref = models.CharField(max_length=255, blank=True)
    session_until = models.DateTimeField()
    customer_ref = models.CharField(max_length=255, blank=True)
    method_ref = models.CharField(max_length=255, blank=True)
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("saved method")
        verbose_name_plural = _("saved methods")
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "session_ref"],
                condition=~Q(session_ref=""),
                name="billing_one_saved_method_a_session",
            ),
            models.CheckConstraint(
                condition=~Q(state="usable") | (~Q(method_ref="") & ~Q(customer_ref="")),
                name="billing_usable_is_known_to_the_gateway",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand or self.get_kind_display()} ·· {self.last4}"

    def governed_by(self) -> Iterable[UUID]:
        return []

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return (None, self.organisation_id) if self.organisation_id else (self.person_id, None)
