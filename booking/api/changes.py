"""Changes of a booking that cost nothing by themselves: hand over, propose, withdraw, decline, undo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.acting import Act, Nothing, an_act, one, shown
from booking.api.shape import BookingShape
from booking.approving import proposals
from booking.changing import changes, handing, undo
from booking.changing.moves import Where
from booking.judging.clauses import Given
from booking.models import Booking
from booking.visible import is_house
from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.shapes import IdField, PeriodShape, StrictSerializer
from people.models import Person
from people.roles import allow, signed_in, standing
from spaces.models import Resource


class NewTime(StrictSerializer):
    """Where a booking is to go; a period without offset is the venue's wall clock."""

    period = PeriodShape()
    resource_id = IdField(Resource, required=False, allow_null=True)
    item_id = IdField("itm", required=False, allow_null=True, help_text="which item, where there are several")


class Saying(StrictSerializer):
    """What the rules of a place or time ask of whoever books it, besides what they have said already."""

    people = serializers.IntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)
    accepted_terms = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=20
    )
    answers = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True), required=False, default=dict
    )


def said_in(data: dict[str, Any], of: Booking | None = None) -> Given:
    """What a body of `Saying` says. Raises Invalid where it says of a booking that other people come than are written:
    what is paid for it may go by them."""
    people = data.get("people")
    if of is not None and of.people is not None and people not in (None, of.people):
        raise Invalid(pointers=[Pointer("/people", "said-already", str(of.people))])
    return Given(people, frozenset(data["accepted_terms"]), data["answers"])


class Proposal(NewTime):
    message = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class Receiver(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    message = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


def where_of(booking: Booking, data: dict[str, Any]) -> Where:
    """Where a body would have the booking. Raises Missing for an unknown resource, Invalid for another venue's."""
    resource = None
    if data.get("resource_id"):
        resource = Resource.objects.select_related("venue", "owner").filter(pk=data["resource_id"]).first()
        if resource is None:
            raise Missing
        if resource.venue_id != booking.venue_id:
            raise Invalid(pointers=[Pointer("/resource_id", "several-venues", "")])
        same = booking.items.filter(resource=resource)
        if data.get("item_id"):
            same = same.filter(pk=data["item_id"])
        if same.exists():
            resource = None
    return Where(PeriodShape.resolve(data["period"], booking.venue.zone), resource, data.get("item_id"))


class HandOver(Act):
    name, may, takes = "hand_over", "booking.move", Receiver

    def perform(self, by: Person, booking: Booking, data: dict[str, Any]) -> None:
        house = is_house(standing(by), booking)
        handing.offer(by, booking.pk, data["email"], data["message"], house=house)

    @extend_schema(operation_id="hand_over_booking", request=Receiver, responses=BookingShape)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        return self.run(request, booking_id)


class Propose(Act):
    name, may, takes = "propose", "booking.propose", Proposal

    def perform(self, by: Person, booking: Booking, data: dict[str, Any]) -> None:
        proposals.propose(by, booking.pk, where_of(booking, data), data["message"])

    @extend_schema(operation_id="propose_for_booking", request=Proposal, responses=BookingShape)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        return self.run(request, booking_id)


Withdraw = an_act("withdraw", "booking.cancel", changes.withdraw)


class Undo(Act):
    """Not refused by its action: after ten seconds the answer is that it is too late."""

    name, may = "undo", "booking.cancel"

    def _refuse(self, booking: Booking, person: Person) -> None:
        return

    def perform(self, by: Person, booking: Booking, data: dict[str, Any]) -> None:
        undo.undo(by, booking.pk, house=is_house(standing(by), booking))

    @extend_schema(operation_id="undo_booking", request=Nothing, responses=BookingShape)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        return self.run(request, booking_id)


class Decline(Act):
    """A proposal is declined by its guest, a hand-over by its receiver, to whom it is then not there any more."""

    name, takes = "decline", Nothing

    @extend_schema(operation_id="decline_booking", request=Nothing, responses={200: BookingShape, 204: None})
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        person = signed_in(request.user)
        booking = answerable(booking_id, person)
        changes.decline(person, booking.pk)
        return self._answer(booking.pk, person)

    def _answer(self, pk: UUID, person: Person) -> Response:
        booking = Booking.objects.get(pk=pk)
        if not standing(person).allows("booking.see", booking):
            return Response(status=204)
        return Response(shown(pk, person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._answer(thing, signed_in(request.user))


def answerable(booking_id: str, person: Person) -> Booking:
    """A booking whose waiting change is this person's to answer; else Missing, or Forbidden for who may only see it."""
    booking = one(booking_id, person, offered=True)
    if not handing.waits_for(booking, person):
        allow(person, "booking.answer", booking, seen_by="booking.see")
    return booking
