"""What offices look at: hours by cell of the week and in time, unmet demand, and the bookings behind a figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from string import Formatter
from typing import Any, NamedTuple

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.occupancy import DaysShape, OtherMonth, other_months, reported_days
from booking.judging.reasons import CATALOGUE
from booking.measuring import tally
from booking.measuring.demand import Unmet, unmet
from booking.measuring.figures import BEHIND_BESIDES, FIGURES, Narrowed, behind, bookings_by_month
from booking.measuring.insight import FEWEST, Cut, Line, Scope, lines, of_others, scope, steps, weekday_name
from booking.measuring.tally import ATTENDED, BOOKED, MAINTENANCE, OPENED, OUTAGE, Days
from booking.models import Booking, Item
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
BEFORE = Words(", prima", ", before")
NOTHING_FREE = Words("Niente di libero.", "Nothing free.")
NONE_FITS = Words("Non c'è niente che corrisponda.", "There is nothing that fits.")

MEASURES = {
    OPENED: (Words("Aperte", "Opened"), Words("Ore di apertura, per ogni unità: di una sala divisibile le ore delle sue parti, di tre postazioni tre ore l'ora. In una somma ogni ora di ogni unità conta una volta, anche se la offrono più risorse.", "Opening hours, for each unit: of a hall that is divided those of its parts, of three desks three hours an hour. In a sum each hour of each unit counts once, though several resources offer it.")),
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
    fewest = serializers.IntegerField(help_text="nothing is shown of fewer people than these")
    cells = UnmetHour(many=True)
    resources = Counted(many=True)
    kinds = Counted(many=True)
    reasons = Counted(many=True)


class BehindQuery(InsightQuery, ListQuery):
    figure = serializers.ChoiceField([*FIGURES, *BEHIND_BESIDES], required=False, default="bookings")
    weekday = serializers.IntegerField(required=False, min_value=1, max_value=7)
    hour = serializers.IntegerField(required=False, min_value=0, max_value=23)
    during = serializers.BooleanField(
        required=False,
        default=False,
        help_text="booked for some of that weekday and hour; else those that begin in it",
    )


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
    past = True  # with what is offered no more

    def get(self, request: Request) -> Answer:
        has = allow_somewhere(request.user, "report.see")
        asked = read(self.asks, request)
        days = reported_days(asked["on_from"], asked["on_to"])
        return self.answer(has, asked, days, scope(has, cut_of(asked), past=self.past))

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


class Hours(Report):
    asks = HoursQuery

    @extend_schema(operation_id="report_hours", parameters=[HoursQuery], responses=json_or_table(HoursShape))
    def get(self, request: Request) -> Answer:
        return super().get(request)

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        found = lines(of, days, asked["step"], asked["split"], asked["measure"])
        other = compared(asked, days)
        then = lines(of, other, asked["step"], asked["split"], asked["measure"]) if other else []
        if asked["output"] != "json":
            was = Before(then, steps(other, asked["step"])) if other else None
            return download(_hours_table(found, steps(days, asked["step"]), asked, was), asked["output"])
        return Response(
            in_time(found, days, asked["step"])
            | {
                "compared": in_time(then, other, asked["step"]) if other else None,
                "others": other_months(of_others(has, days, bookings_by_month)),
            }
        )


def compared(asked: dict[str, Any], days: Days) -> Days | None:
    """The days to compare with, if that is asked: what is just before, or the same of last year; whole months with
    whole months."""
    how = asked.get("compare")
    return None if how is None else days.before() if how == "previous" else days.last_year()


def in_time(found: list[Line], days: Days, step: str) -> dict[str, Any]:
    return {
        "days": days_shape(days),
        "steps": steps(days, step),
        "lines": [{"key": line.key, "name": line.name, "minutes": line.minutes} for line in found],
    }


class Before(NamedTuple):
    """The lines compared with, and the days on which their steps begin."""

    lines: Sequence[Line]
    begins: Sequence[date]


def _hours_table(
    found: list[Line], begins: list[date], asked: dict[str, Any], was: Before | None = None
) -> Table:
    """The lines, a row a step; beside each step the one it is compared with, which has days of its own."""
    measures = [m for m in SHOWN if m in asked["measure"]]

    def hours(m: str, when: Words) -> Column:
        it, en = MEASURES[m][0].it, MEASURES[m][0].en
        return Column(Words(f"{it} (min){when.it}", f"{en} (min){when.en}"), Kind.COUNT, summed=True)

    columns = [Column(Words("Dal", "From"), Kind.DAY), Column(Words("Di", "Of"))]
    columns += [hours(m, Words("", "")) for m in measures]
    if was is not None:
        columns.append(Column(Words("Dal, prima", "From, before"), Kind.DAY))
        columns += [hours(m, BEFORE) for m in measures]
    then = {line.key: line for line in was.lines} if was else {}
    many = max(len(begins), len(was.begins) if was else 0)
    rows = (
        [
            _at(begins, n),
            line.name,
            *(_at(line.minutes[m], n) for m in measures),
            *(
                [_at(was.begins, n), *(_at(of_then.minutes[m], n) if of_then else None for m in measures)]
                if was
                else []
            ),
        ]
        for line in found
        for of_then in [then.get(line.key)]
        for n in range(many)
    )
    return Table("hours", columns, rows)


def _at(found: Sequence[Any], n: int) -> Any:
    """The nth, if there are as many: a month may be compared with a longer one."""
    return found[n] if n < len(found) else None


def unmet_of(asked: dict[str, Any], days: Days, of: Scope) -> Unmet:
    """What was wanted in vain of a scope; searches that named no venue or kind count where nothing was narrowed."""
    narrowed = any(asked.get(name) for name in ("venue_id", "resource_id", "partner_id"))
    any_kind = not asked.get("kind") and not asked.get("resource_id")
    named = bool(asked.get("resource_id"))
    return unmet(of, days, whole=not narrowed, any_kind=any_kind, named=named, reason=asked.get("reason"))


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
    return sentence.replace("… …", "…").removesuffix(" …").replace("….", "…")


def _fields(words: Words) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(f"{words.it}{words.en}") if name}


class Behind(View):
    """The bookings that a figure counts, without names: each opens by its own rights."""

    asks: type[BehindQuery] = BehindQuery

    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "report.see")
        asked = read(self.asks, request)
        days = reported_days(asked["on_from"], asked["on_to"])
        of = scope(has, cut_of(asked))
        to = self.narrowed(of, asked)
        found = [] if to is None else behind(asked["figure"], of.ids, days, to)
        rows = Booking.objects.filter(pk__in=found).select_related("venue")
        return Response(page(rows, asked, lambda found: _behind(has, found)) | {"count": len(found)})

    def narrowed(self, of: Scope, asked: dict[str, Any]) -> Narrowed | None:
        """To what; None where there is nothing of that name."""
        return Narrowed(asked.get("weekday"), asked.get("hour"), asked["during"])


def _behind(has: Standing, bookings: Any) -> list[dict[str, Any]]:
    names: dict[Any, list[str]] = {}
    for pk, name in (
        Item.objects.filter(booking__in=bookings).order_by("pk").values_list("booking_id", "resource__name")
    ):
        names.setdefault(pk, []).append(name)
    return [
        {
            "id": encode("bkg", b.pk),
            "code": b.code if has.allows("booking.see", b) else "",
            "state": b.state,
            "attendance": b.attendance,
            "period": b.period,
            "time_zone": b.venue.time_zone,
            "resources": ", ".join(names.get(b.pk, [])),
        }
        for b in bookings
    ]
