"""An act on a booking as an endpoint: found, allowed, refused by its `actions` reasons, done, shown as it is then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.actions import Parts, judged_actions
from booking.api.shape import BookingShape, shape
from booking.models import Booking
from booking.visible import bookings_for, handed_to
from core import terms
from core.errors import IllegalMove, Missing, Refused
from core.idempotency import idempotent
from core.lookup import pk_of
from core.shapes import StrictSerializer
from core.views import View
from people.models import Person
from people.roles import allow, signed_in, standing


class Nothing(StrictSerializer):
    """A body without fields."""


def one(booking_id: str, person: Person, *, offered: bool = False) -> Booking:
    """The booking, if the person may see it (or, where that is enough, has been offered it); else Missing."""
    pk = pk_of(Booking.prefix, booking_id)
    found = bookings_for(standing(person)).filter(pk=pk).first()
    if found is None and offered:
        found = handed_to(person).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def shown(pk: UUID, person: Person) -> dict[str, Any]:
    """The booking as it is now, with its money and what else could be done with it."""
    found = Booking.objects.select_related("venue", "person", "organisation").get(pk=pk)
    return shape([found], person, ["money"], close=True)[0]


class Act(View):
    """An act on a booking: refused by its `actions` reasons, else done."""

    name: str
    may: str
    takes: type[StrictSerializer] = Nothing

    def perform(self, by: Person, booking: Booking, data: dict[str, Any]) -> Any:
        raise LookupError(self.name)

    def run(self, request: Request, booking_id: str) -> Response:
        person = signed_in(request.user)
        booking = one(booking_id, person)
        allow(person, self.may, booking, seen_by="booking.see")
        body = self.takes(data=request.data or {})
        body.is_valid(raise_exception=True)
        self._refuse(booking, person)
        self.perform(person, booking, body.validated_data)
        return Response(shown(booking.pk, person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(shown(one(kwargs["booking_id"], person).pk, person))

    def _refuse(self, booking: Booking, person: Person) -> None:
        against = judged_actions(booking, standing(person), person, Parts())[self.name][0]
        if any(r.code == "wrong-state" for r in against):
            raise IllegalMove(state=booking.get_state_display(), data={"state": booking.state})
        if against:
            raise Refused(against)


def an_act(
    name: str, may: str, default: Callable[..., Any], takes: type[StrictSerializer] = Nothing
) -> type[Act]:
    """An endpoint for one act; an app that knows prices may perform it instead (core.terms)."""

    class Endpoint(Act):
        def perform(self, by: Person, booking: Booking, data: dict[str, Any]) -> Any:
            return terms.performer(f"booking.{name}", default)(by, booking.pk, **data)

        @extend_schema(operation_id=f"{name}_booking", request=takes, responses=BookingShape)
        @idempotent
        def post(self, request: Request, booking_id: str) -> Response:
            return self.run(request, booking_id)

    Endpoint.name, Endpoint.may, Endpoint.takes = name, may, takes
    Endpoint.__name__ = f"{name.title().replace('_', '')}Booking"
    return Endpoint
