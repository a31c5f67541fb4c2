"""An outside calendar that blocks a resource, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models

from core.clock import now
from core.fields import PeriodField
from core.identity import Identified
from people.models import Person
from spaces.models import Resource


class CalendarSource(Identified):
    """A public iCalendar address whose busy times take a resource; read every few minutes."""

    prefix: ClassVar[str] = "cal"

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="calendar_sources")
    url = models.CharField(max_length=1000)
    etag = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    expanded_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource", "url"], name="booking_one_source_an_address")
        ]

    def governed_by(self) -> Iterable[UUID]:
        return [self.resource.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return None, None


class OutsideEvent(Identified):
    """A busy time of an outside calendar; nothing of it is kept but its name there and when it is."""

    prefix: ClassVar[str] = "oev"

    source = models.ForeignKey(CalendarSource, models.CASCADE, related_name="events")
    uid = models.CharField(max_length=255)
    during = PeriodField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "uid", "during"], name="booking_outside_event_once")
        ]
