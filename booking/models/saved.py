"""Views of the figures that were given a name."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.clock import now
from core.identity import Identified
from people.models import Person
from spaces.models import Venue


class SavedView(Identified):
    """What the figures were narrowed to, under a name: one's own, or a venue's, which its offices share."""

    prefix: ClassVar[str] = "viw"

    name = models.CharField(max_length=40)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="saved_views")
    venue = models.ForeignKey(Venue, models.CASCADE, null=True, related_name="saved_views")
    said = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["made_by", "name"], condition=Q(venue=None), name="booking_one_view_of_a_name"
            ),
            models.UniqueConstraint(
                fields=["venue", "name"], condition=~Q(venue=None), name="booking_one_shared_view_of_a_name"
            ),
        ]
