"""The later instalments of a plan's period, and which of them are still to be asked for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import Entry
from billing.models.order import Order
from billing.models.plan import PlanPeriod
from core.fields import MoneyField
from core.identity import Identified
from people.models import Person

GONE = (Order.State.DROPPED, Order.State.REFUNDED)


class Instalments(models.QuerySet["Instalment"]):
    def to_come(self) -> Instalments:
        """Those that will be asked for: not what was waived, and not of a period of which nothing is left, because all that
        was paid of it went back, or its order came to nothing."""
        takings = Entry.objects.filter(plan=OuterRef("period__plan")).order_by()
        first = takings.filter(order=OuterRef("period__order"))
        asked = takings.filter(order__instalment__period=OuterRef("period"))
        nothing_left = Q(period__order__state__in=GONE) | Q(Exists(first), left_of_period__lte=0)
        rows = self.filter(order=None, waived_at=None).alias(left_of_period=_sum(first) + _sum(asked))
        return rows.exclude(nothing_left)


def _sum(rows: models.QuerySet[Entry]) -> Coalesce:
    of_all = rows.annotate(x=Value(1)).values("x").annotate(s=Sum("gross")).values("s")
    return Coalesce(Subquery(of_all), Value(0))


class Instalment(Identified):
    """A later part of what a period costs, asked by an order of its own from its day on; the first is the period's."""

    prefix: ClassVar[str] = "ins"

    period = models.ForeignKey(PlanPeriod, models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField(_("which of the period's"))
    due_on = models.DateField(_("asked from"))
    amount = MoneyField(_("amount, VAT included"))
    order = models.OneToOneField(Order, models.PROTECT, null=True, blank=True, related_name="instalment")

    # The office asks for it no more, and says why.
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    waived_why = models.CharField(_("why it is not asked for"), max_length=200, blank=True)

    objects = Instalments.as_manager()

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="billing_one_instalment_a_number"),
            models.CheckConstraint(condition=Q(number__gte=2), name="billing_instalments_come_later"),
            models.CheckConstraint(
                condition=Q(waived_at=None, waived_by=None, waived_why="")
                | (Q(waived_at__isnull=False, waived_by__isnull=False, order=None) & ~Q(waived_why="")),
                name="billing_waived_is_not_asked",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(order=None), name="billing_instalments_to_come")
        ]
