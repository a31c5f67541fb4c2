"""The heart: one unit, one period, one constraint."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from booking.models.booking import Item
from core.clock import now
from core.fields import PeriodField
from core.identity import Identified
from people.models import Person
from spaces.models import Resource, Unit


class Block(Identified):
    """Staff take a period of a resource, with a reason."""

    prefix: ClassVar[str] = "blk"

    class Kind(models.TextChoices):
        MAINTENANCE = "maintenance", _("maintenance")
        OWN_USE = "own_use", _("own use")
        OTHER = "other", _("other")

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="blocks")
    period = PeriodField(_("period"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.OTHER)
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)
    lifted_at = models.DateTimeField(null=True, blank=True)
    together = models.UUIDField(null=True, blank=True, editable=False, db_index=True)  # made in one act

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")


class Claimed(models.Model):
    """The columns that a claim has while it counts, and keeps when it is history."""

    class Kind(models.TextChoices):
        BOOKED = "booked"
        REQUESTED = "requested"
        HELD = "held"
        OFFERED = "offered"
        BLOCK = "block"
        OUTAGE = "outage"
        OUTSIDE = "outside"

    class Reason(models.TextChoices):
        CHECKOUT = "checkout"
        CHANGE = "change"
        RESCUE = "rescue"
        TRAINING = "training"
        UNDO = "undo"

    id = models.BigAutoField(primary_key=True)
    during = PeriodField(_("set-up, period and clean-up"))
    kind = models.CharField(max_length=9, choices=Kind)
    reason = models.CharField(max_length=8, choices=Reason, null=True, blank=True)
    until = models.DateTimeField(_("dies at"), null=True, blank=True)

    class Meta:
        abstract = True


class Claim(Claimed):
    """One unit taken for one period. A claim that does not count is not a row."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="claims", db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="claims")
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="claims")
    outage = models.ForeignKey("booking.Outage", models.PROTECT, null=True, blank=True, related_name="claims")
    outside = models.ForeignKey(
        "booking.OutsideEvent", models.PROTECT, null=True, blank=True, related_name="claims"
    )

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            ExclusionConstraint(
                name="booking_one_at_a_time",
                expressions=[("unit", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                name="booking_claim_is_bounded",
                condition=Q(during__isempty=False)
                & Q(during__lower_inf=False)
                & Q(during__upper_inf=False)
                & Q(during__lower_inc=True)
                & Q(during__upper_inc=False),
            ),
            models.CheckConstraint(
                name="booking_claim_has_one_owner",
                condition=Q(item__isnull=False, block=None, outage=None, outside=None)
                | Q(item=None, block__isnull=False, outage=None, outside=None)
                | Q(item=None, block=None, outage__isnull=False, outside=None)
                | Q(item=None, block=None, outage=None, outside__isnull=False),
            ),
            models.CheckConstraint(
                name="booking_hold_has_a_reason",
                condition=Q(kind="held", reason__isnull=False) | (~Q(kind="held") & Q(reason=None)),
            ),
        ]
        indexes = [
            models.Index(
                "unit",
                Lower("during"),
                name="booking_claim_reading",
                include=["during", "until", "item", "kind"],
            ),
            models.Index("unit", "until", condition=Q(until__isnull=False), name="booking_claim_dying"),
        ]


class ClaimPast(Claimed):
    """Claims that ended long ago, out of the guard's way."""

    id = models.BigIntegerField(primary_key=True)
    unit_id = models.UUIDField()
    item_id = models.UUIDField(null=True)
    block_id = models.UUIDField(null=True)
    outage_id = models.UUIDField(null=True)
    outside_id = models.UUIDField(null=True)

    class Meta:
        db_table = "booking_claim_past"
        indexes = [
            BrinIndex(fields=["during"], opclasses=["range_inclusion_ops"], name="booking_claim_past_when")
        ]
