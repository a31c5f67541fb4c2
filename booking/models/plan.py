"""A series as it is being planned: what was asked, and which of its dates are chosen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.clock import now
from core.identity import Identified
from people.models import Organisation, Person
from spaces.models import Venue


class SeriesPlan(Identified):
    """Somebody's wish to book the same again and again; its dates are judged anew whenever it is looked at."""

    prefix: ClassVar[str] = "pln"

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    asked = models.JSONField()
    choices = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
