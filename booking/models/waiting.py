"""A place on the waiting list, and what happened to it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from booking.models.booking import Booking
from core.clock import now
from core.fields import PeriodField
from core.identity import Identified
from people.models import Organisation, Person
from spaces.models import Resource, Venue


class WaitedFor(Identified):
    """One thing that somebody waits for: so many of this resource; or any one of a kind that holds so many people and
    has these features."""

    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=16, choices=Resource.Kind, blank=True)
    capacity_from = models.PositiveSmallIntegerField(null=True, blank=True)
    features = ArrayField(models.SlugField(), default=list, blank=True)
    quantity = models.PositiveSmallIntegerField(default=1)

    class Meta:
        abstract = True


class Waiting(WaitedFor):
    """Somebody waits for one slot (`minutes` fill the window), or for any time in the window that fits a wish.

    What they wait for is this thing, and all that is `besides` it; weekdays (1 Monday … 7, none: all) and hours are
    the venue's.
    """

    prefix: ClassVar[str] = "wai"

    class State(models.TextChoices):
        WAITING = "waiting"
        OFFERED = "offered"
        TAKEN = "taken"
        MISSED = "missed"
        LEFT = "left"

    person = models.ForeignKey(Person, models.CASCADE, related_name="waiting")
    # In whose name they would book; the place, and its offer, are the person's own all the same.
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="waiting"
    )
    venue = models.ForeignKey(Venue, models.CASCADE, related_name="waiting")
    window = PeriodField()
    minutes = models.PositiveIntegerField()
    people = models.PositiveSmallIntegerField(null=True, blank=True)
    weekdays = models.JSONField(default=list)
    earliest = models.TimeField(null=True, blank=True)
    latest = models.TimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    booking = models.ForeignKey(Booking, models.SET_NULL, null=True, blank=True, related_name="+")
    joined_at = models.DateTimeField(default=now, editable=False)
    # When more of it comes within a horizon, or a day has passed, and they are asked though nobody gives anything back;
    # none: never.
    opens_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["opens_at"], condition=Q(state="waiting"), name="booking_waiting_opens"),
            models.Index(fields=["resource"], condition=Q(state="waiting"), name="booking_waiting_for"),
            models.Index(fields=["venue"], condition=Q(state="waiting"), name="booking_waiting_at"),
        ]


class WaitingItem(WaitedFor):
    """Something else that they wait for at the same time: all is offered together, or nothing."""

    prefix: ClassVar[str] = "wit"

    waiting = models.ForeignKey(Waiting, models.CASCADE, related_name="besides")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["waiting", "resource"], name="booking_waits_for_it_once"),
            models.CheckConstraint(
                condition=Q(resource=None) ^ Q(kind=""), name="booking_waits_by_name_or_kind"
            ),
        ]


class WaitingLine(Identified):
    """One thing that happened on the list; it names no person, so anyone on the list may read it."""

    prefix: ClassVar[str] = "wal"

    class What(models.TextChoices):
        JOINED = "joined"
        OFFERED = "offered"
        ACCEPTED = "accepted"
        MISSED = "missed"
        LEFT = "left"

    waiting = models.ForeignKey(Waiting, models.CASCADE, related_name="lines")
    what = models.CharField(max_length=8, choices=What)
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="+")
    # What is not about an offer has no period.
    period = PeriodField(null=True, blank=True)  # type: ignore[misc]
    at = models.DateTimeField(default=now, editable=False)
