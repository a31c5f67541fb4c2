"""What really happened at the door: who watched, and what a no-show led to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from booking.models.booking import Booking
from core.clock import now
from core.fields import MoneyField, PeriodField
from core.identity import Identified
from people.models import Person
from spaces.models import Resource, Venue


class Door(Identified):
    """A tablet paired by staff with one resource, or with a whole venue; only its secret's hash is kept."""

    prefix: ClassVar[str] = "dor"

    class Names(models.TextChoices):
        NONE = "none"
        INITIALS = "initials"

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="doors")
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="doors")
    name = models.CharField(max_length=80)
    names = models.CharField(max_length=8, choices=Names, default=Names.NONE)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    def governed_by(self) -> Iterable[UUID]:
        return [self.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return None, None


class Watch(models.Model):
    """From when to when somebody was there to check people in: a door, or (without one) the desk of a venue."""

    id = models.BigAutoField(primary_key=True)
    venue = models.ForeignKey(Venue, models.CASCADE, related_name="watches")
    door = models.OneToOneField(Door, models.CASCADE, null=True, blank=True, related_name="watch")
    since_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue"], condition=Q(door=None), name="booking_one_desk_a_venue")
        ]


class Silence(models.Model):
    """A stretch in which a watch was not heard from."""

    id = models.BigAutoField(primary_key=True)
    watch = models.ForeignKey(Watch, models.CASCADE, related_name="silences")
    during = PeriodField()

    class Meta:
        indexes = [models.Index(fields=["watch", "during"], name="booking_silence_of_watch")]


class Consequence(Identified):
    """What a no-show leads to by the rules it was booked under; the person may appeal, staff may undo it."""

    prefix: ClassVar[str] = "csq"

    class Kind(models.TextChoices):
        FEE = "fee"
        SHORTER_HORIZON = "shorter_horizon"
        NOTED = "noted"  # nothing but that it happened, which may free the rest of the time, and counts

    class State(models.TextChoices):
        STANDING = "standing"
        APPEALED = "appealed"
        UPHELD = "upheld"
        UNDONE = "undone"

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="consequences")
    person = models.ForeignKey(Person, models.PROTECT, related_name="consequences")
    kind = models.CharField(max_length=16, choices=Kind)
    amount = MoneyField(default=0)
    horizon_days = models.PositiveSmallIntegerField(null=True, blank=True)
    no_shows = models.PositiveSmallIntegerField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.STANDING)
    words = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "kind"], name="booking_one_consequence_a_kind")
        ]
        indexes = [
            models.Index(
                fields=["person", "until"],
                condition=Q(kind="shorter_horizon"),
                name="booking_horizon_of_person",
            )
        ]

    def governed_by(self) -> Iterable[UUID]:
        return [self.booking.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return self.booking.belongs_to()
