"""Series as they stand: all their dates, those left out, and what can be done with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking import series as acts
from booking.api.plans import PlanShape, own_plan, plan_shape
from booking.api.shape import BookingShape, shape
from booking.models import Booking, Series, SeriesPlan
from booking.visible import bookings_for
from core.errors import Missing, PlanStale
from core.idempotency import idempotent
from core.ids import decode, encode
from core.lists import ListQuery, page, read
from core.shapes import IdField, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Person
from people.roles import allow, signed_in, standing


class NewSeries(StrictSerializer):
    plan_id = IdField(SeriesPlan)


class LeftOut(serializers.Serializer[Any]):
    on = serializers.DateField()
    code = serializers.CharField()


class SeriesShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    title = serializers.CharField()
    venue = RefShape()
    organisation = RefShape(allow_null=True)
    made_at = serializers.DateTimeField()
    bookings = BookingShape(many=True)
    left_out = LeftOut(many=True)

    class Meta:
        ref_name = "Series"


class SeriesBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    title = serializers.CharField()
    venue = RefShape()
    organisation = RefShape(allow_null=True)
    made_at = serializers.DateTimeField()


class SeriesPage(serializers.Serializer[Any]):
    data = SeriesBrief(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField(allow_null=True)


class OnDay(StrictSerializer):
    on = serializers.DateField()


def series_for(person: Person) -> Any:
    """The series whose bookings the person may see."""
    seen = bookings_for(standing(person)).filter(series__isnull=False).values("series")
    return Series.objects.filter(pk__in=seen).select_related("venue", "organisation", "person", "recurrence")


def own_series(series_id: str | UUID, person: Person) -> Series:
    try:
        pk = series_id if isinstance(series_id, UUID) else decode("ser", series_id)
    except ValueError as error:
        raise Missing from error
    found: Series | None = series_for(person).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def brief(series: Series) -> dict[str, Any]:
    return {
        "id": encode("ser", series.pk),
        "title": series.title,
        "venue": ref(series.venue),
        "organisation": ref(series.organisation),
        "made_at": series.made_at,
    }


def series_shape(series: Series, person: Person) -> dict[str, Any]:
    rows = bookings_for(standing(person)).filter(series=series).order_by("series_date", "pk")
    left = [{"on": on, "code": code} for on, code in sorted(series.left_out.items())]
    return brief(series) | {"bookings": shape(list(rows), person, ["money"]), "left_out": left}


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
        try:
            booked = acts.book(person, made)
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
        return Response(series_shape(own_series(series_id, person), person))


class EndSeries(View):
    @extend_schema(operation_id="end_series", request=OnDay, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        return self.run(request, series_id)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        # It is many acts: what was lost may have been lost half-way, and to end twice is harmless.
        return self.run(request, kwargs["series_id"])

    def run(self, request: Request, series_id: str) -> Response:
        person = signed_in(request.user)
        found = own_series(series_id, person)
        body = OnDay(data=request.data)
        body.is_valid(raise_exception=True)
        allow(person, "booking.cancel", _first(found), seen_by="booking.see")
        acts.end(person, found, body.validated_data["on"])
        return Response(series_shape(found, person))


def _first(series: Series) -> Booking:
    """One booking stands for the rights on all of its series."""
    return series.bookings.select_related("venue").order_by("series_date")[:1].get()


class AddBack(View):
    @extend_schema(operation_id="add_back_date", request=OnDay, responses={201: PlanShape})
    def post(self, request: Request, series_id: str) -> Response:
        person = signed_in(request.user)
        found = own_series(series_id, person)
        body = OnDay(data=request.data)
        body.is_valid(raise_exception=True)
        allow(person, "booking.cancel", _first(found), seen_by="booking.see")
        if found.person_id != person.pk:
            raise Missing
        return Response(plan_shape(acts.plan_left_out(person, found, body.validated_data["on"])), status=201)
