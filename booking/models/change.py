"""What may yet change hands: a pending change, a booking that waits for another."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from booking.models.booking import Booking
from core.clock import now
from core.identity import Identified
from people.models import Person


class Change(Identified):
    """A new time or a new person for a booking, waiting for money or approval."""

    prefix: ClassVar[str] = "chg"

    class State(models.TextChoices):
        PENDING = "pending"
        SETTLED = "settled"
        LAPSED = "lapsed"
        WITHDRAWN = "withdrawn"

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="changes")
    plan = models.JSONField(default=dict)
    to_person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    until = models.DateTimeField()
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state="pending"), name="booking_one_pending_change"
            )
        ]


class Condition(Identified):
    """A booking stands only if something else comes true (a machine slot and its training)."""

    prefix: ClassVar[str] = "cnd"

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="conditions")
    on = models.ForeignKey(Booking, models.CASCADE, related_name="conditions_on_it")
    outcome = models.CharField(max_length=12, default="pending")
