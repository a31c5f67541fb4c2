"""Staff decide on the dates of a requested series in one act: approved together, or refused together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking import deciding
from booking.api.plans import own_series
from booking.api.series import SeriesShape, series_shape
from booking.models import Booking, Series
from booking.plans import MOST_DATES
from core import terms
from core.errors import Invalid, Pointer
from core.idempotency import idempotent
from core.shapes import IdField, StrictSerializer
from core.views import View
from people.models import Person
from people.roles import allow, signed_in


class SomeDates(StrictSerializer):
    booking_ids = serializers.ListField(
        child=IdField(Booking),
        min_length=1,
        max_length=MOST_DATES,
        help_text="the dates that whoever decides has seen",
    )


class DatesRefused(SomeDates):
    reason = serializers.CharField(max_length=500)


class Decide(View):
    """One act on dates of a series, by whoever may decide on its requests."""

    takes: type[SomeDates] = SomeDates

    def perform(self, by: Person, series: Series, data: dict[str, Any]) -> Series:
        raise NotImplementedError

    def run(self, request: Request, series_id: str) -> Response:
        person = signed_in(request.user)
        found = own_series(series_id, person)
        first = found.bookings.select_related("venue").order_by("series_date")[:1].get()
        allow(person, "booking.approve", first, seen_by="booking.see")
        body = self.takes(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        data["booking_ids"] = _own(found, data["booking_ids"])
        return Response(series_shape(self.perform(person, found, data), person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(series_shape(own_series(thing, person), person))


def _own(series: Series, ids: list[UUID]) -> list[UUID]:
    own = set(series.bookings.filter(pk__in=ids).values_list("pk", flat=True))
    strange = [place for place, pk in enumerate(ids) if pk not in own]
    if strange:
        raise Invalid(pointers=[Pointer(f"/booking_ids/{place}", "unknown", "") for place in strange])
    return sorted(own)


class ApproveSeries(Decide):
    def perform(self, by: Person, series: Series, data: dict[str, Any]) -> Series:
        act: Callable[..., Series] = terms.performer("series.approve", deciding.approve)
        return act(by, series, data["booking_ids"])

    @extend_schema(operation_id="approve_series", request=SomeDates, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        return self.run(request, series_id)


class RefuseSeries(Decide):
    takes = DatesRefused

    def perform(self, by: Person, series: Series, data: dict[str, Any]) -> Series:
        act: Callable[..., Series] = terms.performer("series.refuse", deciding.refuse)
        return act(by, series, data["booking_ids"], data["reason"])

    @extend_schema(operation_id="refuse_series", request=DatesRefused, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        return self.run(request, series_id)
