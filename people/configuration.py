"""The door of the configuration pages (Django's admin): for administrators, through the same lock as the app's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import AdminSite, ModelAdmin, TabularInline
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from people import fiscal
from people.models import FiscalIdentity, Person
from people.roles import standing

# Django's admin and forms are generic for the type checker only.
if TYPE_CHECKING:
    Page = ModelAdmin[Any]
    Lines = TabularInline[Any, Any]
    Form = forms.ModelForm[Any]
    FormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    Page, Lines, Form, FormSet = ModelAdmin, TabularInline, forms.ModelForm, forms.BaseInlineFormSet


def is_administrator(person: Any) -> bool:
    return isinstance(person, Person) and standing(person).administrator


class AdministratorSignIn(AuthenticationForm):
    """Who is no administrator gets the answer of a wrong password, so that nobody learns who is one."""

    def confirm_login_allowed(self, user: Any) -> None:
        if not is_administrator(user):
            raise self.get_invalid_login_error()


class Pages(AdminSite):
    site_header = site_title = _("Ballatoio: configuration")
    index_title = _("Configuration")
    login_form = AdministratorSignIn

    def has_permission(self, request: HttpRequest) -> bool:
        """Roles decide, also for a superuser: who loses the role is out at the next request."""
        return is_administrator(request.user)


class AdministratorsConfigure(BaseBackend):
    """An administrator has every permission of the configuration pages; nobody else gets any here."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return is_administrator(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return is_administrator(user_obj)


class FiscalForm(Form):
    """Fiscal data as the API takes them: blanks dropped, capitals made, check digits looked at."""

    def _post_clean(self) -> None:
        for name in ("tax_code", "vat_number", "recipient_code", "province", "country"):
            if name in self.cleaned_data:
                self.cleaned_data[name] = self.cleaned_data[name].replace(" ", "").upper()
        super()._post_clean()  # type: ignore[misc]
        if isinstance(self.instance, FiscalIdentity):
            for name, code in fiscal.faults(self.instance).items():
                self.add_error(name, ValidationError(str(fiscal.SENTENCES[code]), code=code))
