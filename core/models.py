"""The floor's rows: what was done, what is still to do outside, what was mailed, what was answered."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.identity import Identified


class LogEntry(models.Model):
    """Who did which act to what, and when; insert-only, ids only."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=now)
    by_id = models.UUIDField(null=True)
    act = models.CharField(max_length=40)
    thing_kind = models.CharField(max_length=8)
    thing_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log")
        indexes = [
            models.Index(fields=["thing_id", "id"], name="core_log_of_thing"),
            GinIndex(KeyTransform("whose", "data"), name="core_log_of_whom"),
            models.Index(fields=["by_id", "act", "at"], name="core_log_by_whom"),
        ]


class OutboxRow(models.Model):
    """An effect that is wanted outside; the row is the truth, the queue only a hint."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    key = models.CharField(max_length=120, null=True, unique=True)
    due_at = models.DateTimeField(default=now)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="core_outbox_due")]


class Mail(Identified):
    """One message to one person, and how far it has come."""

    prefix: ClassVar[str] = "mai"

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        DROPPED = "dropped", _("dropped")

    person_id = models.UUIDField(null=True)
    to = models.EmailField()
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    attachments = models.JSONField(default=list)
    key = models.CharField(max_length=120, null=True, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index(fields=["person_id", "-made_at"], name="core_mail_to_person")]


class IdempotentAnswer(models.Model):
    """The effect of an Idempotency-Key, written by the act itself; the answer to it follows at the edge."""

    id = models.BigAutoField(primary_key=True)
    caller = models.CharField(max_length=80)
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=120)
    body_hash = models.CharField(max_length=64)
    thing_kind = models.CharField(max_length=8, blank=True)
    thing_id = models.UUIDField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "path", "key"], name="core_one_answer_a_key")
        ]
        indexes = [models.Index(fields=["at"], name="core_answer_age")]


class Job(Identified):
    """Work that may last: anyone who started it can leave and come back for its files."""

    prefix: ClassVar[str] = "job"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=40)
    person_id = models.UUIDField()
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True)
    # What of its kind is in its files, as they were made; of old jobs it was not kept.
    inside = ArrayField(models.UUIDField(), null=True, blank=True)
    made_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()


class JobFile(models.Model):
    """What a job made."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    content = models.BinaryField()
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="core_one_file_a_name")]


class JobPart(models.Model):
    """A piece of a file too large to be held in memory; the file's own `content` is then empty."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(JobFile, models.CASCADE, related_name="parts")
    ordinal = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "ordinal"], name="core_one_part_a_place")]
