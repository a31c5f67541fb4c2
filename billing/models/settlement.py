"""How a month's takings and costs are divided among the partners of a consortium, and what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Consortium, Partner, Person
from spaces.models import Resource


class SplitRule(Identified):
    """How one kind of line is divided from a day on; a later one for the same takes its place. Never changed;
    withdrawn only while no month was told by it (`agreements.py`)."""

    prefix: ClassVar[str] = "spl"

    class Of(models.TextChoices):
        TAKINGS = "takings"
        COSTS = "costs"
        FEES = "fees"
        DISPUTES = "disputes"

    class Kind(models.TextChoices):
        SHARES = "shares"
        OWNER = "owner"
        HOURS = "hours"
        TAKINGS = "takings"
        COST_FIRST = "cost_first"
        FIXED = "fixed"
        GUARANTEED = "guaranteed"
        SALE = "sale"
        COLLECTOR = "collector"

    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="split_rules")
    of = models.CharField(max_length=8, choices=Of)
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="+")
    category = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    amounts = models.JSONField(default=dict)  # a month's cents, by partner (uuid)
    from_on = models.DateField()
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "of", "resource", "category", "from_on"],
                nulls_distinct=False,
                name="billing_one_split_rule_a_day",
            )
        ]


class CostItem(Identified):
    """What a partner paid that others owe a part of, with the document behind it."""

    prefix: ClassVar[str] = "cst"

    class Kind(models.TextChoices):
        COMMON = "common"
        DIRECT = "direct"
        ADVANCE = "advance"
        ADJUSTMENT = "adjustment"

    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="costs")
    kind = models.CharField(max_length=10, choices=Kind)
    on = models.DateField()
    category = models.CharField(max_length=40, blank=True)
    description = models.CharField(max_length=200, blank=True)
    supplier = models.CharField(max_length=120, blank=True)
    document = models.CharField(max_length=40, blank=True)
    document_on = models.DateField(null=True, blank=True)
    net = MoneyField()
    paid_by = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    owed_by = models.ForeignKey(Partner, models.PROTECT, null=True, blank=True, related_name="+")
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(net__gt=0), name="billing_cost_is_something"),
            # The same supplier's document is not divided twice; what has no number cannot be told apart.
            models.UniqueConstraint(
                fields=["consortium", "supplier", "document", "document_on", "description", "net"],
                condition=~Q(document=""),
                nulls_distinct=False,
                name="billing_one_cost_a_document",
            ),
        ]
        indexes = [models.Index(fields=["consortium", "on"], name="billing_cost_on")]


class Settlement(Identified):
    """A month of a consortium on its way from draft to closed."""

    prefix: ClassVar[str] = "stl"

    class State(models.TextChoices):
        DRAFT = "draft"
        SHARED = "shared"
        CLOSED = "closed"

    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="settlements")
    first_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    # What was shared, word for word; a draft is worked out anew whenever it is looked at.
    content = models.JSONField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    objections_until = models.DateField(null=True)
    shared_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consortium", "first_on"], name="billing_one_settlement_a_month")
        ]


class Objection(Identified):
    """What a partner says against a line, and what the lead partner answered."""

    prefix: ClassVar[str] = "obj"

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="objections")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    line = models.CharField(max_length=12)
    text = models.CharField(max_length=500)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)


class Approval(Identified):
    """A partner agrees to exactly what was shared: its manager says so, or, where it has none, a document that somebody
    signed for it and an administrator wrote down."""

    prefix: ClassVar[str] = "apr"

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="approvals")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    document = models.CharField(max_length=200, blank=True)
    signed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(document="", signed_on=None) | (~Q(document="") & Q(signed_on__isnull=False)),
                name="billing_approval_by_paper_is_dated",
            ),
            models.UniqueConstraint(fields=["settlement", "partner"], name="billing_one_approval_a_partner"),
        ]


class ClosedStatement(Identified):
    """What was closed: insert-only, its hash over its canonical content."""

    prefix: ClassVar[str] = "stm"

    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="closed")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    closed_at = models.DateTimeField(default=now)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
