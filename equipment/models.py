"""With what: machines and things on loan, the skills they need, and who has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.identity import Identified
from people.models import Partner, Person
from spaces.models import Resource


class Skill(Identified):
    """What one must be able to do safely before using certain equipment."""

    prefix: ClassVar[str] = "skl"

    code = models.CharField(_("code"), max_length=16)
    name_it = models.CharField(_("name (Italian)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    how_it = models.TextField(_("how to get it (Italian)"), blank=True)
    how_en = models.TextField(_("how to get it (English)"), blank=True)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="skills")

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        constraints = [models.UniqueConstraint(fields=["partner", "code"], name="equipment_one_skill_code")]

    def __str__(self) -> str:
        return self.code


class Equipment(Identified):
    """A resource that is a machine or a thing on loan."""

    prefix: ClassVar[str] = "eqp"

    resource = models.OneToOneField(Resource, models.CASCADE, related_name="equipment")
    serial_number = models.CharField(_("serial number"), max_length=60, blank=True)
    maker = models.CharField(_("maker and model"), max_length=80, blank=True)
    skills = models.ManyToManyField(Skill, blank=True, related_name="equipment", verbose_name=_("needs"))
    service_days = models.PositiveSmallIntegerField(_("service every (days)"), null=True, blank=True)
    service_hours = models.PositiveIntegerField(_("service every (hours of use)"), null=True, blank=True)

    class Meta:
        verbose_name = _("equipment")
        verbose_name_plural = _("equipment")

    def __str__(self) -> str:
        return self.resource.name


class Certification(Identified):
    """Proof that a person has a skill, from a day (included) until a day (excluded)."""

    prefix: ClassVar[str] = "crt"

    person = models.ForeignKey(Person, models.CASCADE, related_name="certifications")
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="certifications")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    given_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")


class ServiceNote(Identified):
    """What was done to a piece of equipment, and when."""

    prefix: ClassVar[str] = "svc"

    equipment = models.ForeignKey(Equipment, models.CASCADE, related_name="service_notes")
    on = models.DateField(_("on"))
    text = models.TextField(_("what was done"))
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("service note")
        verbose_name_plural = _("service notes")

    def governed_by(self) -> Iterable[UUID]:
        return [self.equipment.resource.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return None, None


class Fault(Identified):
    """What somebody says is wrong with a resource, and what staff made of it."""

    prefix: ClassVar[str] = "flt"

    class Severity(models.TextChoices):
        UNUSABLE = "unusable", _("unusable")
        WITH_CARE = "with_care", _("usable with care")

    class State(models.TextChoices):
        REPORTED = "reported", _("reported")
        CONFIRMED = "confirmed", _("confirmed")
        DISMISSED = "dismissed", _("dismissed")
        MENDED = "mended", _("mended")

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="faults")
    severity = models.CharField(_("severity"), max_length=9, choices=Severity)
    text = models.TextField(_("what is wrong"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.REPORTED)
    reported_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    reported_at = models.DateTimeField(default=now, editable=False)
    answer = models.TextField(_("what was done"), blank=True)
    handled_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("fault")
        verbose_name_plural = _("faults")
        indexes = [
            models.Index(
                fields=["resource"],
                condition=Q(state__in=["reported", "confirmed"]),
                name="equipment_fault_open",
            )
        ]

    def governed_by(self) -> Iterable[UUID]:
        return [self.resource.venue.partner_id]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return self.reported_by_id, None
