"""Staff decide on the dates of a requested series in one act: approved together, refused together, or some of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.plans import own_series
from booking.api.series import SeriesShape, series_shape
from booking.approving import deciding
from booking.models import Booking, Series
from booking.repeating.plans import MOST_DATES
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


def _ids(said: str) -> serializers.ListField:
    return serializers.ListField(
        child=IdField(Booking), required=False, default=list, max_length=MOST_DATES, help_text=said
    )


class DatesDecided(StrictSerializer):
    """Each of the dates that whoever decides has seen, approved or refused; what is in neither goes on waiting."""

    approve_ids = _ids("the bookings that are approved")
    refuse_ids = _ids("the bookings that are refused, with the reason")
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        yes, no = set(attrs["approve_ids"]), attrs["refuse_ids"]
        if not yes and not no:
            raise Invalid(pointers=[Pointer("/approve_ids", "required", "")])
        if twice := [place for place, pk in enumerate(no) if pk in yes]:
            raise Invalid(pointers=[Pointer(f"/refuse_ids/{place}", "twice", "") for place in twice])
        if no and not attrs["reason"].strip():
            raise Invalid(pointers=[Pointer("/reason", "required", "")])
        return attrs


class Decide(View):
    """One act on dates of a series, by whoever may decide on its requests."""

    @staticmethod
    def asked(
        request: Request, series_id: str, takes: type[StrictSerializer]
    ) -> tuple[Person, Series, dict[str, Any]]:
        """Who decides on which series, and what was sent. Raises Missing, Forbidden, Invalid."""
        person = signed_in(request.user)
        found = own_series(series_id, person)
        first = found.bookings.select_related("venue").order_by("series_date")[:1].get()
        allow(person, "booking.approve", first, seen_by="booking.see")
        body = takes(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        names = [name for name in ("booking_ids", "approve_ids", "refuse_ids") if name in data]
        return person, found, data | {name: _own(found, name, data[name]) for name in names}

    @staticmethod
    def done(by: Person, series: Series, yes: list[UUID], no: list[UUID], reason: str = "") -> Response:
        act: Callable[..., Series] = terms.performer("series.decide", deciding.decide)
        return Response(series_shape(act(by, series, yes, no, reason), by))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(series_shape(own_series(thing, person), person))


def _own(series: Series, name: str, ids: list[UUID]) -> list[UUID]:
    own = set(series.bookings.filter(pk__in=ids).values_list("pk", flat=True))
    strange = [place for place, pk in enumerate(ids) if pk not in own]
    if strange:
        raise Invalid(pointers=[Pointer(f"/{name}/{place}", "unknown", "") for place in strange])
    return sorted(own)


class ApproveSeries(Decide):
    @extend_schema(operation_id="approve_series", request=SomeDates, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        by, series, data = self.asked(request, series_id, SomeDates)
        return self.done(by, series, data["booking_ids"], [])


class RefuseSeries(Decide):
    @extend_schema(operation_id="refuse_series", request=DatesRefused, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        by, series, data = self.asked(request, series_id, DatesRefused)
        return self.done(by, series, [], data["booking_ids"], data["reason"])


class DecideSeries(Decide):
    @extend_schema(operation_id="decide_series", request=DatesDecided, responses=SeriesShape)
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        """Some dates approved and others refused, in one act and with one message."""
        by, series, data = self.asked(request, series_id, DatesDecided)
        return self.done(by, series, data["approve_ids"], data["refuse_ids"], data["reason"].strip())
