"""Who: persons, the organisations they act for, the partners that run the venues, and what each may do."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.clock import now, today
from core.identity import Identified
from people.events import address_taken, number_told


class FiscalIdentity(models.Model):
    """What a document needs to know of a buyer or a seller; blank where it is not yet known."""

    tax_code = models.CharField(_("tax code"), max_length=28, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=28, blank=True)
    recipient_code = models.CharField(_("recipient code"), max_length=7, blank=True)
    certified_email = models.EmailField(_("certified e-mail"), blank=True)
    street = models.CharField(_("street"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    province = models.CharField(_("province"), max_length=2, blank=True)
    country = models.CharField(_("country"), max_length=2, default="IT")

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever asks others about VAT numbers hears that one was written."""
        super().save(*args, **kwargs)
        named = kwargs.get("update_fields")
        if named is None or not {"vat_number", "country"}.isdisjoint(named):
            number_told.announce(self)


class People(BaseUserManager["Person"]):
    """Makes persons; an e-mail address is one whatever its capitals."""

    def create_user(self, email: str, password: str | None = None, **data: Any) -> Person:
        person = self.model(email=email.lower(), **data)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **data: Any) -> Person:
        """Somebody who may configure everything; the first one is made by `manage.py createsuperuser`."""
        person = self.create_user(email, password, is_staff=True, is_superuser=True, **data)
        Role.objects.create(person=person, kind=Role.Kind.ADMINISTRATOR)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").lower())


class Person(Identified, FiscalIdentity, AbstractBaseUser, PermissionsMixin):
    """Someone with an account."""

    prefix: ClassVar[str] = "per"

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("language"), max_length=2, choices=[("it", "Italiano"), ("en", "English")], default="it"
    )
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may use the configuration pages"), default=False)
    joined_at = models.DateTimeField(default=now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = People()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="people_email_is_lower")
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever kept something for this address hears that it is somebody's."""
        named = kwargs.get("update_fields")
        if named is not None and "email" not in named:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            address_taken.announce(self.pk, self.email)


class Organisation(Identified, FiscalIdentity):
    """A legal body that books or is invoiced."""

    prefix: ClassVar[str] = "org"

    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        ASSOCIATION = "association", _("association")
        PUBLIC = "public", _("public administration")

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.ASSOCIATION)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class Memberships(models.QuerySet["Membership"]):
    def on(self, day: date) -> Memberships:
        """Those that hold on a day; the last day is excluded."""
        return self.filter(from_on__lte=day).exclude(until_on__lte=day)

    def today(self) -> Memberships:
        return self.on(today())


class Membership(Identified):
    """A person belongs to an organisation; as a delegate, may book and spend for it."""

    prefix: ClassVar[str] = "mbr"

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    is_delegate = models.BooleanField(_("may book and spend for it"), default=False)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    objects = Memberships.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["person", "organisation"], name="people_one_membership"),
        ]


class Consortium(Identified):
    """Partners who run venues together (ATI/RTI): not a legal person, never an issuer."""

    prefix: ClassVar[str] = "con"

    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("consortium")
        verbose_name_plural = _("consortia")

    def __str__(self) -> str:
        return self.name


class Partner(Identified):
    """A legal body that runs venues, alone or in a consortium; roles and takings are its own."""

    prefix: ClassVar[str] = "prt"

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="partner")
    consortium = models.ForeignKey(Consortium, models.PROTECT, null=True, blank=True, related_name="partners")
    is_lead = models.BooleanField(_("lead partner (mandataria)"), default=False)
    short_name = models.CharField(_("short name"), max_length=40)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            models.UniqueConstraint(
                fields=["consortium"], condition=Q(is_lead=True), name="people_one_lead_partner"
            ),
        ]

    def __str__(self) -> str:
        return self.short_name


class Agreement(Identified):
    """A version of the partners' agreement, in force from a day until the next one's."""

    prefix: ClassVar[str] = "agr"

    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="agreements")
    version = models.PositiveSmallIntegerField(_("version"))
    from_on = models.DateField(_("in force from"))
    mandate_on = models.DateField(_("date of the mandate"), null=True, blank=True)
    mandate_ref = models.CharField(_("mandate (notary, number)"), max_length=120, blank=True)
    mandate_fee = models.DecimalField(
        _("mandate fee, percent of the others' takings"), max_digits=5, decimal_places=2, default=0
    )
    # What partners invoice each other is normally a service at 22 %; whether it is, an accountant says.
    between_rate = models.DecimalField(
        _("VAT between partners, percent"), max_digits=5, decimal_places=2, default=22
    )
    between_natura = models.CharField(_("natura, if without VAT"), max_length=4, blank=True)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(fields=["consortium", "version"], name="people_one_agreement_version"),
            models.UniqueConstraint(fields=["consortium", "from_on"], name="people_one_agreement_a_day"),
            models.CheckConstraint(
                condition=Q(mandate_fee__gte=0, mandate_fee__lte=100), name="people_mandate_fee_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consortium} v{self.version}"


class Share(Identified):
    """A partner's part of the takings under one agreement; the shares of an agreement make 100."""

    prefix: ClassVar[str] = "shr"

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="shares")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="shares")
    percent = models.DecimalField(_("percent"), max_digits=7, decimal_places=4)

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "partner"], name="people_one_share_a_partner"),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100), name="people_share_is_a_part"
            ),
        ]


class Role(Identified):
    """What a person may do for a partner (an administrator: everywhere)."""

    prefix: ClassVar[str] = "rol"

    class Kind(models.TextChoices):
        STAFF = "staff", _("staff")
        MANAGER = "manager", _("manager")
        ACCOUNTANT = "accountant", _("accountant")
        ADMINISTRATOR = "administrator", _("administrator")

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    kind = models.CharField(_("role"), max_length=16, choices=Kind)
    partner = models.ForeignKey(Partner, models.CASCADE, null=True, blank=True, related_name="roles")

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "partner"], nulls_distinct=False, name="people_one_role"
            ),
            models.CheckConstraint(
                condition=Q(kind="administrator", partner=None)
                | (~Q(kind="administrator") & ~Q(partner=None)),
                name="people_role_has_its_scope",
            ),
        ]


class Group(Identified):
    """Persons or organisations for whom a rule or a rate is different (members, residents, ETS)."""

    prefix: ClassVar[str] = "grp"

    name = models.CharField(_("name"), max_length=80)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="groups")

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")

    def __str__(self) -> str:
        return self.name


class GroupMember(Identified):
    """Somebody is in a group, from a day (included) until a day (excluded)."""

    prefix: ClassVar[str] = "grm"

    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="groups_in")
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="groups_in"
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("group member")
        verbose_name_plural = _("group members")
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None) ^ Q(organisation=None), name="people_group_member_is_one"
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")), name="people_group_member_lasts"
            ),
        ]
