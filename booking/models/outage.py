"""What cannot be used, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.clock import now
from core.identity import Identified
from core.periods import Period
from equipment.models import Fault
from people.models import Person
from spaces.models import Resource

DAY = timedelta(days=1)


class Outage(Identified):
    """A resource, or some units of it, cannot be used from an instant until another or until further notice.

    One that is usable with care takes no time: it is only said.
    """

    prefix: ClassVar[str] = "out"

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="outages")
    # Empty: all that the resource takes.
    units = ArrayField(models.UUIDField(), default=list)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    severity = models.CharField(max_length=12, choices=Fault.Severity, default=Fault.Severity.UNUSABLE)
    reason = models.CharField(max_length=200, blank=True)
    fault = models.ForeignKey(Fault, models.SET_NULL, null=True, blank=True, related_name="outages")
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["resource"], condition=Q(ended_at=None), name="booking_outage_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gt=F("from_at")), name="booking_outage_lasts"
            )
        ]

    def governed_by(self) -> Iterable[UUID]:
        return [self.resource.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return None, None

    def window(self, horizon: datetime) -> Period:
        """From its beginning to its end; an open one lasts to the horizon."""
        end = self.until_at if self.until_at is not None else max(horizon, self.from_at + DAY)
        return Period(self.from_at, end)
