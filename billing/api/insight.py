"""The figures of a period with the money beside the hours, by whatever cuts them."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import monthly_report, takings
from billing.api.settlement_shapes import BehindPage, behind_shapes
from billing.figures import BY, EARNED, Row, figure_rows, raw_key
from billing.models import Entry
from billing.registers import MONTH, cents, month_of
from booking.api.insight import (
    COMPARE,
    MEASURES,
    Answer,
    Definition,
    InsightQuery,
    Minutes,
    Report,
    TableQuery,
    compared,
    cut_of,
    days_shape,
    minutes_shape,
)
from booking.api.insight import definitions as of_hours
from booking.api.occupancy import DaysShape, reported_days
from booking.figures import FIGURES, PEOPLE
from booking.insight import Scope, scope
from booking.tally import Days
from core.clock import now
from core.errors import Invalid, Pointer
from core.lists import ListQuery, page, read
from core.openapi import json_or_table
from core.periods import local_date
from core.shapes import MoneyShape, StrictSerializer
from core.tables import Column, Kind, Table, download
from core.views import View
from core.words import Words, language
from people.consortium import ITALY
from people.roles import Standing, allow_somewhere

MORE = {
    "lead": (Words("Anticipo", "Lead time"), Words("Minuti fra la prenotazione e l'inizio: la mediana delle prenotazioni confermate.", "Minutes between booking and start: the median of the confirmed bookings.")),
    "length": (Words("Durata", "Length"), Words("Minuti di una prenotazione confermata: la mediana.", "Minutes of a confirmed booking: the median.")),
    "takings": (Words("Ricavi", "Revenue"), Words("Incassi netti registrati nel periodo per ciò che si prenota, su tutti quelli del periodo; per piano e programma, delle prenotazioni di chi quel giorno ha il piano o è pagato dal programma.", "Net takings of what is booked, entered in the period, out of all the period's; by plan and programme, of the bookings of who is on the plan that day or is paid for by the programme.")),
    "revenue": (Words("Ricavi per ora aperta", "Revenue per opened hour"), Words("Incassi netti registrati nel periodo, divisi per le ore di apertura.", "Net takings entered in the period, divided by the hours opened.")),
}  # fmt: skip


class CountOf(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    of = serializers.IntegerField()


class FigureCounts(serializers.Serializer[Any]):
    bookings = CountOf()
    ended = CountOf()
    attended = CountOf()
    no_shows = CountOf()
    cancelled = CountOf()
    late_cancellations = CountOf()
    by_members = CountOf()
    people = CountOf()
    returning = CountOf()
    first_timers = CountOf()


class FigureRow(serializers.Serializer[Any]):
    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    minutes = Minutes()
    counts = FigureCounts()
    lead_minutes = serializers.IntegerField(allow_null=True, help_text="median")
    length_minutes = serializers.IntegerField(allow_null=True, help_text="median")
    revenue = MoneyShape(
        allow_null=True,
        help_text="net takings of what is booked; null by hour and weekday, which no sale has",
    )
    revenue_of = MoneyShape(allow_null=True, help_text="all the period's, out of which it is")
    revenue_per_opened_hour = MoneyShape(allow_null=True)


class FiguresShape(serializers.Serializer[Any]):
    days = DaysShape()
    by = serializers.ChoiceField(BY)
    total = FigureRow()
    rows = FigureRow(many=True)
    compared_days = DaysShape(allow_null=True)
    compared_total = FigureRow(allow_null=True)
    compared_rows = FigureRow(many=True, allow_null=True)
    definitions = Definition(many=True)


class FiguresQuery(TableQuery):
    by = serializers.ChoiceField(BY, required=False, default="none")
    compare = serializers.ChoiceField(COMPARE, required=False)


class Figures(Report):
    asks = FiguresQuery

    @extend_schema(
        operation_id="report_figures", parameters=[FiguresQuery], responses=json_or_table(FiguresShape)
    )
    def get(self, request: Request) -> Answer:
        return super().get(request)

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        if asked["output"] != "json":
            return download(figures_table(figure_rows(of, days, asked["by"])), asked["output"])
        rows, total = _with_total(of, days, asked["by"])
        other = compared(asked, days)
        then, total_then = _with_total(of, other, asked["by"]) if other else (None, None)
        return Response(
            {
                "days": days_shape(days),
                "by": asked["by"],
                "total": _shape(total),
                "rows": [_shape(row) for row in rows],
                "compared_days": days_shape(other) if other else None,
                "compared_total": _shape(total_then) if total_then else None,
                "compared_rows": [_shape(row) for row in then] if then is not None else None,
                "definitions": definitions(),
            }
        )


def _with_total(of: Scope, days: Days, by: str) -> tuple[list[Row], Row]:
    rows = figure_rows(of, days, by)
    return rows, rows[0] if by == "none" else figure_rows(of, days, "none")[0]


class TakingsQuery(InsightQuery, ListQuery):
    by = serializers.ChoiceField(EARNED, required=False, default="none")
    key = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)


class TakingsPage(BehindPage):
    count = serializers.IntegerField()
    net = MoneyShape(help_text="of all of them, on every page")


class Takings(View):
    """The entries that a revenue sums up, each with its document; a customer's name where one may see it, which is logged."""

    @extend_schema(operation_id="report_takings", parameters=[TakingsQuery], responses=TakingsPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "report.see")
        asked = read(TakingsQuery, request)
        days = reported_days(asked["on_from"], asked["on_to"])
        of = scope(has, cut_of(asked))
        key = raw_key(of, asked["by"], asked["key"])
        found = [] if key is None else takings.behind(of.ids, days, asked["by"], key)
        rows = Entry.objects.filter(pk__in=found)
        seen = rows.select_related("booking", "document", "issuer__partner__organisation")
        shown = page(seen, asked, lambda some: behind_shapes(some, request), newest_first=False, by="on")
        return Response(shown | {"count": len(found), "net": cents(rows.aggregate(n=Sum("net"))["n"])})


class MonthQuery(StrictSerializer):
    month = serializers.RegexField(MONTH)


class MonthlyReport(View):
    @extend_schema(
        operation_id="report_monthly",
        parameters=[MonthQuery],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> HttpResponse:
        has = allow_somewhere(request.user, "report.see")
        month = month_of(read(MonthQuery, request)["month"])[0]
        if month > local_date(now(), ITALY):
            raise Invalid(pointers=[Pointer("?month", "too-late", "")])
        drawn = monthly_report.draw(has, month, language())
        answer = HttpResponse(drawn, content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{month:%Y-%m}.pdf"'
        return answer


def definitions() -> list[dict[str, str]]:
    """What every figure counts and what it is out of, in the reader's language."""
    counted = {**FIGURES, **PEOPLE}
    return (
        of_hours()
        + [{"key": key, "name": str(f.name), "means": str(f.means)} for key, f in counted.items()]
        + [{"key": key, "name": str(name), "means": str(means)} for key, (name, means) in MORE.items()]
    )


def _shape(row: Row) -> dict[str, Any]:
    counts = row.counts.numbers if row.counts else dict.fromkeys([*FIGURES, *PEOPLE], 0)
    out_of = {**FIGURES, **PEOPLE}
    return {
        "key": row.key,
        "name": row.name,
        "minutes": minutes_shape(row.minutes),
        "counts": {
            name: {"count": counts[name], "of": counts[out_of[name].of]} for name in out_of if name != "stood"
        },
        "lead_minutes": row.counts.lead if row.counts else None,
        "length_minutes": row.counts.length if row.counts else None,
        "revenue": row.revenue,
        "revenue_of": row.revenue_of,
        "revenue_per_opened_hour": row.per_hour,
    }


def figures_table(rows: list[Row]) -> Table:
    """The figures as a table: counts beside what they are out of, hours as minutes."""
    counted = {**FIGURES, **PEOPLE}
    columns = [
        Column(Words("Di", "Of")),
        *(
            Column(Words(f"{n.it} (min)", f"{n.en} (min)"), Kind.COUNT, summed=True)
            for n, _ in MEASURES.values()
        ),
        *(Column(f.name, Kind.COUNT) for f in counted.values()),
        Column(Words("Anticipo, mediana (min)", "Lead time, median (min)"), Kind.COUNT),
        Column(Words("Durata, mediana (min)", "Length, median (min)"), Kind.COUNT),
        Column(Words("Ricavi netti", "Net takings"), Kind.MONEY, summed=True),
        Column(Words("su", "out of"), Kind.MONEY),
        Column(Words("Ricavi per ora aperta", "Takings per opened hour"), Kind.MONEY),
    ]
    return Table("figures", columns, (_cells(row) for row in rows))


def _cells(row: Row) -> list[Any]:
    shaped = _shape(row)
    counts = row.counts.numbers if row.counts else dict.fromkeys([*FIGURES, *PEOPLE], 0)
    return [
        row.name,
        *shaped["minutes"].values(),
        *(counts[name] for name in {**FIGURES, **PEOPLE}),
        shaped["lead_minutes"],
        shaped["length_minutes"],
        row.revenue,
        row.revenue_of,
        row.per_hour,
    ]
