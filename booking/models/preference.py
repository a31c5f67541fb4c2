"""Which messages somebody wants."""

from __future__ import annotations

from django.db import models

from people.models import Person


class MailPreference(models.Model):
    """What a person said about a kind of message; without a row, they want it."""

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation"
        REMINDER = "reminder"
        OFFER = "offer"
        APPROVAL = "approval"
        REPORT = "report"

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="mail_preferences")
    kind = models.CharField(max_length=12, choices=Kind)
    wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="booking_one_preference_a_kind")
        ]
