"""Documents: insert-only from the moment of issue (foundations: Document, Revision, File, Transmission, Receipt)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from billing.models.issuer import Issuer
from billing.models.order import Order, OrderLine
from billing.models.payment import Payment, Refund
from core.clock import now
from core.fields import MoneyField
from core.identity import Identified
from people.models import Organisation, Person


class NumberSeries(Identified):
    """The gapless numbers of one issuer for some kinds of document (sezionale)."""

    prefix: ClassVar[str] = "nse"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="number_series")
    code = models.CharField(_("code"), max_length=8)
    kinds = models.JSONField(_("kinds of document"), default=list)
    # Of its kinds: those that are numbered here where nobody says otherwise, and those that are for public offices.
    usual_for = models.JSONField(_("kinds it is the usual series of"), default=list, blank=True)
    public_for = models.JSONField(_("kinds it numbers for public offices"), default=list, blank=True)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [models.UniqueConstraint(fields=["issuer", "code"], name="billing_one_series_a_code")]

    def __str__(self) -> str:
        return self.code


class NumberCounter(models.Model):
    """The last number drawn in a series and year; its row lock makes the numbers gapless."""

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(NumberSeries, models.PROTECT, related_name="counters")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)
    last_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="billing_one_counter_a_year")]


class AccountingMonth(Identified):
    """An issuer's month: open, or closed and then never touched again."""

    prefix: ClassVar[str] = "mon"

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="months")
    first_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "first_on"], name="billing_one_month")]


class Document(Identified):
    """A receipt, invoice or credit note. Insert-only: the application's role may not change it."""

    prefix: ClassVar[str] = "doc"

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("invoice")
        CREDIT_NOTE = "credit_note", _("credit note")
        RECEIPT = "receipt", _("receipt")

    class Activity(models.TextChoices):
        INSTITUTIONAL = "institutional", _("institutional activity")
        COMMERCIAL = "commercial", _("commercial activity")
        MIXED = "mixed", _("activity of both kinds")

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    type = models.CharField(_("type for the SdI (TD01, …)"), max_length=4, blank=True)
    # Nothing of what was issued before anybody said it.
    activity = models.CharField(_("activity"), max_length=13, choices=Activity, blank=True)
    series = models.ForeignKey(NumberSeries, models.PROTECT, related_name="documents")
    year = models.PositiveSmallIntegerField(_("year"))
    ordinal = models.PositiveIntegerField(_("number in its series"))
    number = models.CharField(_("number"), max_length=20)
    issued_on = models.DateField(_("date"))
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="documents")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="documents")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, blank=True, related_name="documents")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="documents")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="documents"
    )
    customer_name = models.CharField(_("customer"), max_length=120)
    language = models.CharField(max_length=2, default="it")
    net = MoneyField(_("net"))
    vat = MoneyField(_("VAT"))
    gross = MoneyField(_("gross"))
    # Of what is frozen in its revision, the figures by which registers and reminders look for it.
    due = MoneyField(_("to be paid"), default=0)
    due_on = models.DateField(_("to be paid by"), null=True, blank=True)
    stamp = MoneyField(_("stamp duty"), default=0)
    split = models.BooleanField(_("the payer keeps the VAT"), default=False)
    on_payment = models.BooleanField(_("its VAT is due once it is paid"), default=False)
    bills_month = models.DateField(_("first day of the month that it bills"), null=True, blank=True)
    issued_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "ordinal"], name="billing_one_number"),
            models.UniqueConstraint(fields=["issuer", "year", "number"], name="billing_one_full_number"),
            models.UniqueConstraint(
                fields=["order", "issuer"],
                condition=Q(kind__in=["invoice", "receipt"]),
                name="billing_one_document_an_order",
            ),
            models.UniqueConstraint(fields=["refund", "issuer"], name="billing_one_credit_note_a_refund"),
        ]
        indexes = [
            models.Index(fields=["issuer", "-issued_on", "-id"], name="billing_document_month"),
            models.Index(fields=["person", "-issued_on"], name="billing_document_of_person"),
            models.Index(fields=["organisation", "-issued_on"], name="billing_document_of_body"),
            models.Index(
                fields=["issuer", "bills_month"],
                condition=Q(bills_month__isnull=False),
                name="billing_bills_of_month",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_electronic(self) -> bool:
        """Whether it goes to the SdI; a receipt does not."""
        return bool(self.type) and self.kind != Document.Kind.RECEIPT


class DocumentTrace(models.Model):
    """What is left of a document once the law no longer keeps it: its place in the series, and its hash."""

    id = models.UUIDField(primary_key=True)
    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="traces")
    kind = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    ordinal = models.PositiveIntegerField()
    number = models.CharField(max_length=20)
    issued_on = models.DateField()
    sha256 = models.CharField(max_length=64)
    removed_at = models.DateTimeField(db_default=Now())


class DocumentLine(Identified):
    """One frozen line of a document; a credit note's amounts are positive, its kind says the sign."""

    prefix: ClassVar[str] = "dln"

    document = models.ForeignKey(Document, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    order_line = models.ForeignKey(OrderLine, models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=5000)
    quantity = models.DecimalField(max_digits=14, decimal_places=6)
    unit = models.CharField(max_length=10)
    unit_price = models.DecimalField(max_digits=18, decimal_places=8)
    gross = MoneyField()
    rate = models.DecimalField(max_digits=5, decimal_places=2)
    natura = models.CharField(max_length=4, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="billing_one_document_line_a_place")
        ]


class DocumentRate(Identified):
    """The VAT summary of a document: one row per rate, natura and legal text. A version in which a natura was mended adds
    rows that take the old one back and enter the new: what a document says at a natura is the sum of its rows."""

    prefix: ClassVar[str] = "drt"

    document = models.ForeignKey(Document, models.PROTECT, related_name="rates")
    version = models.PositiveSmallIntegerField(default=1)
    rate = models.DecimalField(max_digits=5, decimal_places=2)
    natura = models.CharField(max_length=4, blank=True)
    legal_text = models.CharField(max_length=100, blank=True)
    net = MoneyField()
    vat = MoneyField()
    gross = MoneyField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "version", "rate", "natura", "legal_text"],
                name="billing_one_summary_a_rate",
            )
        ]
        # Registers look for the few that were mended among all.
        indexes = [models.Index(fields=["document"], name="billing_rate_mended", condition=Q(version__gt=1))]


class Revision(Identified):
    """The canonical content of a document, its hash chained to the one before it in its series."""

    prefix: ClassVar[str] = "rev"

    document = models.ForeignKey(Document, models.PROTECT, related_name="revisions")
    version = models.PositiveSmallIntegerField(default=1)
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)
    previous_sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "version"], name="billing_one_revision")]


class File(Identified):
    """Bytes made of a revision after its commit (PDF, XML), with their hash."""

    prefix: ClassVar[str] = "fil"

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="files")
    kind = models.CharField(max_length=4)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "kind"], name="billing_one_file_a_kind")]


class HeldBack(Identified):
    """A revision that has no file, for the SdI would refuse it: the codes of its controls when it was to be written."""

    prefix: ClassVar[str] = "hbk"

    revision = models.OneToOneField(Revision, models.PROTECT, related_name="held_back")
    codes = ArrayField(models.CharField(max_length=5))
    found_at = models.DateTimeField(default=now)


class Transmission(Identified):
    """A file on its way to the SdI, under a name that was never used before."""

    prefix: ClassVar[str] = "trs"

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="transmissions")
    file_name = models.CharField(max_length=50, unique=True)
    made_at = models.DateTimeField(default=now)


class Dispatch(Identified):
    """A file that a channel brings to the SdI: by itself once at most, whatever happens to the worker."""

    prefix: ClassVar[str] = "dsp"

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be sent")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DOUBTFUL = "doubtful", _("perhaps sent")

    transmission = models.OneToOneField(Transmission, models.PROTECT, related_name="dispatch")
    channel = models.CharField(max_length=12, choices=Issuer.Channel)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    turn = models.PositiveSmallIntegerField(_("how often somebody had it sent"), default=1)
    to = models.CharField(max_length=254, blank=True)
    fault = models.CharField(_("why it did not leave"), max_length=500, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=now)


class SendingCounter(models.Model):
    """The last progressive of an issuer's files; a name is never used twice (control 00002)."""

    id = models.BigAutoField(primary_key=True)
    issuer = models.OneToOneField(Issuer, models.PROTECT, related_name="sendings")
    last = models.PositiveIntegerField(default=0)


class Receipt(Identified):
    """What the SdI answered about a transmission."""

    prefix: ClassVar[str] = "rcp"

    transmission = models.ForeignKey(Transmission, models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=2)
    outcome = models.CharField(_("what a public body said (EC01, EC02)"), max_length=4, blank=True)
    sdi_id = models.CharField(max_length=36, blank=True)  # the SdI's own number of the file
    errors = models.JSONField(default=list)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transmission", "sha256"], name="billing_one_receipt_a_content")
        ]
        indexes = [
            # The few that say no, among all that say yes: what a register leaves out.
            models.Index(fields=["transmission"], condition=Q(kind="NS"), name="billing_receipt_refused")
        ]


class Incomplete(Identified):
    """A sale whose document could not be issued yet, with the code of what is missing (12 days to mend)."""

    prefix: ClassVar[str] = "inc"

    order = models.ForeignKey(Order, models.PROTECT, related_name="incomplete")
    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="incomplete")
    code = models.CharField(max_length=40)
    since_at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "issuer"], name="billing_one_incomplete_an_order")
        ]
