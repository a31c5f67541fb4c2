"""What offices look at: hours by cell of the week and in time, unmet demand, and the bookings behind a figure."""

from __future__ import annotations

from datetime import date
from string import Formatter
from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking import tally
from booking.api.occupancy import DaysShape, OtherMonth, other_months, reported_days
from booking.demand import Unmet, unmet
from booking.figures import BEHIND_PEOPLE, FIGURES, behind, bookings_by_month
from booking.insight import FEWEST, Cut, Line, Scope, lines, of_others, scope, steps, weekday_name
from booking.models import Booking, Item
from booking.reasons import CATALOGUE
from booking.tally import ATTENDED, BOOKED, MAINTENANCE, OPENED, OUTAGE, Days
from core.ids import encode
from core.lists import ListQuery, page, read
from core.openapi import json_or_table
from core.shapes import IdField, ListShape, PeriodShape, StrictSerializer
from core.tables import Column, Kind, Table, download
from core.views import View
from core.words import Words
from people.models import Partner
from people.roles import Standing, allow_somewhere
from spaces.models import Resource, Venue

STEPS = ("day", "week", "month")
SPLITS = ("none", "resource", "kind", "venue", "partner")
SHOWN = (OPENED, BOOKED, ATTENDED, MAINTENANCE, OUTAGE)
COMPARE = ("previous", "year")
NOTHING_FREE = Words("Niente di libero.", "Nothing free.")
NONE_FITS = Words("Non c'è niente che corrisponda.", "There is nothing that fits.")

MEASURES = {
    OPENED: (Words("Aperte", "Opened"), Words("Ore di apertura, per ogni unità della risorsa.", "Opening hours, for each unit of the resource.")),
    BOOKED: (Words("Prenotate", "Booked"), Words("Ore prenotate e confermate, su quelle aperte.", "Hours booked and confirmed, out of those opened.")),
    ATTENDED: (Words("Frequentate", "Attended"), Words("Ore prenotate da chi è venuto, su quelle prenotate.", "Hours booked by who came, out of those booked.")),
    MAINTENANCE: (Words("Manutenzione", "Maintenance"), Words("Ore bloccate per manutenzione, su quelle aperte.", "Hours blocked for maintenance, out of those opened.")),
    OUTAGE: (Words("Fuori servizio", "Out of order"), Words("Ore in cui la risorsa era fuori servizio, su quelle aperte.", "Hours in which the resource was out of order, out of those opened.")),
}  # fmt: skip


class InsightQuery(StrictSerializer):
    """Which days of what; nothing said of what: all that is open to whoever asks."""

    on_from = serializers.DateField()
    on_to = serializers.DateField(help_text="excluded")
    venue_id = IdField(Venue, required=False)
    resource_id = serializers.ListField(child=IdField(Resource), required=False, max_length=500)
    kind = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), required=False)
    partner_id = IdField(Partner, required=False)


class TableQuery(InsightQuery):
    output = serializers.ChoiceField(["json", "csv", "xlsx"], required=False, default="json")


class Minutes(serializers.Serializer[Any]):
    opened = serializers.IntegerField()
    booked = serializers.IntegerField()
    attended = serializers.IntegerField()
    maintenance = serializers.IntegerField()
    outage = serializers.IntegerField()


class Definition(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    means = serializers.CharField()


class HeatHour(Minutes):
    weekday = serializers.IntegerField(help_text="1 Monday")
    hour = serializers.IntegerField(help_text="of the venue's clock")
    unmet = serializers.IntegerField(allow_null=True, help_text="searches and attempts in vain; none below 3")


class HeatShape(serializers.Serializer[Any]):
    days = DaysShape()
    minutes = Minutes()
    cells = HeatHour(many=True)
    definitions = Definition(many=True)


class HoursQuery(TableQuery):
    step = serializers.ChoiceField(STEPS, required=False, default="day")
    split = serializers.ChoiceField(SPLITS, required=False, default="none")
    measure = serializers.ListField(
        child=serializers.ChoiceField(SHOWN), required=False, default=[OPENED, BOOKED, ATTENDED]
    )
    compare = serializers.ChoiceField(COMPARE, required=False)


class SeriesMinutes(serializers.Serializer[Any]):
    opened = serializers.ListField(child=serializers.IntegerField(), required=False)
    booked = serializers.ListField(child=serializers.IntegerField(), required=False)
    attended = serializers.ListField(child=serializers.IntegerField(), required=False)
    maintenance = serializers.ListField(child=serializers.IntegerField(), required=False)
    outage = serializers.ListField(child=serializers.IntegerField(), required=False)


class LineShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    minutes = SeriesMinutes()


class InTime(serializers.Serializer[Any]):
    days = DaysShape()
    steps = serializers.ListField(child=serializers.DateField())
    lines = LineShape(many=True)


class HoursShape(InTime):
    compared = InTime(allow_null=True)
    others = OtherMonth(many=True, help_text="other partners, whole months whatever the filters")


class Counted(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()


class DemandQuery(TableQuery):
    reason = serializers.CharField(required=False, max_length=40)


class UnmetHour(serializers.Serializer[Any]):
    weekday = serializers.IntegerField()
    hour = serializers.IntegerField()
    count = serializers.IntegerField()


class DemandShape(serializers.Serializer[Any]):
    days = DaysShape()
    total = serializers.IntegerField()
    fewest = serializers.IntegerField(help_text="nothing is shown below this")
    cells = UnmetHour(many=True)
    resources = Counted(many=True)
    kinds = Counted(many=True)
    reasons = Counted(many=True)


class BehindQuery(InsightQuery, ListQuery):
    figure = serializers.ChoiceField([*FIGURES, *BEHIND_PEOPLE], required=False, default="bookings")
    weekday = serializers.IntegerField(required=False, min_value=1, max_value=7)
    hour = serializers.IntegerField(required=False, min_value=0, max_value=23)


class BookingBehind(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    state = serializers.ChoiceField(Booking.State.choices)
    attendance = serializers.ChoiceField(Booking.Attendance.choices)
    period = PeriodShape()
    time_zone = serializers.CharField()
    resources = serializers.CharField()


class FigureBookings(ListShape):
    data = BookingBehind(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()


Answer = Response | HttpResponse | StreamingHttpResponse | FileResponse


class Report(View):
    """A report over what is open to an office; a partner's own detail, never a stranger's."""

    asks: type[InsightQuery] = TableQuery

    def get(self, request: Request) -> Answer:
        has = allow_somewhere(request.user, "report.see")
        asked = read(self.asks, request)
        days = reported_days(asked["on_from"], asked["on_to"])
        return self.answer(has, asked, days, scope(has, cut_of(asked)))

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        raise LookupError(type(self).__name__)


def cut_of(asked: dict[str, Any]) -> Cut:
    return Cut(
        asked.get("venue_id"),
        asked.get("resource_id") or (),
        asked.get("kind") or (),
        asked.get("partner_id"),
    )


def days_shape(days: Days) -> dict[str, date]:
    return {"on_from": days.first, "on_to": days.last}


def minutes_shape(found: tally.Minutes) -> dict[str, int]:
    return {measure: found.get(measure, 0) for measure in SHOWN}


def definitions() -> list[dict[str, str]]:
    return [{"key": key, "name": str(name), "means": str(means)} for key, (name, means) in MEASURES.items()]


class Heat(Report):
    @extend_schema(operation_id="report_heat", parameters=[TableQuery], responses=json_or_table(HeatShape))
    def get(self, request: Request) -> Answer:
        return super().get(request)

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        found = tally.by_hour(of.ids, days, SHOWN)
        wanted = unmet_of(asked, days, of).heat
        places = sorted({*found, *wanted})
        if asked["output"] != "json":
            return download(_heat_table(places, found, wanted), asked["output"])
        whole: tally.Minutes = {}
        for minutes in found.values():
            whole = {m: whole.get(m, 0) + minutes.get(m, 0) for m in SHOWN}
        return Response(
            {
                "days": days_shape(days),
                "minutes": minutes_shape(whole),
                "cells": [
                    {"weekday": day, "hour": hour, "unmet": wanted.get((day, hour))}
                    | minutes_shape(found.get((day, hour), {}))
                    for day, hour in places
                ],
                "definitions": definitions(),
            }
        )


def _heat_table(
    places: list[tuple[int, int]],
    found: dict[tuple[int, int], tally.Minutes],
    wanted: dict[tuple[int, int], int],
) -> Table:
    columns = [
        Column(Words("Giorno", "Weekday")),
        Column(Words("Ora", "Hour"), Kind.COUNT),
        *(
            Column(Words(f"{name.it} (min)", f"{name.en} (min)"), Kind.COUNT, summed=True)
            for name, _ in MEASURES.values()
        ),
        Column(Words("Cercate invano", "Wanted in vain"), Kind.COUNT, summed=True),
    ]
    rows = (
        [
            weekday_name(day),
            hour,
            *(minutes_shape(found.get((day, hour), {})).values()),
            wanted.get((day, hour)),
        ]
        for day, hour in places
    )
    return Table("heat", columns, rows)


class Hours(Report):
    asks = HoursQuery

    @extend_schema(operation_id="report_hours", parameters=[HoursQuery], responses=json_or_table(HoursShape))
    def get(self, request: Request) -> Answer:
        return super().get(request)

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        found = lines(of, days, asked["step"], asked["split"], asked["measure"])
        if asked["output"] != "json":
            return download(_hours_table(found, steps(days, asked["step"]), asked), asked["output"])
        other = compared(asked, days)
        return Response(
            in_time(found, days, asked["step"])
            | {
                "compared": in_time(
                    lines(of, other, asked["step"], asked["split"], asked["measure"]), other, asked["step"]
                )
                if other
                else None,
                "others": other_months(of_others(has, days, bookings_by_month)),
            }
        )


def compared(asked: dict[str, Any], days: Days) -> Days | None:
    """The days to compare with, if that is asked: as many just before, or the same weekdays of last year."""
    how = asked.get("compare")
    return None if how is None else days.before() if how == "previous" else days.a_year_before()


def in_time(found: list[Line], days: Days, step: str) -> dict[str, Any]:
    return {
        "days": days_shape(days),
        "steps": steps(days, step),
        "lines": [{"key": line.key, "name": line.name, "minutes": line.minutes} for line in found],
    }


def _hours_table(found: list[Line], begins: list[date], asked: dict[str, Any]) -> Table:
    measures = [m for m in SHOWN if m in asked["measure"]]
    columns = [
        Column(Words("Dal", "From"), Kind.DAY),
        Column(Words("Di", "Of")),
        *(
            Column(Words(f"{MEASURES[m][0].it} (min)", f"{MEASURES[m][0].en} (min)"), Kind.COUNT, summed=True)
            for m in measures
        ),
    ]
    rows = (
        [day, line.name, *(line.minutes[m][n] for m in measures)]
        for line in found
        for n, day in enumerate(begins)
    )
    return Table("hours", columns, rows)


def unmet_of(asked: dict[str, Any], days: Days, of: Scope) -> Unmet:
    """What was wanted in vain of a scope; searches that named no venue or kind count where nothing was narrowed."""
    narrowed = any(asked.get(name) for name in ("venue_id", "resource_id", "partner_id"))
    any_kind = not asked.get("kind") and not asked.get("resource_id")
    return unmet(of.resources, days, whole=not narrowed, any_kind=any_kind, reason=asked.get("reason"))


class DemandReport(Report):
    asks = DemandQuery

    @extend_schema(
        operation_id="report_demand", parameters=[DemandQuery], responses=json_or_table(DemandShape)
    )
    def get(self, request: Request) -> Answer:
        return super().get(request)

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        found = unmet_of(asked, days, of)
        if asked["output"] != "json":
            columns = [
                Column(Words("Giorno", "Weekday")),
                Column(Words("Ora", "Hour"), Kind.COUNT),
                Column(Words("Cercate invano", "Wanted in vain"), Kind.COUNT, summed=True),
            ]
            rows = ([weekday_name(day), hour, n] for (day, hour), n in found.heat.items())
            return download(Table("demand", columns, rows), asked["output"])
        names = {r.pk: r.name for r in of.resources}
        kinds = dict(Resource.Kind.choices)
        return Response(
            {
                "days": days_shape(days),
                "total": found.total,
                "fewest": FEWEST,
                "cells": [
                    {"weekday": day, "hour": hour, "count": n} for (day, hour), n in found.heat.items()
                ],
                "resources": [
                    {"key": encode("res", pk), "name": names[pk], "count": n}
                    for pk, n in _most(found.resources)
                ],
                "kinds": [
                    {"key": k, "name": str(kinds.get(k, k)), "count": n} for k, n in _most(found.kinds)
                ],
                "reasons": [{"key": c, "name": said(c), "count": n} for c, n in _most(found.reasons)],
            }
        )


def _most(counts: dict[Any, int]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda found: (-found[1], str(found[0])))


def said(code: str) -> str:
    """A reason in a few words, without the numbers of any one case."""
    known = {"nothing-free": NOTHING_FREE, "none-fits": NONE_FITS}
    if code in known:
        return str(known[code])
    words = CATALOGUE[code][0] if code in CATALOGUE else None
    sentence = words.say(**dict.fromkeys(_fields(words), "…")) if words else code
    return sentence.replace("… …", "…")


def _fields(words: Words) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(f"{words.it}{words.en}") if name}


class Behind(View):
    """The bookings that a figure counts, without names: each opens by its own rights."""

    @extend_schema(operation_id="report_bookings", parameters=[BehindQuery], responses=FigureBookings)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "report.see")
        asked = read(BehindQuery, request)
        days = reported_days(asked["on_from"], asked["on_to"])
        of = scope(has, cut_of(asked))
        found = behind(asked["figure"], of.ids, days, asked.get("weekday"), asked.get("hour"))
        rows = Booking.objects.filter(pk__in=found).select_related("venue")
        return Response(page(rows, asked, _behind) | {"count": len(found)})


def _behind(bookings: Any) -> list[dict[str, Any]]:
    names: dict[Any, list[str]] = {}
    for pk, name in (
        Item.objects.filter(booking__in=bookings).order_by("pk").values_list("booking_id", "resource__name")
    ):
        names.setdefault(pk, []).append(name)
    return [
        {
            "id": encode("bkg", b.pk),
            "code": b.code,
            "state": b.state,
            "attendance": b.attendance,
            "period": b.period,
            "time_zone": b.venue.time_zone,
            "resources": ", ".join(names.get(b.pk, [])),
        }
        for b in bookings
    ]
