"""Changes of a booking that have a price: move (and so extend, shorten), give back, accept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.changes import acts, giving_back, handing, moves
from booking.api.acting import Act, shown
from booking.api.changes import NewTime, Saying, answerable, said_in, where_of
from booking.api.doors import DoorAct, DoorDay, day_shape, extension_at, running_in
from booking.api.shape import BookingShape
from booking.attending import doors
from booking.changing.changes import KIND
from booking.changing.moves import pending_of
from booking.holding.holds import refuse
from booking.judging.judge import Verdict
from booking.models import Booking
from booking.visible import is_house
from core.audit import record
from core.errors import Missing, OfferLapsed
from core.idempotency import idempotent
from core.shapes import PeriodShape, StrictSerializer
from people.models import Person
from people.roles import allow, signed_in, standing


class Move(NewTime, Saying):
    override_reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class MoveBooking(Act):
    name, may, takes = "move", "booking.move", Move

    def _refuse(self, booking: Booking, person: Person) -> None:
        """A running booking may still grow or shrink: the act itself judges."""

    def perform(self, by: Person, booking: Booking, data: dict[str, Any]) -> None:
        override = data["override_reason"]
        if override:
            allow(by, "booking.for-others", booking, seen_by="booking.see")
        house = is_house(standing(by), booking)
        where = where_of(booking, data)
        moves.move(by, booking.pk, where, house=house, override=override, said=said_in(data, booking))

    @extend_schema(operation_id="move_booking", request=Move, responses=BookingShape)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        return self.run(request, booking_id)


class ExtendAtDoor(DoorAct):
    """By whoever stands at the door of a running booking: in its own person's name, and only if it costs nothing."""

    @extend_schema(operation_id="extend_at_door", request=None, responses=DoorDay)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        door = self.door(request)
        booking = self.here(door, booking_id)
        against, where = extension_at(door, booking, running_in(doors.bookings_of(door)))
        if against:
            refuse(Verdict(against, [], {}))
        elif where is not None:
            moves.move(booking.person, booking.pk, where)
            record(door, "extend-at-door", booking)
        return Response(day_shape(door))


class Piece(StrictSerializer):
    period = PeriodShape(required=False, allow_null=True)


class GiveBack(Act):
    name, may, takes = "give_back", "booking.move", Piece

    def _refuse(self, booking: Booking, person: Person) -> None:
        """The act itself judges, knowing what was paid."""

    def perform(self, by: Person, booking: Booking, data: dict[str, Any]) -> None:
        given = data.get("period")
        period = PeriodShape.resolve(given, booking.venue.zone) if given else None
        giving_back.give_back(by, booking.pk, period)

    @extend_schema(operation_id="give_back_booking", request=Piece, responses=BookingShape)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        return self.run(request, booking_id)


class Terms(StrictSerializer):
    accepted_terms = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=20
    )


class Accept(Act):
    """A proposal is accepted by its guest, a hand-over by its receiver."""

    name, takes = "accept", Terms

    @extend_schema(operation_id="accept_booking", request=Terms, responses=BookingShape)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        person = signed_in(request.user)
        booking = answerable(booking_id, person)
        body = Terms(data=request.data or {})
        body.is_valid(raise_exception=True)
        change = pending_of(booking)
        if change is None:
            raise OfferLapsed
        if change.kind == KIND.HAND_OVER:
            handing.accept(person, booking.pk, frozenset(body.validated_data["accepted_terms"]))
        else:
            acts.accept_proposal(person, booking.pk)
        return Response(shown(booking.pk, person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(shown(thing, signed_in(request.user)))


def may_pay_change(booking: Booking, person: Person) -> None:
    """Raises Missing unless the person may pay what the booking's change costs: its guest and the house, or to whom
    it is handed over."""
    change = pending_of(booking)
    if change is not None and change.kind == KIND.HAND_OVER:
        if change.to_person_id != person.pk and not is_house(standing(person), booking):
            raise Missing
        return
    allow(person, "booking.pay", booking, seen_by="booking.see")
