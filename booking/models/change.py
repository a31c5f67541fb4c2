"""What may yet change hands: a pending change, a booking that waits for another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.booking import Booking
from core.clock import now
from core.identity import Identified
from core.periods import Period
from people.models import Person


def period_in(plain: Sequence[str]) -> Period:
    """A period as a plan keeps it."""
    return Period(datetime.fromisoformat(plain[0]), datetime.fromisoformat(plain[1]))


class Part(NamedTuple):
    """What an item will take, when, once the change is settled."""

    item: UUID
    resource: UUID
    period: Period


class Change(Identified):
    """A new time, a new person or an end for a booking: done, or waiting for money, a yes, or its ten seconds.

    `plan` is what will be: the period asked for, and for a new time every item with its units, so that settling
    it needs no second look.
    """

    prefix: ClassVar[str] = "chg"

    class Kind(models.TextChoices):
        MOVE = "move", _("move")
        PROPOSAL = "proposal", _("proposal of another time")
        HAND_OVER = "hand_over", _("hand-over")
        CANCEL = "cancel", _("cancellation")

    class State(models.TextChoices):
        PENDING = "pending"
        SETTLED = "settled"
        LAPSED = "lapsed"
        WITHDRAWN = "withdrawn"

    class WaitsFor(models.TextChoices):
        PAYMENT = "payment"
        APPROVAL = "approval"
        ANSWER = "answer"
        UNDO = "undo"

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.MOVE)
    waits_for = models.CharField(max_length=8, choices=WaitsFor, blank=True)
    plan = models.JSONField(default=dict)
    sequence = models.PositiveIntegerField(default=0)  # the version of the booking that it was asked for
    to_person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    # Kept as it was written, known here or not: whose address it is shows when they sign in.
    to_email = models.EmailField(blank=True)
    message = models.CharField(_("message"), max_length=500, blank=True)
    asked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    until = models.DateTimeField()
    made_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state="pending"), name="booking_one_pending_change"
            )
        ]
        indexes = [
            models.Index("until", condition=Q(state="pending"), name="booking_change_dying"),
            models.Index("to_email", condition=Q(state="pending"), name="booking_change_offered_to"),
        ]

    @property
    def parts(self) -> list[Part]:
        """Item by item what another time will take; empty for a change of another kind."""
        return [
            Part(UUID(part["item"]), UUID(part["resource"]), period_in(part["period"]))
            for part in self.plan.get("items", ())
        ]


class Condition(Identified):
    """A booking stands only if something else comes true (a machine slot and its training)."""

    prefix: ClassVar[str] = "cnd"

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="conditions")
    on = models.ForeignKey(Booking, models.CASCADE, related_name="conditions_on_it")
    outcome = models.CharField(max_length=12, default="pending")
