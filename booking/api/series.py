"""Series as they stand: all their dates, those left out, and what can be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.plans import PlanShape, editable, own_plan, own_series, plan_shape, series_for
from booking.api.repeats import rule_shape
from booking.api.seen import looked_at
from booking.api.shape import BookingShape, shape
from booking.judging.judge import state_of
from booking.judging.reasons import reason
from booking.judging.rule_words import spell
from booking.models import Booking, Series, SeriesPlan
from booking.repeating import editing
from booking.repeating import series as acts
from booking.repeating.edits import against_all, is_begun
from booking.repeating.plans import things_of
from booking.states import LIVE
from booking.visible import bookings_for
from core.clock import now
from core.errors import Missing, PlanStale
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.periods import local_date
from core.shapes import ActionShape, IdField, ListShape, RefShape, StrictSerializer, action, ref
from core.views import View
from core.words import language
from people.models import Person
from people.roles import Standing, signed_in, standing


class NewSeries(StrictSerializer):
    plan_id = IdField(SeriesPlan)


class LeftOut(serializers.Serializer[Any]):
    on = serializers.DateField()
    code = serializers.CharField()


class SeriesHours(serializers.Serializer[Any]):
    start = serializers.CharField()
    end = serializers.CharField()
    nights = serializers.IntegerField(help_text="it ends so many days after it begins")


class SeriesRule(serializers.Serializer[Any]):
    repeat = serializers.CharField()
    every = serializers.IntegerField()
    weekdays = serializers.ListField(child=serializers.CharField())
    position = serializers.IntegerField(allow_null=True)
    dates = serializers.ListField(child=serializers.DateField())
    hours = SeriesHours()
    first_on = serializers.DateField()
    last_on = serializers.DateField()
    skip = serializers.ListField(child=serializers.CharField())


class SeriesItem(serializers.Serializer[Any]):
    resource = RefShape()
    quantity = serializers.IntegerField()


class SeriesDate(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="the day that the rule means, by which an edit knows it")
    booking_id = serializers.CharField()
    begun = serializers.BooleanField()


class GivenUp(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="a day to come that has no booking any more; it can be added back")
    booking_id = serializers.CharField(help_text="the last that it had")


class SeriesActions(serializers.Serializer[Any]):
    change = ActionShape()
    end = ActionShape()
    add_back = ActionShape()


class SeriesShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    title = serializers.CharField()
    venue = RefShape()
    organisation = RefShape(allow_null=True)
    made_at = serializers.DateTimeField()
    follows = serializers.CharField(allow_null=True, help_text="the series whose future it took over")
    rule = SeriesRule(allow_null=True)
    rule_text = serializers.CharField(allow_blank=True)
    items = SeriesItem(many=True, help_text="what each date takes, all of it or nothing")
    dates = SeriesDate(many=True)
    bookings = BookingShape(many=True)
    left_out = LeftOut(many=True)
    given_up = GivenUp(many=True)
    actions = SeriesActions()

    class Meta:
        ref_name = "Series"


class SeriesBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    title = serializers.CharField()
    venue = RefShape()
    organisation = RefShape(allow_null=True)
    made_at = serializers.DateTimeField()


class SeriesPage(ListShape):
    data = SeriesBrief(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class OnDay(StrictSerializer):
    on = serializers.DateField()


def brief(series: Series) -> dict[str, Any]:
    return {
        "id": encode("ser", series.pk),
        "title": series.title,
        "venue": ref(series.venue),
        "organisation": ref(series.organisation),
        "made_at": series.made_at,
    }


def series_shape(series: Series, person: Person) -> dict[str, Any]:
    rows = list(bookings_for(standing(person)).filter(series=series).order_by("series_date", "pk"))
    left = [{"on": on, "code": code} for on, code in sorted(series.left_out.items())]
    return brief(series) | {
        "follows": encode("ser", series.follows_id) if series.follows_id else None,
        "rule": rule_shape(series.asked),
        "rule_text": spell(series.asked, language()),
        "items": [{"resource": ref(r), "quantity": n} for r, n in things_of(series.asked)],
        "dates": [
            {"on": b.series_date, "booking_id": encode("bkg", b.pk), "begun": is_begun(b)}
            for b in rows
            if state_of(b) in LIVE
        ],
        "bookings": shape(rows, person, ["money"]),
        "left_out": left,
        "given_up": [
            {"on": on, "booking_id": encode("bkg", b.pk)} for on, b in sorted(_given_up(series, rows).items())
        ],
        "actions": actions_on(series, rows, standing(person)),
    }


def _given_up(series: Series, rows: Sequence[Booking]) -> dict[date, Booking]:
    """The days from today on of which no booking lives, each with the last it had."""
    today = local_date(now(), series.venue.zone)
    last = {b.series_date: b for b in rows if b.series_date is not None and b.series_date >= today}
    live = {b.series_date for b in rows if state_of(b) in LIVE}
    return {on: b for on, b in last.items() if on not in live}


def actions_on(series: Series, rows: Sequence[Booking], has: Standing) -> dict[str, Any]:
    """What may be done with the series (its bookings that are seen, in order), else why not; their rights are one's."""
    if not rows or not has.allows("booking.cancel", rows[0]):
        return {name: action([reason("no-right")]) for name in ("change", "end", "add_back")}
    begun = against_all(b for b in rows if state_of(b) in LIVE)
    today = local_date(now(), series.venue.zone)
    missing = _given_up(series, rows) or any(date.fromisoformat(on) >= today for on in series.left_out)
    return {
        "change": action(begun),
        "end": action(begun),
        "add_back": action([] if series.asked and missing else [reason("over")]),
    }


class SeriesList(View):
    @extend_schema(operation_id="list_series", parameters=[ListQuery], responses=SeriesPage)
    def get(self, request: Request) -> Response:
        rows = series_for(signed_in(request.user))
        return Response(page(rows, read(ListQuery, request), lambda found: [brief(s) for s in found]))

    @extend_schema(operation_id="book_series", request=NewSeries, responses={201: SeriesShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewSeries(data=request.data)
        body.is_valid(raise_exception=True)
        made = own_plan(body.validated_data["plan_id"], person)
        if made.series_id is not None and made.scope != SeriesPlan.Scope.ADD:
            raise Missing
        book = acts.book if made.series_id is None else editing.edit
        try:
            booked = book(person, made)
        except PlanStale as error:
            error.data = {"plan": plan_shape(made)}
            raise
        return Response(series_shape(booked, person), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(series_shape(own_series(thing, person), person), status=201)


class OneSeries(View):
    @extend_schema(operation_id="read_series", responses=SeriesShape)
    def get(self, request: Request, series_id: str) -> Response:
        person = signed_in(request.user)
        found = own_series(series_id, person)
        looked_at(person, bookings_for(standing(person)).filter(series=found))
        return Response(series_shape(found, person))


class ChangeSeries(View):
    @extend_schema(operation_id="change_series", request=NewSeries, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        person = signed_in(request.user)
        found = editable(series_id, person)
        body = NewSeries(data=request.data)
        body.is_valid(raise_exception=True)
        made = own_plan(body.validated_data["plan_id"], person)
        if made.series_id != found.pk:
            raise Missing
        try:
            changed = editing.edit(person, made)
        except PlanStale as error:
            error.data = {"plan": plan_shape(made)}
            raise
        return Response(series_shape(own_series(changed.pk, person), person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(series_shape(own_series(thing, person), person))


class EndSeries(View):
    @extend_schema(operation_id="end_series", request=OnDay, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        person = signed_in(request.user)
        found = editable(series_id, person)
        body = OnDay(data=request.data)
        body.is_valid(raise_exception=True)
        editing.end(person, found, body.validated_data["on"])
        return Response(series_shape(found, person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(series_shape(own_series(thing, person), person))


class AddBack(View):
    @extend_schema(operation_id="add_back_date", request=OnDay, responses={201: PlanShape})
    def post(self, request: Request, series_id: str) -> Response:
        person = signed_in(request.user)
        found = editable(series_id, person)
        body = OnDay(data=request.data)
        body.is_valid(raise_exception=True)
        made = editing.plan_to_add(person, found, body.validated_data["on"])
        return Response(plan_shape(made), status=201)
