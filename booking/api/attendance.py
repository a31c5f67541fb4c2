"""Who comes: a pass or a code looked at by staff; and the appeal of who is said not to have come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.acting import one, shown
from booking.api.bookings import may_run_desk
from booking.api.shape import BookingShape
from booking.attending import arrivals, attendance, consequences
from booking.attending.arrivals import Look, Place
from booking.inviting import passes
from booking.models import Booking
from booking.visible import bookings_for, had_or_run
from core.errors import Missing
from core.idempotency import idempotent
from core.problems import reason_shape
from core.shapes import IdField, ReasonShape, StrictSerializer
from core.views import View
from people.models import Person
from people.roles import allow, signed_in, standing
from spaces.models import Venue


class NewCheckIn(StrictSerializer):
    """Where one stands, and what was shown or said: a booking's pass, or its code."""

    venue_id = IdField(Venue)
    qr = serializers.CharField(required=False, max_length=passes.LONGEST)
    code = serializers.CharField(required=False, max_length=12)
    anyway = serializers.BooleanField(default=False, help_text="let in although the light is amber")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("qr" in attrs) == ("code" in attrs):
            raise serializers.ValidationError({"qr": ["one of qr and code"]}, code="one_of")
        return attrs


class CheckInShape(serializers.Serializer[Any]):
    light = serializers.ChoiceField([arrivals.GREEN, arrivals.AMBER, arrivals.RED])
    checked_in = serializers.BooleanField()
    reasons = ReasonShape(many=True)
    booking = BookingShape(allow_null=True)

    class Meta:
        ref_name = "CheckIn"


def found_by(person: Person, data: dict[str, Any]) -> Booking | None:
    """The booking meant, if this person may see it; who may not learns nothing, not even that it is there. Who is not
    shown a code does not find by it either."""
    has = standing(person)
    if "code" in data:
        return had_or_run(has).filter(code=data["code"].strip().upper()).first()
    shown_pass = passes.read(data["qr"].strip())
    return bookings_for(has).filter(pk=shown_pass.pk).first() if shown_pass is not None else None


class CheckIns(View):
    @extend_schema(operation_id="check_in_by_pass", request=NewCheckIn, responses=CheckInShape)
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewCheckIn(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        venue = Venue.objects.filter(pk=data["venue_id"]).first()
        if venue is None:
            raise Missing
        may_run_desk(person, venue.partner_id)
        booking = found_by(person, data)
        look = arrivals.look(booking, Place(venue), person)
        may_come = look.light == arrivals.GREEN or (look.light == arrivals.AMBER and data["anyway"])
        if booking is not None and may_come:
            attendance.check_in(person, booking.pk, despite=[r.code for r in look.reasons])
        return Response(_shape(look, booking, person, checked_in=may_come))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        booking = bookings_for(standing(person)).filter(pk=thing).first()
        return Response(_shape(Look(arrivals.GREEN, []), booking, person, checked_in=True))


def _shape(look: Look, booking: Booking | None, person: Person, *, checked_in: bool) -> dict[str, Any]:
    return {
        "light": look.light,
        "checked_in": checked_in,
        "reasons": [reason_shape(r) for r in look.reasons],
        "booking": shown(booking.pk, person) if booking is not None else None,
    }


class AppealWords(StrictSerializer):
    reason = serializers.CharField(max_length=2000)


class Appeal(View):
    @extend_schema(operation_id="appeal_booking", request=AppealWords, responses=BookingShape)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        person = signed_in(request.user)
        booking = one(booking_id, person)
        allow(person, "booking.appeal", booking, seen_by="booking.see")
        body = AppealWords(data=request.data)
        body.is_valid(raise_exception=True)
        consequences.appeal(person, booking.pk, body.validated_data["reason"])
        return Response(shown(booking.pk, person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(shown(one(kwargs["booking_id"], person).pk, person))
