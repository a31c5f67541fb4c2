"""The door of the configuration pages (Django's admin): for administrators, through the same lock as the app's. Whose
personal data they show is logged here, where every page passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django import forms
from django.contrib.admin import AdminSite, ModelAdmin, TabularInline
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from core.audit import Sight, saw
from core.ids import encode
from people import fiscal
from people.models import FiscalIdentity, Person
from people.roles import signed_in, standing

# Django's admin and forms are generic for the type checker only.
if TYPE_CHECKING:
    AdminPage = ModelAdmin[Any]
    AdminLines = TabularInline[Any, Any]
    Form = forms.ModelForm[Any]
    FormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    AdminPage, AdminLines, Form, FormSet = (
        ModelAdmin, TabularInline, forms.ModelForm, forms.BaseInlineFormSet,
    )  # fmt: skip

Viewed = TypeVar("Viewed", bound=Callable[..., HttpResponseBase])


class Shown:
    """Whom the rows of a page are about (paths to people's ids), of which partner they are, and what the log calls them."""

    whose: ClassVar[tuple[str, ...]] = ()
    of: ClassVar[str] = ""
    shows: ClassVar[str] = "people"


class Page(Shown, AdminPage):
    pass


class Lines(Shown, AdminLines):
    pass


def seen(request: HttpRequest, page: Any, rows: Iterable[Any]) -> None:
    """The log says whose data these rows of a page show; one's own is no news."""
    if not isinstance(page, Shown) or not page.whose:
        return
    by = signed_in(request.user)
    saw(
        by,
        page.shows,
        [
            Sight(encode(row.prefix, row.pk), attrgetter(page.of)(row) if page.of else None, person)
            for row in rows
            for person in (attrgetter(path)(row) for path in page.whose)
            if person not in (None, by.pk)
        ],
    )


def rows_of(site: AdminSite, told: dict[str, Any]) -> Iterator[tuple[Any, list[Any]]]:
    """What a page was made of: a list's rows, or one thing with its lines."""
    if (listed := told.get("cl")) is not None:
        yield listed.model_admin, list(listed.result_list)
        return
    found = [told[name] for name in ("original", "object") if told.get(name) is not None][:1]
    found += list(told.get("queryset") or ())
    for row in found:
        yield site._registry.get(type(row)), [row]
    for lines in told.get("inline_admin_formsets") or ():
        yield lines.opts, [row for row in lines.formset.get_queryset() if row.pk]


class Suggestions(AutocompleteJsonView):
    """What is proposed while somebody types: names, most of the time."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = super().get_context_data(**kwargs)
        seen(self.request, self.model_admin, told["object_list"])
        return told


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

    def admin_view(self, view: Viewed, cacheable: bool = False) -> Viewed:
        """Every page passes here: whose data it shows is logged."""

        @wraps(view)
        def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            answer = view(request, *args, **kwargs)
            for page, rows in rows_of(self, getattr(answer, "context_data", None) or {}):
                seen(request, page, rows)
            return answer

        return super().admin_view(cast(Viewed, watched), cacheable)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, Suggestions.as_view(admin_site=self)(request))


class AdministratorsConfigure(BaseBackend):
    """An administrator has every permission of the configuration pages; nobody else gets any here."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return is_administrator(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return is_administrator(user_obj)


class FiscalForm(Form):
    """Fiscal data as the API takes them: blanks dropped, capitals made, check digits looked at."""

    def _post_clean(self) -> None:
        fiscal.tidy(self.cleaned_data)
        super()._post_clean()  # type: ignore[misc]
        if isinstance(self.instance, FiscalIdentity):
            for name, code in fiscal.faults(self.instance).items():
                self.add_error(name, ValidationError(str(fiscal.SENTENCES[code]), code=code))
