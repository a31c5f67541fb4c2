"""A series as it is being planned: what was asked, and which of its dates are chosen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from booking.models.booking import Series
from core.clock import now
from core.identity import Identified
from people.models import Organisation, Person
from spaces.models import Venue


class SeriesPlan(Identified):
    """Somebody's wish to book the same again and again; its dates are judged anew whenever it is looked at."""

    prefix: ClassVar[str] = "pln"

    class Scope(models.TextChoices):
        THIS = "this"
        FOLLOWING = "following"
        ALL = "all"
        ADD = "add"

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    asked = models.JSONField()
    choices = models.JSONField(default=dict)
    # What the plan last said: by date the periods it would book, and the money. Booking anything else is refused.
    shown = models.JSONField(default=dict)
    # An edit of what is booked already: this date, this and those after it, or all that has not begun.
    series = models.ForeignKey(Series, models.CASCADE, null=True, blank=True, related_name="plans")
    scope = models.CharField(max_length=9, choices=Scope, blank=True)
    from_on = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
