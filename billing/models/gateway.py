"""What the gateway says of the money it keeps for us: as it was read, and what somebody said about it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from billing.models.document import Document
from billing.models.issuer import Issuer
from billing.models.payment import Payment
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Person


class Payout(Identified):
    """Money that the gateway sent to the issuer's bank: the sum of its transactions, or it is listed."""

    prefix: ClassVar[str] = "pot"

    class State(models.TextChoices):
        PENDING = "pending", _("not sent yet")
        IN_TRANSIT = "in_transit", _("on its way")
        PAID = "paid", _("arrived")
        FAILED = "failed", _("sent back by the bank")
        CANCELED = "canceled", _("called back")

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="payouts")
    gateway = models.CharField(max_length=12)
    ref = models.CharField(max_length=255)
    amount = MoneyField(_("amount"))
    state = models.CharField(max_length=10, choices=State)
    made_at = models.DateTimeField()
    arrives_on = models.DateField(_("arrives on"))
    parts_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [models.UniqueConstraint(fields=["gateway", "ref"], name="billing_one_payout_a_ref")]
        indexes = [models.Index(fields=["issuer", "-arrives_on"], name="billing_payout_by_day")]


class GatewayTransaction(Identified):
    """A movement of the balance at the gateway, with its sign; of whom, and by which payout it left."""

    prefix: ClassVar[str] = "gtx"

    class Kind(models.TextChoices):
        CHARGE = "charge", _("payment")
        REFUND = "refund", _("refund")
        DISPUTE = "dispute", _("dispute")
        FEE = "fee", _("fee")
        PAYOUT = "payout", _("payout")
        ADJUSTMENT = "adjustment", _("adjustment")

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="+")
    gateway = models.CharField(max_length=12)
    ref = models.CharField(max_length=255)
    kind = models.CharField(max_length=10, choices=Kind)
    amount = MoneyField(_("amount"))
    fee = MoneyField(_("fee"), default=0)
    at = models.DateTimeField()
    source_ref = models.CharField(max_length=255, blank=True)
    payment_ref = models.CharField(max_length=255, blank=True)
    our_id = models.CharField(max_length=255, blank=True)
    about = models.CharField(max_length=300, blank=True)
    payout = models.ForeignKey(Payout, models.PROTECT, null=True, blank=True, related_name="parts")

    class Meta:
        verbose_name = _("transaction at the gateway")
        verbose_name_plural = _("transactions at the gateway")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "ref"], name="billing_one_transaction_a_ref")
        ]
        indexes = [
            models.Index(fields=["at"], name="billing_transaction_by_day"),
            models.Index(fields=["source_ref"], name="billing_transaction_by_source"),
            models.Index(fields=["payment_ref"], name="billing_transaction_by_payment"),
        ]


class GatewayReading(Identified):
    """A stretch of time whose transactions were all read."""

    prefix: ClassVar[str] = "grd"

    gateway = models.CharField(max_length=12)
    since = models.DateTimeField()
    until = models.DateTimeField()
    transactions = models.PositiveIntegerField()
    read_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("reading of the gateway")
        verbose_name_plural = _("readings of the gateway")
        constraints = [
            models.CheckConstraint(
                condition=Q(since__lt=models.F("until")), name="billing_reading_is_a_stretch"
            )
        ]


class Explained(Identified):
    """Somebody said why something differs between the gateway and us; it is not told any more."""

    prefix: ClassVar[str] = "exp"

    code = models.CharField(max_length=40)
    thing = models.CharField(max_length=40)
    why = models.CharField(_("why"), max_length=200)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("explained difference")
        verbose_name_plural = _("explained differences")
        constraints = [models.UniqueConstraint(fields=["code", "thing"], name="billing_explained_once")]


class Disputes(models.QuerySet["Dispute"]):
    def owed_again(self) -> Disputes:
        """Those that a bank decided for its customer, whose payment is to be made again: not where the house itself said
        that the customer keeps it."""
        return self.filter(state=Dispute.State.LOST).exclude(
            answer__choice=DisputeAnswer.Choice.ACCEPT, answer__state=DisputeAnswer.State.SENT
        )

    def with_own(self, issuer: Any) -> Any:
        """Each with `own`: what of it is this issuer's (an id, or an expression), to the cent; the parts of all make it
        up. By what was left of each one's sale when the bank took it back (docs/adr/0091)."""
        part = Func(F("pk"), issuer, function="billing_dispute_part", output_field=MoneyField())
        return self.annotate(own=part)


class Dispute(Identified):
    """A charge that its customer's bank took back; booking and document stay as they are."""

    prefix: ClassVar[str] = "dsp"

    class State(models.TextChoices):
        OPEN = "open", _("to be answered")
        ANSWERED = "answered", _("answered, being decided")
        WON = "won", _("won")
        LOST = "lost", _("lost")
        DROPPED = "dropped", _("dropped")

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="disputes")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="disputes")
    gateway = models.CharField(max_length=12)
    ref = models.CharField(max_length=255)
    payment_ref = models.CharField(max_length=255, blank=True)
    amount = MoneyField(_("amount"))
    reason = models.CharField(_("what the customer says"), max_length=60)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = Disputes.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "ref"], name="billing_one_dispute_a_ref"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_dispute_is_something"),
        ]

    @property
    def given_up(self) -> bool:
        """Whether the house itself said that the customer keeps the money."""
        answer: DisputeAnswer | None = getattr(self, "answer", None)
        return answer is not None and (answer.choice, answer.state) == ("accept", "sent")


class DisputeAnswer(Identified):
    """What the house says to a dispute, once: contested with this evidence, or accepted.

    The row is there before the gateway hears of it; its id is the key of every call.
    """

    prefix: ClassVar[str] = "dan"

    class Choice(models.TextChoices):
        CONTEST = "contest", _("contested")
        ACCEPT = "accept", _("accepted")

    class State(models.TextChoices):
        WAITING = "waiting", _("on its way")
        SENT = "sent", _("arrived")
        REFUSED = "refused", _("not taken")

    dispute = models.OneToOneField(Dispute, models.PROTECT, related_name="answer")
    choice = models.CharField(max_length=7, choices=Choice)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    # What left, word by word, and the document whose PDF went along.
    evidence = models.JSONField(default=dict)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(_("why the gateway did not take it"), max_length=200, blank=True)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("answer to a dispute")
        verbose_name_plural = _("answers to disputes")
