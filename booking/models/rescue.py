"""What is done for those whose booking cannot be kept as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from booking.models.booking import Booking
from booking.models.outage import Outage
from booking.models.source import CalendarSource
from core.clock import now
from core.identity import Identified
from people.models import Person
from spaces.models import Closure, Venue


class Rescue(Identified):
    """An outage, a late closure or an outside calendar met bookings: what each of them is offered instead."""

    prefix: ClassVar[str] = "rsc"

    class Default(models.TextChoices):
        MOVE = "move"
        REFUND = "refund"
        KEEP = "keep"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="rescues")
    outage = models.ForeignKey(Outage, models.PROTECT, null=True, blank=True, related_name="rescues")
    closure = models.ForeignKey(Closure, models.SET_NULL, null=True, blank=True, related_name="rescues")
    source = models.ForeignKey(CalendarSource, models.SET_NULL, null=True, blank=True, related_name="rescues")
    reason = models.CharField(max_length=200)
    default = models.CharField(max_length=6, choices=Default)
    hours = models.PositiveSmallIntegerField()
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(outage__isnull=False, closure__isnull=False)
                & ~Q(outage__isnull=False, source__isnull=False)
                & ~Q(closure__isnull=False, source__isnull=False),
                name="booking_rescue_has_one_cause",
            )
        ]

    def governed_by(self) -> Iterable[UUID]:
        return [self.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return None, None


class RescueLetter(Identified):
    """One message to one person about all their bookings; of the secret in it only the hash is kept."""

    prefix: ClassVar[str] = "rlt"

    rescue = models.ForeignKey(Rescue, models.CASCADE, related_name="letters")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(default=now, editable=False)
    seen_at = models.DateTimeField(null=True, blank=True)


# What somebody may answer by their letter, and what staff may say for them besides.
BY_LETTER = ["move", "refund", "wait"]
CHOICES = [*BY_LETTER, "keep"]
ANSWERS = ["", *CHOICES, "void"]


class RescueCase(Identified):
    """One booking of a rescue: what could take its place, which of it is held, and what was answered.

    `offers` are lists of {resource, start, end, quantity}, one for each item of the booking; `chosen` is an index.
    """

    prefix: ClassVar[str] = "rca"

    class Answer(models.TextChoices):
        MOVE = "move"
        REFUND = "refund"
        WAIT = "wait"
        KEEP = "keep"
        VOID = "void"

    rescue = models.ForeignKey(Rescue, models.CASCADE, related_name="cases")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="rescue_cases")
    letter = models.ForeignKey(RescueLetter, models.SET_NULL, null=True, blank=True, related_name="cases")
    offers = models.JSONField(default=list)
    chosen = models.PositiveSmallIntegerField(null=True, blank=True)
    left_out = models.BooleanField(default=False)
    until = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=6, choices=Answer, blank=True)
    by_default = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["booking"], condition=Q(answer="", left_out=False), name="booking_one_open_rescue"
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.answer == "" and not self.left_out
