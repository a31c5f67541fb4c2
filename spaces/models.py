"""Where: venues, what can be booked in them, the units that are claimed, and when they are open."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.fields import PeriodField
from core.identity import Identified
from people.models import Partner, Person


class Venue(Identified):
    """A place with an address, a time zone and opening hours, run by a partner."""

    prefix: ClassVar[str] = "ven"

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    description_it = models.TextField(_("description (Italian)"), blank=True)
    description_en = models.TextField(_("description (English)"), blank=True)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="venues")
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Rome")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    street = models.CharField(_("street"), max_length=120)
    city = models.CharField(_("city"), max_length=60)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    holidays_of = models.CharField(_("public holidays of"), max_length=8, default="IT")
    school_region = models.CharField(_("school holidays of"), max_length=40, blank=True)
    open_holidays = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("public holidays it is open on"),
        default=list,
        blank=True,
    )
    patron_saint = models.CharField(_("patron saint"), max_length=80, blank=True)
    patron_day = models.CharField(_("the patron saint's day (MM-DD)"), max_length=5, blank=True)
    position = models.PositiveSmallIntegerField(_("order on lists"), default=0)

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class LockDomain(models.Model):
    """The row that queues rivals: units that share a resource, kept by `layout.py`."""

    id = models.BigAutoField(primary_key=True)


class Unit(Identified):
    """The smallest thing that can be claimed: a half hall, a desk, a machine."""

    prefix: ClassVar[str] = "unt"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="units")
    name = models.CharField(_("name"), max_length=80)
    domain = models.ForeignKey(LockDomain, models.PROTECT, related_name="units")

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return self.name


class Resource(Identified):
    """Anything that can be booked; what it takes is said by its parts."""

    prefix: ClassVar[str] = "res"

    class Kind(models.TextChoices):
        DESK = "desk", _("desk")
        MEETING_ROOM = "meeting_room", _("meeting room")
        PHONE_BOOTH = "phone_booth", _("phone booth")
        HALL = "hall", _("hall")
        CLASSROOM = "classroom", _("classroom")
        KITCHEN = "kitchen", _("kitchen lab")
        COURTYARD = "courtyard", _("courtyard")
        OUTDOOR = "outdoor", _("outdoor spot")
        LASER = "laser", _("laser cutter")
        PRINTER_3D = "printer_3d", _("3D printer")
        MILL = "mill", _("CNC mill")
        BENCH = "bench", _("electronics bench")
        EQUIPMENT = "equipment", _("movable equipment")
        PERSON = "person", _("person: mentor or trainer")

    class Issuing(models.TextChoices):
        SINGLE = "single", _("the venue's partner, or the lead partner")
        OWNER = "owner", _("the resource's owner")
        SHARE = "share", _("each partner for its share")

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="resources")
    slug = models.SlugField()
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    name = models.CharField(_("name"), max_length=80)
    description_it = models.TextField(_("description (Italian)"), blank=True)
    description_en = models.TextField(_("description (English)"), blank=True)
    capacity = models.PositiveSmallIntegerField(_("people it holds"), null=True, blank=True)
    features = ArrayField(models.SlugField(), verbose_name=_("features"), default=list, blank=True)
    owner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("owner")
    )
    issuing = models.CharField(_("who issues"), max_length=8, choices=Issuing, default=Issuing.SINGLE)
    photo = models.CharField(_("photo"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("order on lists"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)
    published_from = models.DateTimeField(_("offered from"), null=True, blank=True)
    published_until = models.DateTimeField(_("offered until"), null=True, blank=True)
    open_on_holidays = models.BooleanField(_("open on public holidays"), default=False)
    planned_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["venue", "slug"], name="spaces_one_slug_a_venue")]

    def __str__(self) -> str:
        return self.name


class Part(Identified):
    """What a resource takes: of these units, or of another resource, all (`quantity` null) or any n."""

    prefix: ClassVar[str] = "par"

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="parts")
    of = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="part_of")
    units = models.ManyToManyField(Unit, blank=True, related_name="parts")
    quantity = models.PositiveSmallIntegerField(_("any n (empty: all)"), null=True, blank=True)
    from_on = models.DateField(null=True, blank=True)
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")


class Recurrence(Identified):
    """What repeats: one to one with a django-scheduler Event; expanded by `recurrence.py` alone."""

    prefix: ClassVar[str] = "rec"

    event = models.OneToOneField("schedule.Event", models.PROTECT, related_name="+")
    time_zone = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)


class OpeningRule(Identified):
    """Hours, by the wall clock, in which a venue or one of its resources is offered."""

    prefix: ClassVar[str] = "opn"

    venue = models.ForeignKey(Venue, models.CASCADE, null=True, blank=True, related_name="opening_rules")
    resource = models.ForeignKey(
        Resource, models.CASCADE, null=True, blank=True, related_name="opening_rules"
    )
    recurrence = models.OneToOneField(Recurrence, models.PROTECT, related_name="opening_rule")
    label = models.CharField(_("label"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(venue=None) ^ Q(resource=None), name="spaces_opening_rule_has_one_scope"
            )
        ]


class Closure(Identified):
    """Days or hours taken out of the opening hours of a venue or a resource."""

    prefix: ClassVar[str] = "clo"

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("public holiday")
        CLOSED = "closed", _("closed")
        SEASON = "season", _("reserved for a seasonal call")

    venue = models.ForeignKey(Venue, models.CASCADE, null=True, blank=True, related_name="closures")
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="closures")
    during = PeriodField(_("period"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.CLOSED)
    reason_it = models.CharField(_("reason (Italian)"), max_length=120)
    reason_en = models.CharField(_("reason (English)"), max_length=120)
    counts_as_open = models.BooleanField(_("counts as opened in occupancy"), default=False)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [
            models.CheckConstraint(
                condition=Q(venue=None) ^ Q(resource=None), name="spaces_closure_has_one_scope"
            )
        ]

    def __str__(self) -> str:
        return self.reason_it or str(self.get_kind_display())


class SchoolHoliday(Identified):
    """Days without school in a region, both included: each region publishes its own calendar every year."""

    prefix: ClassVar[str] = "sho"

    region = models.CharField(_("region"), max_length=40)
    name_it = models.CharField(_("name (Italian)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("school holiday")
        verbose_name_plural = _("school holidays")
        ordering = ["region", "first_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_on__lte=models.F("last_on")), name="spaces_school_holiday_has_days"
            )
        ]

    def __str__(self) -> str:
        return f"{self.region}, {self.first_on:%d/%m/%Y}"


class OpenSpan(models.Model):
    """A stretch in which a resource is open; `anchor` is where its grid of starts begins.

    Worked out by `opening.py` from rules and closures, never edited; clipping does not move the anchor.
    """

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="open_spans")
    during = PeriodField()
    anchor = models.DateTimeField()

    class Meta:
        indexes = [models.Index("resource", Lower("during"), name="spaces_open_span_reading")]


class Rules(Identified):
    """A version of the booking rules of a venue or a resource, in force from a day; never changed."""

    prefix: ClassVar[str] = "rul"

    class Basis(models.TextChoices):
        USE = "use", _("the day of use")
        BOOKING = "booking", _("the day of booking")

    venue = models.ForeignKey(Venue, models.CASCADE, null=True, blank=True, related_name="rules")
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="rules")
    from_on = models.DateField(_("in force from"))
    basis = models.CharField(_("counted by"), max_length=8, choices=Basis, default=Basis.USE)
    data = models.JSONField(_("rules"), default=dict)
    written_at = models.DateTimeField(auto_now_add=True)
    written_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("booking rules")
        verbose_name_plural = _("booking rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(venue=None) ^ Q(resource=None), name="spaces_rules_have_one_scope"
            )
        ]
