"""The closure calendar: what closing some days would cost, before it is decided."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.books.closures import ClosingCost, closing_cost
from booking.api.insight import Answer, Report, TableQuery, days_shape
from booking.api.occupancy import DaysShape
from booking.measuring.insight import Scope
from booking.measuring.tally import Days
from core.ids import encode
from core.openapi import json_or_table
from core.shapes import MoneyShape
from core.tables import Column, Kind, Table, download
from core.words import Words
from people.roles import Standing


class DayCostShape(serializers.Serializer[Any]):
    on = serializers.DateField()
    bookings = serializers.IntegerField()
    requests = serializers.IntegerField(help_text="that wait for staff; no part of the rest")
    booked_minutes = serializers.IntegerField()
    paid = MoneyShape(help_text="net")
    opened_minutes = serializers.IntegerField()
    last_year_minutes = serializers.IntegerField(help_text="booked on the same weekday 52 weeks before")
    likely_minutes = serializers.IntegerField(
        help_text="that would still be booked, if this year went like the last"
    )


class ResourceCost(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    bookings = serializers.IntegerField()
    booked_minutes = serializers.IntegerField()
    paid = MoneyShape()


class ClosingCostShape(serializers.Serializer[Any]):
    days = DaysShape()
    bookings = serializers.IntegerField(help_text="that stand there now, each once")
    requests = serializers.IntegerField(help_text="that wait for staff, each once; no part of the rest")
    booked_minutes = serializers.IntegerField()
    paid = MoneyShape(help_text="net, what these bookings have paid so far")
    likely_minutes = serializers.IntegerField()
    an_hour = MoneyShape(allow_null=True, help_text="net a booked hour, last twelve months")
    likely = MoneyShape(allow_null=True, help_text="net, what the likely minutes would bring")
    each_day = DayCostShape(many=True)
    resources = ResourceCost(many=True)


class ClosureCost(Report):
    past = False

    @extend_schema(
        operation_id="report_closure", parameters=[TableQuery], responses=json_or_table(ClosingCostShape)
    )
    def get(self, request: Request) -> Answer:
        return super().get(request)

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        found = closing_cost(of, days)
        if asked["output"] != "json":
            return download(_table(found), asked["output"])
        return Response(_shape(found, of, days))


def _shape(found: ClosingCost, of: Scope, days: Days) -> dict[str, Any]:
    names = {r.pk: r.name for r in of.resources}
    return {
        "days": days_shape(days),
        "bookings": found.bookings,
        "requests": found.requests,
        "booked_minutes": sum(day.minutes for day in found.days),
        "paid": found.paid,
        "likely_minutes": sum(day.likely for day in found.days),
        "an_hour": found.an_hour,
        "likely": found.likely,
        "each_day": [
            {
                "on": day.on,
                "bookings": day.bookings,
                "requests": day.requests,
                "booked_minutes": day.minutes,
                "paid": day.paid,
                "opened_minutes": day.opened,
                "last_year_minutes": day.last_year,
                "likely_minutes": day.likely,
            }
            for day in found.days
        ],
        "resources": [
            {
                "id": encode("res", pk),
                "name": names[pk],
                "bookings": many,
                "booked_minutes": minutes,
                "paid": paid,
            }
            for pk, (many, minutes, paid) in sorted(found.resources.items(), key=lambda row: -row[1][1])
        ],
    }


def _table(found: ClosingCost) -> Table:
    columns = [
        Column(Words("Giorno", "Day"), Kind.DAY),
        Column(Words("Prenotazioni", "Bookings"), Kind.COUNT),
        Column(Words("Richieste", "Requests"), Kind.COUNT),
        Column(Words("Prenotate (min)", "Booked (min)"), Kind.COUNT, summed=True),
        Column(Words("Pagato netto", "Paid, net"), Kind.MONEY, summed=True),
        Column(Words("Aperte (min)", "Opened (min)"), Kind.COUNT, summed=True),
        Column(Words("L'anno prima (min)", "A year before (min)"), Kind.COUNT, summed=True),
        Column(Words("Probabili (min)", "Likely (min)"), Kind.COUNT, summed=True),
    ]
    rows = (
        [day.on, day.bookings, day.requests, day.minutes, day.paid, day.opened, day.last_year, day.likely]
        for day in found.days
    )
    return Table("closure", columns, rows)
