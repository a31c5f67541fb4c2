"""The week at a glance: what each hour of it was opened, booked, attended, lost or wanted in vain, and how it was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.insight import (
    BEFORE,
    COMPARE,
    MEASURES,
    SHOWN,
    Answer,
    Definition,
    Minutes,
    Report,
    TableQuery,
    compared,
    days_shape,
    definitions,
    minutes_shape,
    unmet_of,
)
from booking.api.occupancy import DaysShape
from booking.measuring import tally
from booking.measuring.figures import FIGURES, missed
from booking.measuring.insight import Scope, weekday_name
from booking.measuring.tally import Days
from core.openapi import json_or_table
from core.tables import Column, Kind, Table, download
from core.words import Words
from people.roles import Standing

Place = tuple[int, int]  # weekday, hour


class HeatQuery(TableQuery):
    compare = serializers.ChoiceField(COMPARE, required=False)
    missed = serializers.BooleanField(
        required=False, default=False, help_text="count the bookings that were over, and to which nobody came"
    )


class HeatHour(Minutes):
    weekday = serializers.IntegerField(help_text="1 Monday")
    hour = serializers.IntegerField(help_text="of the venue's clock")
    unmet = serializers.IntegerField(
        allow_null=True, help_text="searches and attempts in vain; none of fewer than 3 people"
    )
    ended = serializers.IntegerField(
        allow_null=True, help_text="bookings for some of it that are over; null unless asked for"
    )
    no_shows = serializers.IntegerField(allow_null=True, help_text="out of those")


class HeatShape(serializers.Serializer[Any]):
    days = DaysShape()
    minutes = Minutes()
    cells = HeatHour(many=True)
    compared_days = DaysShape(allow_null=True)
    compared_cells = HeatHour(many=True, allow_null=True)
    definitions = Definition(many=True)


@dataclass(frozen=True, slots=True)
class Week:
    """What is told of each hour of the week: its minutes, and what was wanted or missed, where that is known."""

    minutes: dict[Place, tally.Minutes]
    unmet: dict[Place, int]
    missed: dict[Place, tuple[int, int]] | None

    @property
    def places(self) -> list[Place]:
        return sorted({*self.minutes, *self.unmet, *(self.missed or {})})

    def whole(self) -> tally.Minutes:
        return {m: sum(found.get(m, 0) for found in self.minutes.values()) for m in SHOWN}

    def cells(self) -> list[dict[str, Any]]:
        return [
            {"weekday": place[0], "hour": place[1], "unmet": self.unmet.get(place)}
            | minutes_shape(self.minutes.get(place, {}))
            | dict(zip(("ended", "no_shows"), self.come(place), strict=True))
            for place in self.places
        ]

    def come(self, place: Place) -> tuple[int | None, int | None]:
        return (None, None) if self.missed is None else self.missed.get(place, (0, 0))


def week_of(asked: dict[str, Any], days: Days, of: Scope) -> Week:
    """The week of these days, of what is asked; four statements at most."""
    return Week(
        tally.by_hour(of.ids, days, SHOWN),
        unmet_of(asked, days, of).heat,
        missed(of.ids, days) if asked["missed"] else None,
    )


class Heat(Report):
    asks = HeatQuery

    @extend_schema(operation_id="report_heat", parameters=[HeatQuery], responses=json_or_table(HeatShape))
    def get(self, request: Request) -> Answer:
        return super().get(request)

    def answer(self, has: Standing, asked: dict[str, Any], days: Days, of: Scope) -> Answer:
        week = week_of(asked, days, of)
        other = compared(asked, days)
        then = week_of(asked, other, of) if other else None
        if asked["output"] != "json":
            return download(_table(week, then), asked["output"])
        return Response(
            {
                "days": days_shape(days),
                "minutes": minutes_shape(week.whole()),
                "cells": week.cells(),
                "compared_days": days_shape(other) if other else None,
                "compared_cells": then.cells() if then else None,
                "definitions": definitions(),
            }
        )


def _table(week: Week, then: Week | None) -> Table:
    """The week, a row an hour; with what it is compared with, if anything, in the columns after its own."""
    told = [(week, Words("", "")), *([(then, BEFORE)] if then else [])]
    columns = [Column(Words("Giorno", "Weekday")), Column(Words("Ora", "Hour"), Kind.COUNT)]
    for shown, when in told:
        columns += [_count(Words(f"{n.it} (min)", f"{n.en} (min)"), when) for n, _ in MEASURES.values()]
        columns.append(_count(Words("Cercate invano", "Wanted in vain"), when))
        if shown.missed is not None:
            # A booking takes several hours: these are not added up.
            columns += [_count(FIGURES[name].name, when, summed=False) for name in ("ended", "no_shows")]
    rows = (
        [weekday_name(place[0]), place[1], *(cell for shown, _ in told for cell in _cells(shown, place))]
        for place in sorted({place for shown, _ in told for place in shown.places})
    )
    return Table("heat", columns, rows)


def _count(name: Words, when: Words, *, summed: bool = True) -> Column:
    return Column(Words(f"{name.it}{when.it}", f"{name.en}{when.en}"), Kind.COUNT, summed=summed)


def _cells(week: Week, place: Place) -> list[int | None]:
    come = [] if week.missed is None else week.come(place)
    return [*minutes_shape(week.minutes.get(place, {})).values(), week.unmet.get(place), *come]
