"""What the bank says: statements as they were uploaded, their movements once each, and what each was for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.document import Document
from billing.models.gateway import Payout
from billing.models.issuer import Issuer
from billing.models.order import Order
from billing.models.payment import Payment, Refund
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Organisation, Person


class BankStatement(Identified):
    """A file of an issuer's bank, known by its bytes."""

    prefix: ClassVar[str] = "stm"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="statements")
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    movements_read = models.PositiveIntegerField(default=0)
    rows_skipped = models.PositiveIntegerField(default=0)
    uploaded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "sha256"], name="billing_one_statement_a_content")
        ]


class Movement(Identified):
    """One movement of the account, in with plus and out with minus; `key` makes it one in however many statements."""

    prefix: ClassVar[str] = "mov"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="movements")
    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="movements")
    key = models.CharField(max_length=64)
    booked_on = models.DateField(_("booked on"))
    # In the books: the day it was booked, or the first open one after it.
    posted_on = models.DateField()
    amount = MoneyField(_("amount"))
    name = models.CharField(_("who paid or was paid"), max_length=200, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    set_aside = models.CharField(_("why it is nobody's payment"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("bank movement")
        verbose_name_plural = _("bank movements")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "key"], name="billing_one_movement_a_key"),
            models.CheckConstraint(condition=~Q(amount=0), name="billing_movement_is_something"),
        ]
        indexes = [models.Index(fields=["issuer", "-booked_on", "-id"], name="billing_movement_by_day")]


class CustomerCredit(Identified):
    """What a customer paid beyond what was owed, of a movement of the bank, of a document that was credited once it was
    paid, or of an order that was paid in part and is not owed any more: it is theirs with this issuer until it is used or
    given back, and no document is of it."""

    prefix: ClassVar[str] = "ccr"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="credits")
    movement = models.ForeignKey(Movement, models.PROTECT, null=True, blank=True, related_name="credits")
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="credits")
    # `credits` of an order are the orders that make a billed one less.
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="kept")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="credits")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="credits"
    )
    amount = MoneyField(_("amount"))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    # In the books: its movement's day, or of another thing's the one on which it was kept; the first open one after it.
    posted_on = models.DateField()

    class Meta:
        verbose_name = _("customer credit")
        verbose_name_plural = _("customer credits")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_credit_is_something"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation=None)
                | Q(person=None, organisation__isnull=False),
                name="billing_credit_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(movement__isnull=False, document=None, order=None)
                | Q(movement=None, document__isnull=False, order=None)
                | Q(movement=None, document=None, order__isnull=False),
                name="billing_credit_is_of_one_thing",
            ),
        ]

    @property
    def payer(self) -> Person | Organisation:
        """Whose it is."""
        found = self.organisation or self.person
        assert found is not None  # the constraint says so
        return found


class Match(Identified):
    """What a part of a movement, or of a customer's credit, was for: a document, an order whose document follows the
    money, the gateway's payout; of a movement that went out, a refund, or a credit that it gave back."""

    prefix: ClassVar[str] = "mtc"

    movement = models.ForeignKey(Movement, models.PROTECT, null=True, blank=True, related_name="matches")
    credit = models.ForeignKey(CustomerCredit, models.PROTECT, null=True, blank=True, related_name="matches")
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="matches")
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="matches")
    payout = models.ForeignKey(Payout, models.PROTECT, null=True, blank=True, related_name="matches")
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, blank=True, related_name="match")
    # Nobody had said that the refund was given, until the bank showed it leaving.
    gave = models.BooleanField(default=False)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="matches")
    amount = MoneyField(_("amount"))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    # In the books: its movement's day, or the first open one after it.
    posted_on = models.DateField()

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.CheckConstraint(
                condition=Q(document__isnull=False, order=None, payout=None, refund=None)
                | Q(document=None, order__isnull=False, payout=None, refund=None)
                | Q(document=None, order=None, payout__isnull=False, refund=None)
                | Q(document=None, order=None, payout=None, refund__isnull=False)
                | Q(
                    document=None,
                    order=None,
                    payout=None,
                    refund=None,
                    movement__isnull=False,
                    credit__isnull=False,
                ),
                name="billing_match_is_for_one_thing",
            ),
            # Of one or the other; of both where the movement gives the credit back.
            models.CheckConstraint(
                condition=Q(movement__isnull=False, credit=None)
                | Q(movement=None, credit__isnull=False, payout=None, refund=None)
                | Q(
                    movement__isnull=False,
                    credit__isnull=False,
                    document=None,
                    order=None,
                    payout=None,
                    refund=None,
                ),
                name="billing_match_is_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_match_is_something"),
        ]
