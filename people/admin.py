"""The configuration pages of `people`: persons, organisations, the consortium with its agreements, groups."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group as DjangoGroup
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from people.configuration import FiscalForm, FormSet, Lines, Page, Shown
from people.consortium import SharesNotWhole, check_whole
from people.models import (
    Agreement,
    Consortium,
    Group,
    GroupMember,
    Membership,
    Organisation,
    Partner,
    Person,
    Role,
    Share,
)

if TYPE_CHECKING:
    PersonPage = UserAdmin[Any]
    NewPersonForm = AdminUserCreationForm[Any]
    PersonForm = UserChangeForm[Any]
else:
    PersonPage, NewPersonForm, PersonForm = UserAdmin, AdminUserCreationForm, UserChangeForm

ADDRESS: Any = (_("Address"), {"fields": ["street", ("postcode", "city", "province"), "country"]})
IDENTITY: Any = (
    _("Fiscal data"),
    {"fields": [("tax_code", "vat_number"), ("recipient_code", "certified_email")]},
)

# Django's groups carry permissions that nobody reads here: rights are roles (people/roles.py).
admin.site.unregister(DjangoGroup)


class NewPerson(NewPersonForm):
    class Meta:
        model = Person
        fields = ("email", "name", "language")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class EditedPerson(FiscalForm, PersonForm):
    class Meta:
        model = Person
        fields = "__all__"
        field_classes: ClassVar[dict[str, Any]] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class RoleLines(Lines):
    model = Role
    extra = 0
    autocomplete_fields = ["partner"]


class MembershipLines(Lines):
    model = Membership
    whose = ("person_id",)
    extra = 0
    autocomplete_fields = ["person", "organisation"]


@admin.register(Person)
class People(Shown, PersonPage):
    whose = ("pk",)
    form, add_form = EditedPerson, NewPerson
    list_display = ["name", "email", "language", "is_active"]
    list_filter = ["is_active", "language", "roles__kind"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    filter_horizontal: ClassVar[list[str]] = []
    readonly_fields = ["joined_at", "last_login"]
    fieldsets = [
        (None, {"fields": ["name", "email", "password", ("language", "phone"), "is_active"]}),
        IDENTITY,
        ADDRESS,
        (None, {"fields": [("joined_at", "last_login")]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["name", "email", "language", "usable_password", "password1", "password2"]}),
    ]
    inlines = [RoleLines, MembershipLines]


@admin.register(Organisation)
class Organisations(Page):
    form = FiscalForm
    list_display = ["name", "kind", "tax_code", "vat_number", "city"]
    list_filter = ["kind"]
    search_fields = ["name", "tax_code", "vat_number"]
    ordering = ["name"]
    fieldsets = [(None, {"fields": ["name", ("kind", "email")]}), IDENTITY, ADDRESS]
    inlines = [MembershipLines]


class PartnerLines(Lines):
    model = Partner
    extra = 0
    autocomplete_fields = ["organisation"]
    show_change_link = True


@admin.register(Consortium)
class Consortia(Page):
    search_fields = ["name"]
    inlines = [PartnerLines]


@admin.register(Partner)
class Partners(Page):
    list_display = ["short_name", "organisation", "consortium", "is_lead"]
    list_filter = ["consortium"]
    list_select_related = ["organisation", "consortium"]
    search_fields = ["short_name", "organisation__name"]
    autocomplete_fields = ["organisation", "consortium"]


class WholeShares(FormSet):
    def clean(self) -> None:
        """The shares of an agreement make 100, or it is not saved."""
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data]
        kept = [row["percent"] for row in rows if not row.get("DELETE")]
        try:
            check_whole(Decimal(percent) for percent in kept)
        except SharesNotWhole as error:
            raise ValidationError(error.detail, code=error.code) from error


class ShareLines(Lines):
    model = Share
    formset = WholeShares
    extra = 0
    autocomplete_fields = ["partner"]


@admin.register(Agreement)
class Agreements(Page):
    list_display = ["consortium", "version", "from_on"]
    list_filter = ["consortium"]
    list_select_related = ["consortium"]
    ordering = ["consortium__name", "-from_on"]
    inlines = [ShareLines]


class GroupMemberLines(Lines):
    model = GroupMember
    whose, of, shows = ("person_id",), "group.partner_id", "members"
    extra = 0
    autocomplete_fields = ["person", "organisation"]


@admin.register(Group)
class Groups(Page):
    list_display = ["name", "partner"]
    list_filter = ["partner"]
    list_select_related = ["partner"]
    search_fields = ["name"]
    inlines = [GroupMemberLines]
