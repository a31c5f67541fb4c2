"""The next four weeks as last year's rhythm has them, with how wrong that was before."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.insight import Answer, cut_of
from booking.measuring import tally
from booking.measuring.forecast import AHEAD, YEAR, Forecast, foretell
from booking.measuring.insight import Scope, scope
from booking.measuring.tally import BOOKED, OPENED, Days
from core.clock import ITALY, now
from core.lists import read
from core.openapi import json_or_table
from core.periods import local_date
from core.shapes import IdField, StrictSerializer
from core.tables import Column, Kind, Table, download
from core.views import View
from core.words import Words
from people.models import Partner
from people.roles import allow_somewhere
from spaces.models import Resource, Venue

YEARS = 3  # of the past, at most
KEPT = 3600  # seconds for which a forecast of the same day is not worked out again


class ForecastQuery(StrictSerializer):
    """Of what; nothing said: all that is open to whoever asks."""

    venue_id = IdField(Venue, required=False)
    resource_id = serializers.ListField(child=IdField(Resource), required=False, max_length=500)
    kind = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), required=False)
    partner_id = IdField(Partner, required=False)
    output = serializers.ChoiceField(["json", "csv", "xlsx"], required=False, default="json")


class ForecastDay(serializers.Serializer[Any]):
    on = serializers.DateField()
    opened_minutes = serializers.IntegerField()
    booked_minutes = serializers.IntegerField(help_text="already")
    expected_minutes = serializers.IntegerField(
        allow_null=True, help_text="when the day comes; never less than is booked already"
    )
    last_year_minutes = serializers.IntegerField(help_text="booked on the same weekday 52 weeks before")


class ForecastError(serializers.Serializer[Any]):
    """Of the same method on weeks of the past, each foretold from what was before it."""

    windows = serializers.IntegerField(help_text="times four weeks")
    mean_minutes = serializers.IntegerField(help_text="off, a day, on average")
    off_minutes = serializers.IntegerField(help_text="in all, out of those booked")
    booked_minutes = serializers.IntegerField()


class ForecastShape(serializers.Serializer[Any]):
    method = serializers.ChoiceField(
        ["year", "weeks", "none"], help_text="by last year; by the weeks there are; too short a past"
    )
    past_days = serializers.IntegerField()
    days = ForecastDay(many=True)
    error = ForecastError(allow_null=True)

    class Meta:
        ref_name = "Forecast"


class ForecastReport(View):
    @extend_schema(
        operation_id="report_forecast", parameters=[ForecastQuery], responses=json_or_table(ForecastShape)
    )
    def get(self, request: Request) -> Answer:
        has = allow_somewhere(request.user, "report.see")
        asked = read(ForecastQuery, request)
        shaped = forecast_shape(scope(has, cut_of(asked), past=False))
        return Response(shaped) if asked["output"] == "json" else download(_table(shaped), asked["output"])


def forecast_shape(of: Scope) -> dict[str, Any]:
    """The next days of a scope, today first; two statements, and a cache for what the past says of them."""
    today = local_date(now(), of.resources[0].venue.zone if of.resources else ITALY)
    first = today - timedelta(days=YEARS * YEAR)
    days = Days(first, today + timedelta(days=AHEAD))
    sums = {measure: [0] * days.length for measure in (OPENED, BOOKED)}
    for lines in tally.by_day(of.groups("none"), days, (OPENED, BOOKED)).values():
        for measure, line in lines.items():
            sums[measure] = list(map(int.__add__, sums[measure], line))
    opened, booked = sums[OPENED], sums[BOOKED]
    past = days.length - AHEAD
    begins = next(
        (n for n in range(past) if booked[n]), past
    )  # hours may have been planned long before anybody came
    found = _kept(booked[begins:past], opened[begins:past], opened[past:])
    return {
        "method": found.method,
        "past_days": past - begins,
        "days": [
            {
                "on": today + timedelta(days=n),
                "opened_minutes": opened[past + n],
                "booked_minutes": booked[past + n],
                "expected_minutes": max(found.expected[n], booked[past + n]) if found.expected else None,
                "last_year_minutes": booked[past + n - YEAR],
            }
            for n in range(AHEAD)
        ],
        "error": found.error
        and {
            "windows": found.error.windows,
            "mean_minutes": found.error.mean,
            "off_minutes": found.error.off,
            "booked_minutes": found.error.booked,
        },
    }


def _kept(booked: list[int], opened: list[int], ahead: list[int]) -> Forecast:
    """The forecast, worked out once for the same numbers."""
    told = hashlib.sha256(repr((booked, opened, ahead)).encode()).hexdigest()
    found: Forecast | None = cache.get(f"forecast:{told}")
    if found is None:
        found = foretell(booked, opened, ahead)
        cache.set(f"forecast:{told}", found, KEPT)
    return found


def _table(shaped: dict[str, Any]) -> Table:
    columns = [
        Column(Words("Giorno", "Day"), Kind.DAY),
        Column(Words("Aperte (min)", "Opened (min)"), Kind.COUNT, summed=True),
        Column(Words("Già prenotate (min)", "Booked already (min)"), Kind.COUNT, summed=True),
        Column(Words("Attese (min)", "Expected (min)"), Kind.COUNT, summed=True),
        Column(Words("L'anno prima (min)", "A year before (min)"), Kind.COUNT, summed=True),
    ]
    return Table("forecast", columns, (list(day.values()) for day in shaped["days"]))
