"""The configuration pages of `spaces`: venues, resources, what they take, when they are open, their rules."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.periods import Period, strict_instant
from core.words import Words
from people.configuration import Form, Lines, Page
from spaces import layout, opening, recurrence
from spaces.hours import closure_changed
from spaces.models import Closure, OpeningRule, Part, Resource, Rules, SchoolHoliday, Unit, Venue
from spaces.versions import check

WEEKDAYS = [
    (1, "lun · Mon"),
    (2, "mar · Tue"),
    (3, "mer · Wed"),
    (4, "gio · Thu"),
    (5, "ven · Fri"),
    (6, "sab · Sat"),
    (7, "dom · Sun"),
]

# What repeats is defined through spaces/recurrence.py alone; edited elsewhere, the openings would not be planned anew.
for model in apps.get_app_config("schedule").get_models():
    try:
        admin.site.unregister(model)
    except NotRegistered:
        continue


def replan(scope: Venue | Resource) -> None:
    """Openings follow what was just saved."""
    if isinstance(scope, Venue):
        opening.plan_venue(scope)
    else:
        opening.plan(Resource.objects.select_related("venue").get(pk=scope.pk))


def scope_of(row: Any) -> Venue | Resource:
    found: Venue | Resource = row.venue if row.venue_id else row.resource
    return found


@admin.register(Venue)
class Venues(Page):
    list_display = ("name", "city", "partner", "time_zone")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ["name"]}

    def save_model(self, request: HttpRequest, obj: Venue, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        replan(obj)


class ResourceForm(Form):
    """How many there are is asked once, when the resource is made; later its parts say so."""

    size = forms.IntegerField(
        min_value=1,
        max_value=500,
        initial=1,
        required=False,
        label=str(Words("Quanti ce ne sono", "How many there are")),
    )


class PartLines(Lines):
    model = Part
    fk_name = "resource"
    extra = 0
    autocomplete_fields = ("of", "units")


@admin.register(Resource)
class Resources(Page):
    form = ResourceForm
    list_display = ("name", "venue", "kind", "capacity", "is_active")
    list_filter = ("venue", "kind", "is_active")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ["name"]}
    inlines = (PartLines,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        resource: Resource = form.instance
        size = form.cleaned_data.get("size") or 1
        if not resource.parts.exists():
            if size > 1:
                layout.make_pool(resource, size)
            else:
                layout.make_whole(resource)
        # Units that a resource takes together must queue behind one row.
        layout.join_domains(layout.units_of(layout.takes([resource.pk])))
        replan(resource)


@admin.register(Unit)
class Units(Page):
    list_display = ("name", "venue")
    list_filter = ("venue",)
    search_fields = ("name",)
    fields = ("venue", "name")

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        if not change:
            made = layout.new_unit(obj.venue, obj.name)
            obj.pk, obj.domain, obj._state.adding = made.pk, made.domain, False
            return
        super().save_model(request, obj, form, change)


class HoursForm(Form):
    """Hours of some weekdays, by the venue's clock; 24:00 is midnight, an empty end too."""

    weekdays = forms.TypedMultipleChoiceField(
        coerce=int, choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )
    start = forms.TimeField(initial=time(9))
    end = forms.TimeField(required=False, help_text="24:00 = —")
    first_on = forms.DateField()
    until_on = forms.DateField(required=False)

    class Meta:
        model = OpeningRule
        fields = ("venue", "resource", "label")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("venue")) == bool(data.get("resource")):
            raise ValidationError(
                str(Words("Scegli una sede oppure una risorsa.", "Choose a venue or a resource."))
            )
        return data


@admin.register(OpeningRule)
class OpeningHours(Page):
    """A definition never changes: to change hours, end the old ones (delete) and add the new."""

    form = HoursForm
    list_display = ("__str__", "venue", "resource", "hours")
    list_filter = ("venue",)

    def hours(self, row: OpeningRule) -> str:
        repeat = recurrence.read(row.recurrence)
        days = " ".join(name.split(" ")[0] for number, name in WEEKDAYS if number in repeat.weekdays)
        return f"{days} {repeat.start:%H:%M}–{'24:00' if repeat.end is None else f'{repeat.end:%H:%M}'}"

    def has_change_permission(self, request: HttpRequest, obj: OpeningRule | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: OpeningRule, form: Any, change: bool) -> None:
        data = form.cleaned_data
        scope = scope_of(obj)
        made = opening.set_hours(
            scope, data["weekdays"], data["start"], data["end"],
            first_on=data["first_on"], until_on=data["until_on"], label=data["label"],
        )  # fmt: skip
        obj.pk, obj.recurrence, obj._state.adding = made.pk, made.recurrence, False
        replan(scope)

    def delete_model(self, request: HttpRequest, obj: OpeningRule) -> None:
        scope, kept = scope_of(obj), obj.recurrence
        super().delete_model(request, obj)
        recurrence.forget(kept)
        replan(scope)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            self.delete_model(request, row)


class ClosureForm(Form):
    """From and to by the venue's clock."""

    start = forms.DateTimeField(label=_("from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    end = forms.DateTimeField(label=_("until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    class Meta:
        model = Closure
        fields = ("venue", "resource", "kind", "reason_it", "reason_en", "counts_as_open")
        labels = {"venue": _("venue"), "resource": _("resource")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            zone = self._zone(self.instance)
            for name, at in (("start", self.instance.during.start), ("end", self.instance.during.end)):
                self.initial[name] = at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")

    def _zone(self, row: Closure) -> Any:
        scope = scope_of(row)
        return scope.zone if isinstance(scope, Venue) else scope.venue.zone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("venue")) == bool(data.get("resource")):
            raise ValidationError(
                str(Words("Scegli una sede oppure una risorsa.", "Choose a venue or a resource."))
            )
        scope = data["venue"] or data["resource"].venue
        walls: list[datetime] = [
            data[name].replace(tzinfo=None) for name in ("start", "end") if data.get(name)
        ]
        try:
            self.instance.during = Period(*(strict_instant(wall, scope.zone) for wall in walls))
        except (TypeError, ValueError) as error:
            raise ValidationError(
                str(Words("Il periodo non è valido.", "The period is not valid."))
            ) from error
        return data


@admin.register(Closure)
class Closures(Page):
    form = ClosureForm
    list_display = ("when", "what", "where", "kind")
    list_filter = (("venue", admin.RelatedOnlyFieldListFilter), "kind")
    list_select_related = ("venue", "resource__venue")
    ordering = ("-during",)

    @admin.display(description=_("period"), ordering="during")
    def when(self, row: Closure) -> str:
        """By the clock of its venue, with the year: the same closure comes every winter."""
        scope = scope_of(row)
        zone = scope.zone if isinstance(scope, Venue) else scope.venue.zone
        start, end = row.during.start.astimezone(zone), row.during.end.astimezone(zone)
        return f"{start:%d/%m/%Y %H:%M} – {end:%d/%m/%Y %H:%M}"

    @admin.display(description=_("reason"))
    def what(self, row: Closure) -> str:
        return row.reason_en if get_language() == "en" else row.reason_it

    @admin.display(description=_("venue"))
    def where(self, row: Closure) -> str:
        scope = scope_of(row)
        return str(scope) if isinstance(scope, Venue) else f"{scope.venue} · {scope}"

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        replan(scope_of(obj))
        if change:
            closure_changed.announce(obj)

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        scope = scope_of(obj)
        closure_changed.announce(obj)
        super().delete_model(request, obj)
        replan(scope)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            self.delete_model(request, row)


@admin.register(SchoolHoliday)
class SchoolHolidays(Page):
    list_display = ("region", "name_it", "first_on", "last_on")
    list_filter = ("region",)


LABELS = {
    "step": Words("Passo (minuti)", "Step (minutes)"),
    "least": Words("Durata minima (minuti)", "Least duration (minutes)"),
    "most": Words("Durata massima (minuti)", "Most duration (minutes)"),
    "notice": Words("Preavviso (minuti)", "Notice (minutes)"),
    "horizon_days": Words("Prenotabile fino a (giorni)", "Bookable up to (days)"),
    "set_up": Words("Preparazione (minuti)", "Set-up (minutes)"),
    "clean_up": Words("Riordino (minuti)", "Clean-up (minutes)"),
    "approval": Words("Richiede approvazione", "Needs approval"),
    "daily_limit": Words("Limite al giorno (minuti)", "Limit a day (minutes)"),
    "weekly_limit": Words("Limite a settimana (minuti)", "Limit a week (minutes)"),
    "hold": Words("Durata dell'opzione (minuti)", "Length of a hold (minutes)"),
    "request_days": Words("Giorni per decidere una richiesta", "Days to decide a request"),
    "offer": Words("Per rispondere alla lista d'attesa (minuti)", "To answer the waiting list (minutes)"),
    "rescue_hours": Words("Per rispondere a un soccorso (ore)", "To answer a rescue (hours)"),
    "series_horizon_days": Words("Serie fino a (giorni)", "Series up to (days)"),
    "notice_days": Words("Preavviso (giorni interi)", "Notice (whole days)"),
    "cancel_notice": Words("Disdetta fino a (minuti prima)", "Cancelled until (minutes before)"),
    "others_horizon_days": Words(
        "Prenotabile dagli altri fino a (giorni)", "Bookable by others up to (days)"
    ),
    "least_people": Words("Persone, almeno", "People, at least"),
    "least_age": Words("Età minima (anni)", "Least age (years)"),
}
CLAUSES = Words("Altre regole (JSON, vedi la guida)", "Further rules (JSON, see the guide)")


class RulesForm(Form):
    """A version of the rules, word by word; an empty field leaves what the venue, or the house, says."""

    class Meta:
        model = Rules
        fields = ("venue", "resource", "from_on", "basis")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in LABELS.items():
            label = str(words)
            given = self.instance.data.get(name) if self.instance.pk else None
            if name == "approval":
                choices = [("", "—"), ("yes", "✓"), ("no", "✕")]
                initial = {True: "yes", False: "no"}.get(given, "") if given is not None else ""
                self.fields[name] = forms.ChoiceField(
                    label=label, required=False, choices=choices, initial=initial
                )
            else:
                self.fields[name] = forms.IntegerField(
                    label=label, required=False, min_value=0, initial=given
                )

        further = {n: v for n, v in (self.instance.data or {}).items() if n not in LABELS}
        self.fields["clauses"] = forms.JSONField(label=str(CLAUSES), required=False, initial=further or None)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("venue")) == bool(data.get("resource")):
            raise ValidationError(
                str(Words("Scegli una sede oppure una risorsa.", "Choose a venue or a resource."))
            )
        written = {n: data[n] for n in LABELS if n != "approval" and data.get(n) is not None}
        if data.get("approval"):
            written["approval"] = data["approval"] == "yes"
        if isinstance(data.get("clauses"), dict):
            written |= data["clauses"]
        if data.get("from_on") is None:
            return data
        scope = {"venue": data.get("venue"), "resource": data.get("resource")}
        try:
            check(
                Rules(
                    from_on=data["from_on"], basis=data.get("basis") or Rules.Basis.USE, data=written, **scope
                )
            )
        except Invalid as error:
            raise ValidationError(error.detail) from error
        self.instance.data = written
        return data


@admin.register(Rules)
class BookingRules(Page):
    """A version is never changed: a new one, from a day, takes its place."""

    form = RulesForm
    list_display = ("__str__", "venue", "resource", "from_on", "data")
    list_filter = ("venue", "resource")

    def has_change_permission(self, request: HttpRequest, obj: Rules | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            [(None, {"fields": ["venue", "resource", "from_on", "basis"]})]
            if obj
            else [(None, {"fields": ["venue", "resource", "from_on", "basis", *LABELS, "clauses"]})]
        )

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The rules' own fields are made by the form, not by the model: Django is asked for the model's only.
        return super().get_form(
            request, obj, change, **(kwargs | {"fields": ["venue", "resource", "from_on", "basis"]})
        )
