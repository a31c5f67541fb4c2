"""The figures of a period with the money beside the hours, by whatever cuts them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.settlement_shapes import BehindPage, behind_shapes
from billing.books import monthly_report, takings
from billing.books.figures import BY, Row, figure_rows, raw_key
from billing.budgets.cuts import CUTS
from billing.models import Entry
from billing.papers.registers import MONTH, cents, month_of
from booking.api.insight import (
    BEFORE,
    COMPARE,
    MEASURES,
    Answer,
    Behind,
    BehindQuery,
    Definition,
    FigureBookings,
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
from booking.measuring.figures import FIGURES, PEOPLE, Narrowed
from booking.measuring.insight import Scope, scope
from booking.measuring.tally import OPENED, Days
from core.clock import ITALY, now
from core.errors import Invalid, Pointer
from core.files import sent_as
from core.lists import ListQuery, page, read
from core.money import ZERO
from core.openapi import json_or_table
from core.periods import local_date
from core.shapes import MoneyShape, StrictSerializer
from core.tables import TOTAL, Column, Kind, Table, download
from core.views import View
from core.words import Words, language
from people.roles import Standing, allow_somewhere

MORE = {
    "lead": (Words("Anticipo", "Lead time"), Words("Minuti fra la prenotazione e l'inizio: la mediana delle prenotazioni confermate.", "Minutes between booking and start: the median of the confirmed bookings.")),
    "length": (Words("Durata", "Length"), Words("Minuti di una prenotazione confermata: la mediana.", "Minutes of a confirmed booking: the median.")),
    "takings": (Words("Ricavi", "Revenue"), Words("Incassi netti registrati nel periodo per ciò che si prenota, su tutti quelli del periodo; per piano e programma, delle prenotazioni di chi quel giorno ha il piano o è pagato dal programma; per ora e giorno della settimana, divisi sul tempo prenotato.", "Net takings of what is booked, entered in the period, out of all the period's; by plan and programme, of the bookings of who is on the plan that day or is paid for by the programme; by hour and weekday, spread over the time booked.")),
    "fees": (Words("Quote dei piani", "Plan fees"), Words("Quanto chi è abbonato ha pagato per il piano, netto, registrato nel periodo nelle sedi guardate per intero; è a parte dai ricavi di ciò che si prenota.", "What members paid for the plan itself, net, entered in the period at the venues looked at whole; apart from the revenue of what is booked.")),
    "revenue": (Words("Ricavi per ora aperta", "Revenue per opened hour"), Words("Incassi netti registrati nel periodo, divisi per le ore di apertura.", "Net takings entered in the period, divided by the hours opened.")),
}  # fmt: skip


SHARED = Words(
    "Ore di apertura di tutto, per chiunque: sono le stesse per ogni riga, perciò non si sommano.",
    "Hours opened of everything, for whoever: the same for every row, and therefore not added up.",
)


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
        help_text="net takings of what is booked; by hour and weekday spread over the time booked"
    )
    revenue_of = MoneyShape(help_text="all the period's, out of which it is")
    revenue_per_opened_hour = MoneyShape(allow_null=True)
    fees = MoneyShape(
        allow_null=True,
        help_text="net fees of plans, beside revenue; null where narrowed or cut by things, hours, programmes",
    )
    fees_of = MoneyShape(allow_null=True, help_text="all the period's, out of which they are")


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
        rows, total = _with_total(of, days, asked["by"])
        other = compared(asked, days)
        then, total_then = _with_total(of, other, asked["by"]) if other else (None, None)
        if asked["output"] != "json":
            was = (then, total_then) if then is not None and total_then is not None else None
            return download(figures_table(rows, total, asked["by"], was), asked["output"])
        return Response(
            {
                "days": days_shape(days),
                "by": asked["by"],
                "total": _shape(total),
                "rows": [_shape(row) for row in rows],
                "compared_days": days_shape(other) if other else None,
                "compared_total": _shape(total_then) if total_then else None,
                "compared_rows": [_shape(row) for row in then] if then is not None else None,
                "definitions": definitions(asked["by"]),
            }
        )


def _with_total(of: Scope, days: Days, by: str) -> tuple[list[Row], Row]:
    rows = figure_rows(of, days, by)
    return rows, rows[0] if by == "none" else figure_rows(of, days, "none")[0]


class BookingsQuery(BehindQuery):
    by = serializers.ChoiceField(BY, required=False, default="none")
    key = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=40, help_text="of that row of the figures"
    )


class BookingsBehind(Behind):
    asks = BookingsQuery

    @extend_schema(operation_id="report_bookings", parameters=[BookingsQuery], responses=FigureBookings)
    def get(self, request: Request) -> Response:
        return super().get(request)

    def narrowed(self, of: Scope, asked: dict[str, Any]) -> Narrowed | None:
        by, to = asked["by"], super().narrowed(of, asked)
        one = raw_key(of, by, asked["key"])
        return None if to is None or one is None else replace(to, by=CUTS.get(by, by), one=one)


class TakingsQuery(InsightQuery, ListQuery):
    by = serializers.ChoiceField(BY, required=False, default="none")
    what = serializers.ChoiceField(["bookings", "fees"], required=False, default="bookings")
    key = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)


class TakingsPage(BehindPage):
    count = serializers.IntegerField()
    net = MoneyShape(help_text="of all of them, on every page")
    part = MoneyShape(
        allow_null=True, help_text="what of it is the hour's or weekday's; null by what is not in time"
    )


class Takings(View):
    """The entries that a revenue sums up, each with its document; a customer's name where one may see it, which is logged."""

    @extend_schema(operation_id="report_takings", parameters=[TakingsQuery], responses=TakingsPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "report.see")
        asked = read(TakingsQuery, request)
        days = reported_days(asked["on_from"], asked["on_to"])
        of = scope(has, cut_of(asked))
        key = raw_key(of, asked["by"], asked["key"])
        if key is None and asked["by"] in takings.IN_TIME:
            raise Invalid(pointers=[Pointer("?key", "invalid", "")])
        found = self._found(of, days, asked, key)
        rows = Entry.objects.filter(pk__in=found)
        seen = rows.select_related("booking__venue", "document", "issuer__partner__organisation")
        shown = page(seen, asked, lambda some: behind_shapes(some, request), newest_first=False, by="on")
        net = cents(rows.aggregate(n=Sum("net"))["n"])
        in_time = asked["what"] == "bookings" and asked["by"] in takings.IN_TIME
        part = takings.in_time(of.ids, days, asked["by"]).get(key or "", ZERO) if in_time else None
        return Response(shown | {"count": len(found), "net": net, "part": part})

    def _found(self, of: Scope, days: Days, asked: dict[str, Any], key: str | None) -> list[UUID]:
        by: str = asked["by"]
        if key is None:
            return []
        if asked["what"] == "bookings":
            return takings.behind(of.ids, days, by, key)
        return takings.behind_fees(of.venues, days, by, key) if by in takings.FEE_KEYS else []


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
        answer["Content-Disposition"] = sent_as(f"{month:%Y-%m}.pdf", inline=True)
        return answer


def definitions(by: str) -> list[dict[str, str]]:
    """What every figure counts and what it is out of, by this cut, in the reader's language."""
    counted = {**FIGURES, **PEOPLE}
    hours = of_hours()
    if by in CUTS:
        hours = [d | {"means": str(SHARED)} if d["key"] == OPENED else d for d in hours]
    return (
        hours
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
        "fees": row.fees,
        "fees_of": row.fees_of,
    }


def figures_table(rows: list[Row], total: Row, by: str, was: tuple[list[Row], Row] | None = None) -> Table:
    """The figures as a table: counts beside what they are out of, hours as minutes; the last row is the whole's own
    figures, since people, medians and what every row is out of do not add up. What they are compared with, if anything,
    stands in the columns after them."""
    counted = {**FIGURES, **PEOPLE}
    own = [
        *((_minutes_of(name, by), Kind.COUNT) for name in MEASURES),
        *((f.name, Kind.COUNT) for f in counted.values()),
        (Words("Anticipo, mediana (min)", "Lead time, median (min)"), Kind.COUNT),
        (Words("Durata, mediana (min)", "Length, median (min)"), Kind.COUNT),
        (Words("Ricavi netti", "Net takings"), Kind.MONEY),
        (Words("su", "out of"), Kind.MONEY),
        (Words("Ricavi per ora aperta", "Takings per opened hour"), Kind.MONEY),
        (Words("Quote dei piani, nette", "Plan fees, net"), Kind.MONEY),
    ]
    columns = [Column(Words("Di", "Of")), *(Column(*one) for one in own)]
    if was is not None:
        columns += [Column(Words(f"{w.it}{BEFORE.it}", f"{w.en}{BEFORE.en}"), kind) for w, kind in own]
    then = {row.key: _cells(row)[1:] for row in was[0]} if was else {}

    def told(row: Row, before: list[Any] | None) -> list[Any]:
        return [*_cells(row), *((before or [None] * len(own)) if was else [])]

    whole = None
    if by != "none":
        whole = [TOTAL.say(), *told(total, _cells(was[1])[1:] if was else None)[1:]]
    return Table("figures", columns, (told(row, then.get(row.key)) for row in rows), whole=whole)


def _minutes_of(measure: str, by: str) -> Words:
    name = MEASURES[measure][0]
    if measure == OPENED and by in CUTS:
        return Words("Aperte in tutto, per chiunque (min)", "Opened in all, for whoever (min)")
    return Words(f"{name.it} (min)", f"{name.en} (min)")


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
        row.fees,
    ]
