"""A booking, its items, and the series it may belong to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import PeriodField
from core.identity import Identified
from people.models import Organisation, Person
from spaces.models import Recurrence, Resource, Rules, Unit, Venue


class Series(Identified):
    """Bookings made together from one rule of repetition."""

    prefix: ClassVar[str] = "ser"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="series")
    person = models.ForeignKey(Person, models.PROTECT, related_name="series")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="series"
    )
    # None where the dates were named one by one.
    recurrence = models.OneToOneField(
        Recurrence, models.PROTECT, null=True, blank=True, related_name="series"
    )
    asked = models.JSONField(default=dict)
    title = models.CharField(_("title"), max_length=120, blank=True)
    left_out = models.JSONField(default=dict)
    # The series whose future this one took over when it was changed from a date on.
    follows = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="followed_by")
    made_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")


class Booking(Identified):
    """Somebody has, asked for, or had a period; its items say what was promised."""

    prefix: ClassVar[str] = "bkg"

    class State(models.TextChoices):
        HELD = "held", _("held")
        OFFERED = "offered", _("offered")
        REQUESTED = "requested", _("requested")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")
        CANCELLED = "cancelled", _("cancelled")
        LAPSED = "lapsed", _("lapsed")

    class Attendance(models.TextChoices):
        EXPECTED = "expected", _("expected")
        PRESENT = "present", _("present")
        LEFT = "left", _("left")
        NO_SHOW = "no_show", _("did not come")

    code = models.CharField(_("code"), max_length=6, unique=True)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="bookings")
    person = models.ForeignKey(Person, models.PROTECT, related_name="bookings")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.HELD)
    period = PeriodField(_("period"))
    title = models.CharField(_("title"), max_length=120, blank=True)
    people = models.PositiveSmallIntegerField(_("people expected"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    accepted_terms = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    needs_approval = models.BooleanField(default=False)
    held_until = models.DateTimeField(null=True, blank=True)
    earliest_start = models.DateTimeField()
    reason = models.TextField(_("reason given"), blank=True)
    attendance = models.CharField(max_length=8, choices=Attendance, default=Attendance.EXPECTED)
    arrived_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    # What the rules said of coming and leaving when this was confirmed or last moved (booking/judging/coming.py).
    check_in_opens = models.DateTimeField(null=True, blank=True)
    no_show_at = models.DateTimeField(null=True, blank=True)
    attendance_terms = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(_("refused, cancelled or lapsed at"), null=True, blank=True)
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="bookings")
    series_date = models.DateField(null=True, blank=True)
    series_ordinal = models.PositiveSmallIntegerField(null=True, blank=True)
    sequence = models.PositiveIntegerField(_("version for calendars"), default=0)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        indexes = [
            models.Index("person", Lower("period").desc(), name="booking_of_person"),
            models.Index("organisation", Lower("period").desc(), name="booking_of_organisation"),
            models.Index("venue", Lower("period"), name="booking_at_venue"),
            models.Index("state", "held_until", condition=Q(held_until__isnull=False), name="booking_dying"),
            models.Index("no_show_at", condition=Q(attendance="expected"), name="booking_expected"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "series_date", "series_ordinal"], name="booking_once_an_occurrence"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def governed_by(self) -> Iterable[UUID]:
        return [self.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return self.person_id, self.organisation_id


class Item(Identified):
    """One resource and quantity inside a booking, with the padding and the rules it was made under."""

    prefix: ClassVar[str] = "itm"

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="items")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="items")
    period = PeriodField(_("period"))
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    set_up_minutes = models.PositiveSmallIntegerField(default=0)
    clean_up_minutes = models.PositiveSmallIntegerField(default=0)
    seat = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    rules = models.ForeignKey(Rules, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        indexes = [models.Index("resource", Lower("period"), name="booking_item_of_resource")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="booking_item_takes_something")
        ]
