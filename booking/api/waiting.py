"""The waiting list: join it, see one's places and the log, answer an offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking import waiting as acts
from booking.api.acting import Nothing, shown
from booking.api.shape import BookingShape
from booking.clauses import Given
from booking.models import Waiting, WaitingLine
from booking.waiting import Wish
from core.clock import now
from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import decode, encode
from core.periods import Period, local_day
from core.shapes import IdField, ListShape, PeriodShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Person
from people.roles import signed_in
from spaces.models import Resource, Venue

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
MOST_SHOWN = 50


class WaitingHours(StrictSerializer):
    start = serializers.RegexField(CLOCK)
    end = serializers.RegexField(CLOCK)


class WaitingDays(StrictSerializer):
    """`start` included, `end` excluded."""

    start = serializers.DateField()
    end = serializers.DateField()


class NewPlace(StrictSerializer):
    """A slot (`resource_id` and `period`), or a wish: a resource or a kind at a venue, days, hours, least minutes."""

    resource_id = IdField(Resource, required=False)
    venue_id = IdField(Venue, required=False)
    kind = serializers.ChoiceField(Resource.Kind.choices, required=False)
    period = PeriodShape(required=False)
    days = WaitingDays(required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), required=False, default=list, max_length=7
    )
    hours = WaitingHours(required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=60 * 24 * 31, required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=500, default=1)
    people = serializers.IntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)


class WaitingOffer(serializers.Serializer[Any]):
    booking_id = serializers.CharField()
    resource = RefShape()
    period = PeriodShape()
    until = serializers.DateTimeField()


class WaitingPlace(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(Waiting.State.choices)
    rank = serializers.IntegerField(allow_null=True)
    venue = RefShape()
    resource = RefShape(allow_null=True)
    kind = serializers.CharField(allow_blank=True)
    window = PeriodShape()
    weekdays = serializers.ListField(child=serializers.IntegerField())
    hours = WaitingHours(allow_null=True)
    minutes = serializers.IntegerField()
    quantity = serializers.IntegerField()
    people = serializers.IntegerField(allow_null=True)
    joined_at = serializers.DateTimeField()
    offer = WaitingOffer(allow_null=True)


class WaitingPlaces(ListShape):
    data = WaitingPlace(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class WaitingLogLine(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    what = serializers.ChoiceField(WaitingLine.What.choices)
    mine = serializers.BooleanField()
    resource = RefShape(allow_null=True)
    period = PeriodShape(allow_null=True)


class WaitingLog(ListShape):
    data = WaitingLogLine(many=True)


class OfferAnswer(StrictSerializer):
    """The whole offer, or the part of it that is wanted."""

    period = PeriodShape(required=False)
    people = serializers.IntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)
    accepted_terms = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=20
    )
    answers = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True), required=False, default=dict
    )


def wish_of(data: dict[str, Any]) -> Wish:
    """What a body means. Raises Missing for what is not there, Invalid for what is neither slot nor wish."""
    venue, resources = _where(data)
    more = {"kind": data.get("kind", ""), "quantity": data["quantity"], "people": data.get("people")}
    if "period" in data:
        if more["kind"]:
            raise Invalid(pointers=[Pointer("/resource_id", "required", "")])
        period = PeriodShape.resolve(data["period"], venue.zone)
        return Wish(venue, resources, period, period.minutes, **more)
    for name in ("days", "minutes"):
        if name not in data:
            raise Invalid(pointers=[Pointer(f"/{name}", "required", "")])
    first, after = data["days"]["start"], data["days"]["end"]
    hours = {name: time.fromisoformat(value) for name, value in data.get("hours", {}).items()}
    if first >= after or (hours and hours["start"] >= hours["end"]):
        raise Invalid(pointers=[Pointer("/days" if first >= after else "/hours", "empty", "")])
    window = Period(local_day(first, venue.zone).start, local_day(after, venue.zone).start)
    return Wish(
        venue,
        resources,
        window,
        data["minutes"],
        weekdays=sorted(set(data["weekdays"])),
        earliest=hours.get("start"),
        latest=hours.get("end"),
        **more,
    )


def _where(data: dict[str, Any]) -> tuple[Venue, list[Resource]]:
    rows = Resource.objects.filter(is_active=True).select_related("venue")
    if "resource_id" in data and "kind" not in data:
        rows = rows.filter(pk=data["resource_id"])
    elif "venue_id" in data and "kind" in data and "resource_id" not in data:
        rows = rows.filter(venue=data["venue_id"], kind=data["kind"])
    else:
        raise Invalid(pointers=[Pointer("/resource_id", "required", "")])
    found = list(rows.order_by("name", "pk"))
    if not found:
        raise Missing
    return found[0].venue, found


def one(waiting_id: str, person: Person) -> Waiting:
    """The person's own place; anybody else's is not there."""
    try:
        pk = decode(Waiting.prefix, waiting_id)
    except ValueError as error:
        raise Missing from error
    found = _loaded().filter(pk=pk, person=person).first()
    if found is None:
        raise Missing
    return found


def _loaded() -> QuerySet[Waiting]:
    return Waiting.objects.select_related("venue", "resource", "booking").prefetch_related(
        "booking__items__resource"
    )


def shape(places: Sequence[Waiting]) -> list[dict[str, Any]]:
    ranks = acts.ranks(places)
    return [
        {
            "id": encode("wai", w.pk),
            "state": w.state,
            "rank": ranks.get(w.pk),
            "venue": ref(w.venue),
            "resource": ref(w.resource),
            "kind": w.kind,
            "window": w.window,
            "weekdays": w.weekdays,
            "hours": {"start": f"{w.earliest:%H:%M}", "end": f"{w.latest:%H:%M}"}
            if w.earliest and w.latest
            else None,
            "minutes": w.minutes,
            "quantity": w.quantity,
            "people": w.people,
            "joined_at": w.joined_at,
            "offer": _offer(w),
        }
        for w in places
    ]


def _offer(waiting: Waiting) -> dict[str, Any] | None:
    booking = waiting.booking
    if waiting.state != Waiting.State.OFFERED or booking is None:
        return None
    return {
        "booking_id": encode("bkg", booking.pk),
        "resource": ref(booking.items.all()[0].resource),
        "period": booking.period,
        "until": booking.held_until,
    }


class WaitingList(View):
    @extend_schema(operation_id="list_waiting", responses=WaitingPlaces)
    def get(self, request: Request) -> Response:
        """One's places: offers first, then who still waits, then what is over."""
        person = signed_in(request.user)
        order = Case(
            When(state="offered", then=Value(0)),
            When(state="waiting", window__endswith__gt=now(), then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        rows = _loaded().filter(person=person).annotate(order=order).order_by("order", "-joined_at", "pk")
        return Response({"data": shape(list(rows[:MOST_SHOWN])), "next_cursor": None})

    @extend_schema(operation_id="join_waiting_list", request=NewPlace, responses={201: WaitingPlace})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewPlace(data=request.data)
        body.is_valid(raise_exception=True)
        made = acts.join(person, wish_of(body.validated_data))
        return Response(shape([made])[0], status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(shape([one(encode(kind, thing), signed_in(request.user))])[0], status=201)


class PlaceLog(View):
    @extend_schema(operation_id="waiting_log", responses=WaitingLog)
    def get(self, request: Request, waiting_id: str) -> Response:
        """What happened to all who wait for the same; nobody is named."""
        person = signed_in(request.user)
        lines = acts.log_of(one(waiting_id, person))
        return Response(
            {
                "data": [
                    {
                        "at": line.at,
                        "what": line.what,
                        "mine": line.waiting.person_id == person.pk,
                        "resource": ref(line.resource),
                        "period": line.period,
                    }
                    for line in lines
                ]
            }
        )


class AcceptOffer(View):
    @extend_schema(operation_id="accept_offer", request=OfferAnswer, responses=BookingShape)
    @idempotent
    def post(self, request: Request, waiting_id: str) -> Response:
        person = signed_in(request.user)
        waiting = one(waiting_id, person)
        body = OfferAnswer(data=request.data or {})
        body.is_valid(raise_exception=True)
        data = body.validated_data
        period = PeriodShape.resolve(data["period"], waiting.venue.zone) if "period" in data else None
        people = data.get("people") or waiting.people
        given = Given(people, frozenset(data["accepted_terms"]), data["answers"])
        booking = acts.accept(person, waiting.pk, given, period)
        return Response(shown(booking.pk, person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(shown(thing, signed_in(request.user)))


class _Answer(View):
    """An act on one's own place, which is shown as it is afterwards."""

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(shape([one(kwargs["waiting_id"], signed_in(request.user))])[0])


class DeclineOffer(_Answer):
    @extend_schema(operation_id="decline_offer", request=Nothing, responses=WaitingPlace)
    @idempotent
    def post(self, request: Request, waiting_id: str) -> Response:
        person = signed_in(request.user)
        acts.decline(person, one(waiting_id, person).pk)
        return Response(shape([one(waiting_id, person)])[0])


class LeaveList(_Answer):
    @extend_schema(operation_id="leave_waiting_list", request=Nothing, responses=WaitingPlace)
    @idempotent
    def post(self, request: Request, waiting_id: str) -> Response:
        person = signed_in(request.user)
        acts.leave(person, one(waiting_id, person).pk)
        return Response(shape([one(waiting_id, person)])[0])
