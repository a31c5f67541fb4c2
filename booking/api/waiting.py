"""The waiting list: join it, see one's places and the log, answer an offer or a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.acting import Nothing, shown
from booking.api.shape import BookingShape
from booking.api.wishes import NewPlace, WaitingHours, wish_of
from booking.judging.clauses import Given
from booking.models import WaitedFor, Waiting, WaitingLine
from booking.queueing import waiting as acts
from booking.queueing.parts import parts_of
from booking.queueing.wanted import WORDS, things
from core.clock import now
from core.idempotency import idempotent
from core.ids import encode
from core.lookup import one_in
from core.periods import on_the_clock
from core.shapes import (
    ActionShape,
    ListShape,
    PeriodShape,
    RefShape,
    StrictSerializer,
    action,
    ref,
)
from core.views import View
from people.models import Person
from people.roles import signed_in, standing

MOST_SHOWN = 50


class WantedThing(serializers.Serializer[Any]):
    """A resource, or any of a kind that holds so many people and has these features."""

    resource = RefShape(allow_null=True)
    kind = serializers.CharField(allow_blank=True)
    capacity_from = serializers.IntegerField(allow_null=True)
    features = serializers.ListField(child=serializers.CharField())
    quantity = serializers.IntegerField()


class WaitingThing(serializers.Serializer[Any]):
    resource = RefShape()
    quantity = serializers.IntegerField()


class WaitingActions(serializers.Serializer[Any]):
    accept = ActionShape()
    decline = ActionShape()
    leave = ActionShape()


class WaitingOffer(serializers.Serializer[Any]):
    booking_id = serializers.CharField()
    resource = RefShape()
    items = WaitingThing(many=True)
    period = PeriodShape()
    until = serializers.DateTimeField()


class WaitingPlace(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(Waiting.State.choices)
    rank = serializers.IntegerField(
        allow_null=True, help_text="none while nothing is offered here: `actions.accept` says why"
    )
    venue = RefShape()
    resource = RefShape(allow_null=True)
    items = WantedThing(many=True, help_text="all that is waited for, to be had at once")
    kind = serializers.CharField(allow_blank=True)
    window = PeriodShape()
    weekdays = serializers.ListField(child=serializers.IntegerField())
    hours = WaitingHours(allow_null=True)
    minutes = serializers.IntegerField()
    quantity = serializers.IntegerField()
    people = serializers.IntegerField(allow_null=True)
    organisation = RefShape(allow_null=True)
    joined_at = serializers.DateTimeField()
    actions = WaitingActions()
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


class PartOfOffer(serializers.Serializer[Any]):
    start = serializers.DateTimeField()
    ends = serializers.ListField(child=serializers.DateTimeField())


class PartsOfOffer(ListShape):
    data = PartOfOffer(many=True)


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


def one(waiting_id: str, person: Person) -> Waiting:
    """The person's own place; anybody else's is not there."""
    return one_in(_loaded().filter(person=person), Waiting.prefix, waiting_id)


def _loaded() -> QuerySet[Waiting]:
    return Waiting.objects.select_related("venue", "resource", "booking", "organisation").prefetch_related(
        "booking__items__resource", "besides__resource"
    )


def shape(places: Sequence[Waiting], person: Person) -> list[dict[str, Any]]:
    has = standing(person)
    ranks = acts.ranks(places, has)
    return [
        {
            "id": encode("wai", w.pk),
            "state": w.state,
            "rank": ranks.get(w.pk),
            "venue": ref(w.venue),
            "resource": ref(w.resource),
            "items": [_wanted(thing) for thing in things(w)],
            "kind": w.kind,
            "window": w.window,
            "weekdays": w.weekdays,
            "hours": {"start": on_the_clock(w.earliest), "end": on_the_clock(w.latest)}
            if w.earliest and w.latest
            else None,
            "minutes": w.minutes,
            "quantity": w.quantity,
            "people": w.people,
            "organisation": ref(w.organisation),
            "joined_at": w.joined_at,
            "actions": {
                "accept": action(acts.reasons_against_accepting(w, has)),
                "decline": action(acts.reasons_against_answering(w)),
                "leave": action(acts.reasons_against_leaving(w)),
            },
            "offer": _offer(w),
        }
        for w in places
    ]


def _wanted(thing: WaitedFor) -> dict[str, Any]:
    return {"resource": ref(thing.resource)} | {name: getattr(thing, name) for name in WORDS[1:]}


def _offer(waiting: Waiting) -> dict[str, Any] | None:
    booking = waiting.booking
    if waiting.state != Waiting.State.OFFERED or booking is None:
        return None
    items = sorted(booking.items.all(), key=lambda item: item.pk)
    return {
        "booking_id": encode("bkg", booking.pk),
        "resource": ref(items[0].resource),
        "items": [{"resource": ref(item.resource), "quantity": item.quantity} for item in items],
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
        return Response({"data": shape(list(rows[:MOST_SHOWN]), person), "next_cursor": None})

    @extend_schema(operation_id="join_waiting_list", request=NewPlace, responses={201: WaitingPlace})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewPlace(data=request.data)
        body.is_valid(raise_exception=True)
        made = acts.join(person, wish_of(person, body.validated_data))
        return Response(shape([made], person)[0], status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(shape([one(encode(kind, thing), person)], person)[0], status=201)


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


class OfferParts(View):
    @extend_schema(operation_id="offer_parts", responses=PartsOfOffer)
    def get(self, request: Request, waiting_id: str) -> Response:
        """What may be accepted of the open offer: each start with its ends, the whole among them. None without one."""
        waiting = one(waiting_id, signed_in(request.user))
        parts = {} if acts.reasons_against_answering(waiting) else parts_of(waiting)
        return Response({"data": [{"start": start, "ends": ends} for start, ends in parts.items()]})


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
        person = signed_in(request.user)
        return Response(shape([one(kwargs["waiting_id"], person)], person)[0])


class DeclineOffer(_Answer):
    @extend_schema(operation_id="decline_offer", request=Nothing, responses=WaitingPlace)
    @idempotent
    def post(self, request: Request, waiting_id: str) -> Response:
        person = signed_in(request.user)
        acts.decline(person, one(waiting_id, person).pk)
        return Response(shape([one(waiting_id, person)], person)[0])


class LeaveList(_Answer):
    @extend_schema(operation_id="leave_waiting_list", request=Nothing, responses=WaitingPlace)
    @idempotent
    def post(self, request: Request, waiting_id: str) -> Response:
        person = signed_in(request.user)
        acts.leave(person, one(waiting_id, person).pk)
        return Response(shape([one(waiting_id, person)], person)[0])
