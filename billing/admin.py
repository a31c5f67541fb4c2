"""The configuration pages of `billing`: prices, issuers and numbers to edit; documents and payments to read only."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from billing.models import (
    CancellationTerms,
    Coupon,
    Document,
    Entry,
    Extra,
    Issuer,
    NumberSeries,
    Order,
    Payment,
    Rate,
    Refund,
    Tariff,
    VatRate,
)
from billing.papers import issuers
from core.words import Words
from people.configuration import Form, Lines, Page
from people.fiscal import is_iban

NO_IBAN = Words("L'IBAN non torna.", "The IBAN does not check out.")
NO_CODE = Words(
    "Il sezionale ha da una a otto lettere maiuscole o cifre, senza accenti: sta nel numero di ogni documento.",
    "A series has one to eight capital letters or digits, without accents: it is in every document's number.",
)
NO_KINDS = Words(
    'Si scrivono così: ["invoice", "credit_note"], oppure ["receipt"].',
    'They are written like this: ["invoice", "credit_note"], or ["receipt"].',
)


class RateLines(Lines):
    model = Rate
    extra = 0
    autocomplete_fields = ("resource", "group")


@admin.register(Tariff)
class Tariffs(Page):
    """A tariff that is in force from a day takes the place of the one before; what was sold keeps its price, and what
    was published its words (`publishing.py`)."""

    list_display = ("name", "venue", "from_on", "published_at")
    list_filter = ("venue",)
    readonly_fields = ("published_at",)
    inlines = (RateLines,)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        drafted = obj is None or obj.published_at is None
        return drafted and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        drafted = obj is None or obj.published_at is None
        return drafted and super().has_delete_permission(request, obj)


@admin.register(VatRate)
class VatRates(Page):
    list_display = ("name", "percent", "natura", "receipted")


@admin.register(CancellationTerms)
class Terms(Page):
    list_display = ("venue", "resource", "hours_before", "percent_back")
    list_filter = ("venue",)


@admin.register(Extra)
class Extras(Page):
    list_display = ("name", "venue", "price", "stock", "is_offered")
    list_filter = ("venue",)


@admin.register(Coupon)
class Coupons(Page):
    """How often it was used is counted, not written."""

    list_display = ("code", "venue", "percent", "amount", "until_on", "used")
    list_filter = ("venue",)
    readonly_fields = ("used",)


class SeriesForm(Form):
    """A series whose numbers could never be on an invoice is refused here, and not when its first one is sent."""

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if re.fullmatch(issuers.CODE, code) is None:
            raise ValidationError(str(NO_CODE), code="code-wrong")
        there = not self.instance._state.adding
        if (
            there
            and code != self.initial["code"]
            and Document.objects.filter(series=self.instance.pk).exists()
        ):
            raise ValidationError(str(issuers.NUMBERED), code="numbered")
        return code

    def clean_kinds(self) -> list[str]:
        kinds = self.cleaned_data["kinds"]
        if not isinstance(kinds, list) or not kinds or not set(map(str, kinds)) <= set(Document.Kind.values):
            raise ValidationError(str(NO_KINDS), code="kinds-wrong")
        return kinds


class SeriesLines(Lines):
    model = NumberSeries
    form = SeriesForm
    exclude = ("usual_for", "public_for")  # chosen where the office numbers its documents
    extra = 0


class IssuerForm(Form):
    def clean_iban(self) -> str:
        compact = str(self.cleaned_data["iban"]).replace(" ", "").upper()
        if compact and not is_iban(compact):
            raise ValidationError(str(NO_IBAN), code="iban-wrong")
        return compact


@admin.register(Issuer)
class Issuers(Page):
    list_display = ("__str__", "regime", "iban", "holds_gateway")
    inlines = (SeriesLines,)
    form = IssuerForm

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Money follows an IBAN: another takes its place only where the one that goes is looked at (`issuers.edit`)."""
        return ("iban",) if obj is not None else ()


class ReadOnly(Page):
    """What has happened is read here and changed nowhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Document)
class Documents(ReadOnly):
    whose, of, shows = ("person_id",), "issuer.partner_id", "customers"
    list_display = ("number", "kind", "issued_on", "issuer", "customer_name", "gross")
    list_filter = ("kind", "issuer")
    search_fields = ("number", "customer_name")


@admin.register(Order)
class Orders(ReadOnly):
    whose, shows = ("person_id",), "customers"
    list_display = ("pk", "person", "organisation", "state", "total", "made_at")
    list_filter = ("state",)


@admin.register(Payment)
class Payments(ReadOnly):
    list_display = ("pk", "amount", "refunded", "method", "state", "captured_at")
    list_filter = ("state", "method")


@admin.register(Refund)
class Refunds(ReadOnly):
    list_display = ("pk", "amount", "state", "reason", "made_at")
    list_filter = ("state",)


@admin.register(Entry)
class Entries(ReadOnly):
    list_display = ("on", "kind", "partner", "resource", "gross")
    list_filter = ("kind", "partner")
