"""Doors: paired, listed and revoked by staff; and all that a paired tablet may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import TokenAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.actions import longer
from booking.attending import arrivals, attendance, doors, watch
from booking.attending.arrivals import Place
from booking.attending.attendance import reasons_against
from booking.changing.moves import Where, items_of, judged
from booking.finding.timeline import SPAN_KINDS, timeline
from booking.inviting import passes
from booking.judging.reasons import reason
from booking.models import Booking, Door
from booking.visible import doors_for
from core import terms
from core.clock import now
from core.errors import Missing, Reason, Unknown
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import Money
from core.problems import reason_shape
from core.shapes import (
    ActionShape,
    IdField,
    ListShape,
    PeriodShape,
    ReasonShape,
    RefShape,
    StrictSerializer,
    action,
    ref,
)
from core.views import View
from people.roles import NOBODY, OfPartner, allow, signed_in, standing
from spaces.api import page_of
from spaces.models import Resource, Venue

A = Booking.Attendance
QUARTER = 15

# -- staff -----------------------------------------------------------------------------------------------


class NewDoor(StrictSerializer):
    """At a resource, or (without one) at the venue's own door."""

    venue_id = IdField(Venue)
    resource_id = IdField(Resource, required=False, allow_null=True)
    name = serializers.CharField(max_length=80)
    names = serializers.ChoiceField(Door.Names.choices, default=Door.Names.NONE)


class DoorShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    venue = RefShape()
    resource = RefShape(allow_null=True)
    names = serializers.ChoiceField(Door.Names.choices)
    seen_at = serializers.DateTimeField(allow_null=True)
    silent = serializers.BooleanField(
        help_text="not heard from since `seen_at`, or never opened since it was paired"
    )
    address = serializers.CharField(allow_null=True, help_text="only when it is paired; never again")

    class Meta:
        ref_name = "Door"


class DoorPage(ListShape):
    data = DoorShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class DoorsQuery(ListQuery):
    venue_id = IdField(Venue, required=False)


def door_shape(door: Door, secret: str | None = None) -> dict[str, Any]:
    heard = getattr(door, "watch", None)
    return {
        "id": encode(Door.prefix, door.pk),
        "name": door.name,
        "venue": ref(door.venue),
        "resource": ref(door.resource),
        "names": door.names,
        "seen_at": heard.seen_at if heard else None,
        "silent": watch.silent_since(door, now()) is not None,
        # Behind the #: what a browser never sends anywhere.
        "address": f"{settings.SITE_URL}/door#{secret}" if secret else None,
    }


class Doors(View):
    @extend_schema(operation_id="list_doors", parameters=[DoorsQuery], responses=DoorPage)
    def get(self, request: Request) -> Response:
        asked = read(DoorsQuery, request)
        rows = doors_for(standing(signed_in(request.user)))
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        return Response(page(rows, asked, lambda found: [door_shape(d) for d in found]))

    @extend_schema(operation_id="pair_door", request=NewDoor, responses={201: DoorShape})
    def post(self, request: Request) -> Response:
        # No Idempotency-Key: the stored answer would keep the secret, of which we keep only a hash.
        person = signed_in(request.user)
        body = NewDoor(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        venue = Venue.objects.filter(pk=data["venue_id"]).first()
        if venue is None:
            raise Missing
        allow(person, "door.pair", OfPartner(venue.partner_id))
        resource = None
        if data.get("resource_id"):
            resource = Resource.objects.filter(pk=data["resource_id"], venue=venue).first()
            if resource is None:
                raise Missing
        made, secret = doors.pair(person, venue, resource, data["name"], data["names"])
        return Response(door_shape(made, secret), status=201)


class OneDoor(View):
    @extend_schema(operation_id="revoke_door", request=None, responses={204: None})
    def delete(self, request: Request, door_id: str) -> Response:
        person = signed_in(request.user)
        found = one_in(doors_for(standing(person)), Door.prefix, door_id)
        doors.revoke(person, found)
        return Response(status=204)


# -- the tablet ------------------------------------------------------------------------------------------


class DoorSecret(TokenAuthentication):
    """A paired tablet says so with `Authorization: Bearer`; it is a door and no person, and no cookie counts."""

    keyword = "Bearer"

    def authenticate_credentials(self, key: str) -> tuple[AnonymousUser, Door]:
        door = doors.known(key)
        if door is None:
            raise Unknown
        return AnonymousUser(), door


class DoorView(View):
    """What only a paired tablet may ask."""

    authentication_classes = [DoorSecret]

    def door(self, request: Request) -> Door:
        if not isinstance(request.auth, Door):
            raise Unknown
        return request.auth


class AtDoorActions(serializers.Serializer[Any]):
    check_in = ActionShape()
    end = ActionShape()
    extend = ActionShape()


class AtDoor(serializers.Serializer[Any]):
    id = serializers.CharField()
    initials = serializers.CharField(allow_null=True, help_text="whose it is, where the door may say so")
    resources = serializers.ListField(child=serializers.CharField())
    period = PeriodShape()
    attendance = serializers.ChoiceField(A.choices)
    no_show_at = serializers.DateTimeField(allow_null=True)
    actions = AtDoorActions()


class DoorSpan(serializers.Serializer[Any]):
    period = PeriodShape()
    kind = serializers.ChoiceField(SPAN_KINDS)
    taken = serializers.IntegerField(allow_null=True, help_text="of a pool: how many of its places")


class BookHere(serializers.Serializer[Any]):
    address = serializers.CharField(
        help_text="where whoever stands here books it, on a telephone of their own"
    )
    qr_href = serializers.CharField(help_text="the address as a picture that the telephone reads")


class DoorDay(serializers.Serializer[Any]):
    """The day of one place, as anybody who passes may see it."""

    place = serializers.CharField()
    time_zone = serializers.CharField()
    day = PeriodShape()
    quantity = serializers.IntegerField(
        allow_null=True, help_text="how many places there are; null at a venue's own door"
    )
    spans = DoorSpan(many=True)
    bookings = AtDoor(many=True)
    book = BookHere(allow_null=True, help_text="null at a venue's own door")


def _at_door(door: Door, booking: Booking, running: int) -> dict[str, Any]:
    at = now()
    return {
        "id": encode("bkg", booking.pk),
        "initials": doors.whose(door, booking),
        "resources": [item.resource.name for item in booking.items.all()],
        "period": booking.period,
        "attendance": booking.attendance,
        "no_show_at": booking.no_show_at,
        "actions": {
            "check_in": action(reasons_against(booking, A.PRESENT, at)),
            "end": action(_against_end(booking)),
            "extend": _extend_action(door, booking, running),
        },
    }


def _against_end(booking: Booking) -> list[Reason]:
    against = reasons_against(booking, A.LEFT, now())
    return against or ([reason("over")] if now() >= booking.period.end else [])


def _extend_action(door: Door, booking: Booking, running: int) -> dict[str, Any]:
    against, where = extension_at(door, booking, running)
    if where is None:
        return action(against)
    more = where.period.minutes - booking.period.minutes
    return action(against, minutes=more, until=where.period.end)


def extension_at(door: Door, booking: Booking, running: int) -> tuple[list[Reason], Where | None]:
    """Why a running booking may not last a quarter of an hour more (or its resource's step), and what it would be.

    Nobody signs in at a door: what would cost money, or needs a yes of the staff, is not done there, nor where
    several are `running` and it could be anybody's.
    """
    if against := _against_end(booking):
        return against, None
    if door.resource_id is None or running > 1:
        return [reason("not-at-this-door")], None
    items = items_of(booking)
    where = longer(booking, items, QUARTER)
    found = judged(booking, where, items)
    if found.reasons:
        return found.reasons, where
    if found.needs_approval:
        return [reason("staff-agree")], where
    price = terms.performer("booking.price-of-move", _no_price)(booking, where, items)
    return ([reason("costs-more")] if price is not None and price.cents > 0 else []), where


def _no_price(booking: Booking, where: Where, items: Any) -> Money | None:
    """Prices are known to the app above."""
    return None


def running_in(found: Sequence[Booking]) -> int:
    """How many of these are here now."""
    return sum(not _against_end(booking) for booking in found)


def day_shape(door: Door) -> dict[str, Any]:
    found = doors.bookings_of(door)
    day = doors.today(door)
    running = running_in(found)
    drawn = timeline([door.resource], day, NOBODY)[door.resource.pk] if door.resource else None
    return {
        "place": str(door.resource or door.venue),
        "time_zone": door.venue.time_zone,
        "day": day,
        "quantity": drawn.quantity if drawn else None,
        "spans": [
            {"period": span.period, "kind": span.kind, "taken": span.taken}
            for span in (drawn.spans if drawn else ())
        ],
        "bookings": [_at_door(door, booking, running) for booking in found],
        "book": {
            "address": page_of(door.resource),
            "qr_href": f"/api/v1/resources/{encode('res', door.resource.pk)}/qr",
        }
        if door.resource
        else None,
    }


class Today(DoorView):
    @extend_schema(operation_id="door_today", responses=DoorDay)
    def get(self, request: Request) -> Response:
        return Response(day_shape(self.door(request)))


class AtDoorCheckIn(StrictSerializer):
    qr = serializers.CharField(required=False, max_length=passes.LONGEST)
    code = serializers.CharField(required=False, max_length=12)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("qr" in attrs) == ("code" in attrs):
            raise serializers.ValidationError({"qr": ["one of qr and code"]}, code="one_of")
        return attrs


class DoorLight(serializers.Serializer[Any]):
    light = serializers.ChoiceField([arrivals.GREEN, arrivals.AMBER, arrivals.RED])
    checked_in = serializers.BooleanField()
    reasons = ReasonShape(many=True)
    today = DoorDay()


class DoorCheckIns(DoorView):
    @extend_schema(operation_id="check_in_at_door", request=AtDoorCheckIn, responses=DoorLight)
    @idempotent
    def post(self, request: Request) -> Response:
        door = self.door(request)
        body = AtDoorCheckIn(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        booking = doors.shown(door, doors.bookings_of(door), data.get("qr"), data.get("code"))
        look = arrivals.look(booking, Place(door.venue, door.resource))
        # Who owes is let in and told so; who lost a certification needs a person.
        may_come = look.light == arrivals.GREEN or [r.code for r in look.reasons] == ["unpaid"]
        if booking is not None and may_come:
            attendance.check_in(door, booking.pk, despite=[r.code for r in look.reasons])
        return Response(_light(door, look.light, look.reasons, checked_in=may_come))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_light(self.door(request), arrivals.GREEN, [], checked_in=True))


def _light(door: Door, light: str, reasons: Sequence[Reason], *, checked_in: bool) -> dict[str, Any]:
    return {
        "light": light,
        "checked_in": checked_in,
        "reasons": [reason_shape(r) for r in reasons],
        "today": day_shape(door),
    }


class DoorAct(DoorView):
    """An act on a booking that is here now; the answer is the day as it is then."""

    def here(self, door: Door, booking_id: str) -> Booking:
        """A booking of today, of this place; for a door there is no other."""
        found = next((b for b in doors.bookings_of(door) if encode("bkg", b.pk) == booking_id), None)
        if found is None:
            raise Missing
        return found

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(day_shape(self.door(request)))


class EndNow(DoorAct):
    @extend_schema(operation_id="end_at_door", request=None, responses=DoorDay)
    @idempotent
    def post(self, request: Request, booking_id: str) -> Response:
        door = self.door(request)
        attendance.check_out(door, self.here(door, booking_id).pk)
        return Response(day_shape(door))
