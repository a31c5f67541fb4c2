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

    @staticmethod
    def asked(
        request: Request, series_id: str, takes: type[SomeDates]
    ) -> tuple[Person, Series, dict[str, Any]]:
        """Who decides on which series, and what was sent. Raises Missing, Forbidden, Invalid."""
        person = signed_in(request.user)
        found = own_series(series_id, person)
        first = found.bookings.select_related("venue").order_by("series_date")[:1].get()
        allow(person, "booking.approve", first, seen_by="booking.see")
        body = takes(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        return person, found, data | {"booking_ids": _own(found, data["booking_ids"])}

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
    @extend_schema(operation_id="approve_series", request=SomeDates, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        by, series, data = self.asked(request, series_id, SomeDates)
        act: Callable[..., Series] = terms.performer("series.approve", deciding.approve)
        return Response(series_shape(act(by, series, data["booking_ids"]), by))


class RefuseSeries(Decide):
    @extend_schema(operation_id="refuse_series", request=DatesRefused, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        by, series, data = self.asked(request, series_id, DatesRefused)
        act: Callable[..., Series] = terms.performer("series.refuse", deciding.refuse)
        return Response(series_shape(act(by, series, data["booking_ids"], data["reason"]), by))
