"""What was wanted and not had, without names: what waits to be told, and what was told."""

from __future__ import annotations

from django.db import models

from people.models import Partner
from spaces.models import Resource, Venue


class Demand(models.Model):
    """Somebody looked for this, or tried to book it, and did not get it: what, which local hour, and why not.

    Nothing says who: a mark is one of sixteen, shared by all accounts that it falls to; who was not signed in has none.
    Rows are only added; they wait here, at most until the month wanted is over, and nobody is shown them.
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
    mark = models.PositiveSmallIntegerField(null=True)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["on"], name="booking_demand_on")]


class DemandTold(models.Model):
    """A cell: how often at least three people with an account wanted the same in these days, `last` excluded.

    What they did not have in common is left out: without a `resource`, `partner` says whose things it was, or nobody that
    any of the kind would have done. No wish is in two cells, and a cell never changes.
    """

    id = models.BigAutoField(primary_key=True)
    venue = models.ForeignKey(Venue, models.CASCADE, null=True, related_name="+")
    partner = models.ForeignKey(Partner, models.CASCADE, null=True, related_name="+")
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=16, blank=True)
    first = models.DateField()
    last = models.DateField()
    weekday = models.PositiveSmallIntegerField(null=True)
    hour = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    count = models.PositiveBigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["first"], name="booking_demand_told")]
