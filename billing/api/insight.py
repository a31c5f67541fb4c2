"""The figures of a period with the money beside the hours, by whatever cuts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.cuts import CUTS, names_of
from billing.takings import takings
from booking import tally
from booking.api.insight import (
    COMPARE,
    MEASURES,
    Answer,
    Definition,
    Minutes,
    Report,
    TableQuery,
    compared,
    days_shape,
    minutes_shape,
)
from booking.api.insight import definitions as of_hours
from booking.api.occupancy import DaysShape
from booking.figures import FIGURES, PEOPLE, Counts, figures, held
from booking.insight import EVERYTHING, Scope, hour_name, partner_of, weekday_name
from booking.tally import Days
from core.money import Money
from core.openapi import json_or_table
from core.shapes import MoneyShape
from core.tables import Column, Kind, Table, download
from core.words import Words
from people.roles import Standing
from spaces.models import Resource

BY = ("none", "resource", "kind", "venue", "partner", "plan", "programme", "weekday", "hour", "month")
BY_RESOURCE = ("none", "resource", "kind", "venue", "partner")
MORE = {
    "lead": (Words("Anticipo", "Lead time"), Words("Minuti fra la prenotazione e l'inizio: la mediana delle prenotazioni confermate.", "Minutes between booking and start: the median of the confirmed bookings.")),
    "length": (Words("Durata", "Length"), Words("Minuti di una prenotazione confermata: la mediana.", "Minutes of a confirmed booking: the median.")),
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
    revenue = MoneyShape(allow_null=True, help_text="net; null where the cut is not of things or months")
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


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    name: str
    minutes: tally.Minutes
    counts: Counts | None
    revenue: Money | None

    @property
    def per_hour(self) -> Money | None:
        """Revenue divided by hours opened, in whole cents; None where nothing was open."""
        opened = self.minutes.get(tally.OPENED, 0)
        return self.revenue.times(Fraction(60, opened)) if self.revenue is not None and opened else None


class Figures(Report):
    asks = FiguresQuery

    @extend_schema(
        operation_id="report_figures", parameters=[FiguresQuery], responses=json_or_table(FiguresShape)
    )
    def get(self, request: Request) -> Answer:
        return super().get(request)

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        rows = figure_rows(of, days, asked["by"])
        if asked["output"] != "json":
            return download(figures_table(rows), asked["output"])
        other = compared(asked, days)
        return Response(
            {
                "days": days_shape(days),
                "by": asked["by"],
                "total": _shape(figure_rows(of, days, "none")[0]),
                "rows": [_shape(row) for row in rows],
                "compared_days": days_shape(other) if other else None,
                "compared_total": _shape(figure_rows(of, other, "none")[0]) if other else None,
                "compared_rows": [_shape(row) for row in figure_rows(of, other, asked["by"])]
                if other
                else None,
                "definitions": definitions(),
            }
        )


def definitions() -> list[dict[str, str]]:
    """What every figure counts and what it is out of, in the reader's language."""
    counted = {**FIGURES, **PEOPLE}
    return (
        of_hours()
        + [{"key": key, "name": str(f.name), "means": str(f.means)} for key, f in counted.items()]
        + [{"key": key, "name": str(name), "means": str(means)} for key, (name, means) in MORE.items()]
    )


def figure_rows(of: Scope, days: Days, by: str) -> list[Row]:
    """The figures of each group of a cut; three statements."""
    counts = figures(of.ids, days, CUTS.get(by, by))
    earned = takings(of.ids, days, by) if by in (*BY_RESOURCE, "month") else None
    hours = _hours(of, days, by)
    names = _names(of, by, [*hours, *counts, *(earned or {})])
    return [
        Row(
            shown,
            name,
            hours.get(key, {}),
            counts.get(key),
            None if earned is None else earned.get(key, Money(0)),
        )
        for key, (shown, name) in names.items()
    ]


def _hours(of: Scope, days: Days, by: str) -> dict[str, tally.Minutes]:
    """Minutes by the same keys as the counts have: ids and numbers as text. What is cut by people and not by things is
    out of all that was opened."""
    if by in CUTS:
        opened = sum(m.get(tally.OPENED, 0) for m in tally.totals(of.ids, days, "resource").values())
        parts = held(of.ids, days, CUTS[by])
        return {
            key: {tally.OPENED: opened, tally.BOOKED: booked, tally.ATTENDED: attended}
            for key, (booked, attended) in parts.items()
        }
    if by == "hour":
        return _added((str(hour), m) for (_, hour), m in tally.by_hour(of.ids, days).items())
    if by in ("weekday", "month"):
        return {str(key): m for key, m in tally.totals(of.ids, days, by).items()}
    raw = raw_keys(of, by)
    return _added((raw[pk], m) for pk, m in tally.totals(of.ids, days, "resource").items())


def _added(found: Any) -> dict[str, tally.Minutes]:
    sums: dict[str, tally.Minutes] = {}
    for key, minutes in found:
        line = sums.setdefault(key, {})
        for measure, n in minutes.items():
            line[measure] = line.get(measure, 0) + n
    return sums


def raw_keys(of: Scope, by: str) -> dict[Any, str]:
    """The key of each resource's group as the database says it."""
    how: dict[str, Callable[[Resource], str]] = {
        "none": lambda r: "",
        "resource": lambda r: str(r.pk),
        "kind": lambda r: r.kind,
        "venue": lambda r: str(r.venue_id),
        "partner": lambda r: str(partner_of(r)),
    }
    return {r.pk: how[by](r) for r in of.resources}


def _names(of: Scope, by: str, found: list[str]) -> dict[str, tuple[str, str]]:
    """Of each group's key: its public key and name, in the order in which people know them."""
    if by in BY_RESOURCE:
        raw, public = raw_keys(of, by), of.groups(by)
        called = of.names(by)
        names = {raw[pk]: (public[pk], called[public[pk]]) for pk in of.ids}
        return {"": ("", str(EVERYTHING))} if by == "none" else names
    if by in CUTS:
        return names_of(by, set(found))
    if by == "month":
        return {key: (key, key) for key in sorted(set(found))}
    say = weekday_name if by == "weekday" else hour_name
    return {str(n): (str(n), say(n)) for n in sorted({int(key) for key in found})}


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
        row.per_hour,
    ]
