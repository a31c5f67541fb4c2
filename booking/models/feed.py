"""A calendar that somebody reads elsewhere, by a secret address."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.clock import now
from core.identity import Identified
from people.models import Organisation, Person
from spaces.models import Resource, Venue


class Feed(Identified):
    """The bookings of one person, organisation, resource or venue; only the secret's hash is kept."""

    prefix: ClassVar[str] = "fed"

    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="+")
    venue = models.ForeignKey(Venue, models.CASCADE, null=True, blank=True, related_name="+")
    names = models.BooleanField(default=False)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, models.CASCADE, related_name="feeds")
    made_at = models.DateTimeField(default=now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    (Q(person__isnull=False) & Q(organisation=None, resource=None, venue=None))
                    | (Q(organisation__isnull=False) & Q(person=None, resource=None, venue=None))
                    | (Q(resource__isnull=False) & Q(person=None, organisation=None, venue=None))
                    | (Q(venue__isnull=False) & Q(person=None, organisation=None, resource=None))
                ),
                name="booking_feed_is_of_one",
            )
        ]
