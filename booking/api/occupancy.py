"""The managers' report of hours, as JSON and as CSV of what is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.measuring.figures import bookings_by_month
from booking.measuring.insight import Cut, OfOthers, of_others, scope
from booking.measuring.occupancy import Occupancy, occupancy
from booking.measuring.tally import Days
from core.errors import Forbidden, Invalid, Missing, Pointer, WindowTooWide
from core.files import sent_as
from core.ids import encode
from core.lists import read
from core.openapi import json_or_csv
from core.shapes import IdField, RefShape, StrictSerializer, ref
from core.views import View
from people.roles import MAY, Standing, allow_somewhere, consortium_of
from spaces.models import Resource, Venue

WIDEST = 800


class Ratio(serializers.Serializer[Any]):
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()


class Used(serializers.Serializer[Any]):
    opened_minutes = serializers.IntegerField()
    booked_minutes = serializers.IntegerField()
    attended_minutes = serializers.IntegerField()
    occupancy = Ratio()


class HeatCell(Used):
    weekday = serializers.IntegerField()
    hour = serializers.IntegerField()


class ResourceUsed(Used):
    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Resource.Kind.choices)
    units = serializers.IntegerField()
    blocked_minutes = serializers.IntegerField()
    padding_minutes = serializers.IntegerField()


class MonthUsed(Used):
    month = serializers.CharField()


class DaysShape(serializers.Serializer[Any]):
    on_from = serializers.DateField()
    on_to = serializers.DateField()


class OtherMonth(serializers.Serializer[Any]):
    partner = RefShape()
    month = serializers.CharField()
    opened_minutes = serializers.IntegerField(allow_null=True, help_text="null below 3 bookings")
    booked_minutes = serializers.IntegerField(allow_null=True)


class OccupancyShape(serializers.Serializer[Any]):
    """Of the venue's resources those that are open to who asks; of other partners whole months."""

    venue = RefShape()
    days = DaysShape()
    totals = Used()
    heat = HeatCell(many=True)
    resources = ResourceUsed(many=True)
    months = MonthUsed(many=True)
    others = OtherMonth(many=True, help_text="other partners, whole months whatever the filters")


class OccupancyQuery(StrictSerializer):
    venue_id = IdField(Venue)
    on_from = serializers.DateField()
    on_to = serializers.DateField(help_text="excluded")
    resource_id = serializers.ListField(child=IdField(Resource), required=False, max_length=200)
    output = serializers.ChoiceField(["json", "csv"], required=False, default="json")
    part = serializers.ChoiceField(["heat", "resources", "months"], required=False, default="resources")


def reported_days(first: date, last: date) -> Days:
    """The days asked for. Raises Invalid, WindowTooWide."""
    if not date(2000, 1, 1) <= first < last <= date(2100, 1, 1):
        raise Invalid(pointers=[Pointer("?on_to", "empty", "")])
    if (last - first).days > WIDEST:
        raise WindowTooWide(days=WIDEST)
    return Days(first, last)


def may_report(has: Standing, venue: Venue) -> None:
    """Managers and accountants of any partner of the venue's consortium may read its hours. Raises Forbidden."""
    partners = has.partners(*MAY["report.see"])
    if not has.administrator and not partners.intersection(consortium_of(venue.partner_id)):
        raise Forbidden


class OccupancyReport(View):
    @extend_schema(
        operation_id="report_occupancy", parameters=[OccupancyQuery], responses=json_or_csv(OccupancyShape)
    )
    def get(self, request: Request) -> Response | HttpResponse:
        has = allow_somewhere(request.user, "report.see")
        asked = read(OccupancyQuery, request)
        venue = Venue.objects.filter(pk=asked["venue_id"]).first()
        if venue is None:
            raise Missing
        may_report(has, venue)
        days = reported_days(asked["on_from"], asked["on_to"])
        found = occupancy(scope(has, Cut(venue.pk, asked.get("resource_id") or ())), days)
        shaped = shape(venue, asked, found)
        if asked["output"] == "csv":
            return as_csv(shaped[asked["part"]])
        return Response(shaped | {"others": other_months(of_others(has, days, bookings_by_month))})


def other_months(found: Iterable[OfOthers]) -> list[dict[str, Any]]:
    return [
        {
            "partner": ref(o.partner),
            "month": o.month,
            "opened_minutes": o.opened,
            "booked_minutes": o.booked,
        }
        for o in found
    ]


def used(opened: int, booked: int, attended: int) -> dict[str, Any]:
    return {
        "opened_minutes": opened,
        "booked_minutes": booked,
        "attended_minutes": attended,
        "occupancy": {"numerator": booked, "denominator": opened},
    }


def shape(venue: Venue, asked: dict[str, Any], found: Occupancy) -> dict[str, Any]:
    r = found.resources
    return {
        "venue": ref(venue),
        "days": {"on_from": asked["on_from"], "on_to": asked["on_to"]},
        "totals": used(*found.whole),
        "heat": [{"weekday": day, "hour": hour} | used(*minutes) for day, hour, *minutes in found.heat],
        "resources": [
            {"id": encode("res", x.id), "name": x.name, "kind": x.kind, "units": x.units}
            | used(x.opened, x.booked, x.attended)
            | {"blocked_minutes": x.blocked, "padding_minutes": x.padding}
            for x in r
        ],
        "months": [{"month": month} | used(*minutes) for month, *minutes in found.months],
    }


def as_csv(rows: list[dict[str, Any]]) -> HttpResponse:
    """What is shown, as lines; every ratio as its two numbers."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = [name for name in (rows[0] if rows else {}) if name != "occupancy"]
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in names])
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = sent_as("occupancy.csv")
    return answer


def _cell(value: Any) -> str:
    text = str(value)
    return (
        f"'{text}"
        if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not isinstance(value, int)
        else text
    )
