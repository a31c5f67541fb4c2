"""What was wanted and not had, without names."""

from __future__ import annotations

from django.db import models

from spaces.models import Resource, Venue


class Demand(models.Model):
    """Somebody looked for this, or tried to book it, and did not get it: what, which local hour, and why not.

    Nothing says who. Rows are only added; at night those that say the same become one with their count.
    """

    class How(models.TextChoices):
        SEARCH = "search"
        ATTEMPT = "attempt"

    id = models.BigAutoField(primary_key=True)
    how = models.CharField(max_length=7, choices=How)
    venue = models.ForeignKey(Venue, models.CASCADE, null=True, related_name="+")
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=16, blank=True)
    on = models.DateField()
    hour = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=40)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["on"], name="booking_demand_on")]
