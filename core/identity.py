"""What every named thing has: a sortable identifier, and the prefix under which the API speaks it."""

from typing import ClassVar

from django.db import models

from core.ids import uuid7


class Identified(models.Model):
    """A row with a UUIDv7 key; `prefix` is the kind in its public id (`bkg_…`)."""

    prefix: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True
