"""The waiting list: join it, see one's places and the log, answer an offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.acting import Nothing, shown
from booking.api.bookings import MOST_ITEMS, FittingThing, wanted_things
from booking.api.shape import BookingShape
from booking.judging.clauses import Given
from booking.models import WaitedFor, Waiting, WaitingItem, WaitingLine
from booking.queueing import waiting as acts
from booking.queueing.waiting import Wish
from booking.queueing.wanted import WORDS, things
from core.clock import now
from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lookup import one_in
from core.periods import END_OF_DAY, local_days, on_the_clock
from core.shapes import (
    ActionShape,
    IdField,
    ListShape,
    PeriodShape,
    RefShape,
    StrictSerializer,
    action,
    ref,
)
from core.views import View
from people.models import Organisation, Person
from people.roles import OfPartner, signed_in, standing
from spaces.models import Resource, Venue

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
CLOCK_OR_24 = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"
MOST_SHOWN = 50


class WaitingHours(StrictSerializer):
    start = serializers.RegexField(CLOCK)
    end = serializers.RegexField(CLOCK_OR_24, help_text="24:00 is the end of the day")


class WaitingDays(StrictSerializer):
    """`start` included, `end` excluded."""

    start = serializers.DateField()
    end = serializers.DateField()


class NewPlace(StrictSerializer):
    """A slot (`resource_id` or `items`, and `period`), or a wish: a resource, several `items` at once, or a kind at a
    venue; days, hours, least minutes. Where all `items` are kinds, the venue is said."""

    resource_id = IdField(Resource, required=False)
    items = serializers.ListField(child=FittingThing(), required=False, min_length=1, max_length=MOST_ITEMS)
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
    organisation_id = IdField(Organisation, required=False, allow_null=True, help_text="in whose name")


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


def wish_of(person: Person, data: dict[str, Any]) -> Wish:
    """What a body means. Raises Missing for what is not there, or an organisation that the person does not book for;
    Invalid for what is neither slot nor wish."""
    venue, wanted = _what(data)
    more: dict[str, Any] = {
        "people": data.get("people"),
        "organisation": _in_whose_name(person, data.get("organisation_id"), venue),
    }
    if "period" in data:
        if "kind" in data:
            raise Invalid(pointers=[Pointer("/resource_id", "required", "")])
        period = PeriodShape.resolve(data["period"], venue.zone)
        return Wish(venue, wanted, period, period.minutes, **more)
    for name in ("days", "minutes"):
        if name not in data:
            raise Invalid(pointers=[Pointer(f"/{name}", "required", "")])
    first, after = data["days"]["start"], data["days"]["end"]
    hours = {
        name: END_OF_DAY if value == "24:00" else time.fromisoformat(value)
        for name, value in data.get("hours", {}).items()
    }
    if first >= after or (hours and hours["start"] >= hours["end"]):
        raise Invalid(pointers=[Pointer("/days" if first >= after else "/hours", "empty", "")])
    window = local_days(first, after, venue.zone)
    return Wish(
        venue,
        wanted,
        window,
        data["minutes"],
        weekdays=sorted(set(data["weekdays"])),
        earliest=hours.get("start"),
        latest=hours.get("end"),
        **more,
    )


def _in_whose_name(person: Person, organisation_id: UUID | None, venue: Venue) -> Organisation | None:
    if organisation_id is None:
        return None
    found = Organisation.objects.filter(pk=organisation_id).first()
    if found is None or not standing(person).books_for(found.pk, OfPartner(venue.partner_id)):
        raise Missing
    return found


def _what(data: dict[str, Any]) -> tuple[Venue, list[WaitedFor]]:
    """The venue, and what is wanted of it at the same time, as unsaved rows."""
    if "items" in data:
        if data.keys() & {"resource_id", "kind"}:
            raise Invalid(pointers=[Pointer("/items", "one-or-the-other", "")])
        return _several(data["items"], data.get("venue_id"))
    if "resource_id" in data and "kind" not in data:
        found = (
            Resource.objects.filter(is_active=True, pk=data["resource_id"]).select_related("venue").first()
        )
        if found is None:
            raise Missing
        return found.venue, [WaitingItem(resource=found, quantity=data["quantity"])]
    if "venue_id" in data and "kind" in data and "resource_id" not in data:
        return _venue(data["venue_id"]), [WaitingItem(kind=data["kind"], quantity=data["quantity"])]
    raise Invalid(pointers=[Pointer("/resource_id", "required", "")])


def _several(items: list[dict[str, Any]], venue_id: UUID | None) -> tuple[Venue, list[WaitedFor]]:
    for n, item in enumerate(items):
        if ("resource_id" in item) == ("kind" in item):
            raise Invalid(pointers=[Pointer(f"/items/{n}/resource_id", "one-or-the-other", "")])
    resources = [resource for resource, _ in wanted_things([i for i in items if "resource_id" in i])]
    if venue_id is None and not resources:
        raise Invalid(pointers=[Pointer("/venue_id", "required", "")])
    venue = resources[0].venue if venue_id is None else _venue(venue_id)
    if any(resource.venue_id != venue.pk for resource in resources):
        raise Invalid(pointers=[Pointer("/items", "several-venues", "")])
    named = {resource.pk: resource for resource in resources}
    return venue, [_thing_of(item, named) for item in items]


def _thing_of(item: dict[str, Any], named: Mapping[UUID, Resource]) -> WaitedFor:
    if "resource_id" in item:
        return WaitingItem(resource=named[item["resource_id"]], quantity=item["quantity"])
    return WaitingItem(
        kind=item["kind"],
        capacity_from=item.get("capacity_from"),
        features=sorted({*item.get("features", ()), *item.get("access", ())}),
        quantity=item["quantity"],
    )


def _venue(venue_id: UUID) -> Venue:
    found = Venue.objects.filter(pk=venue_id).first()
    if found is None:
        raise Missing
    return found


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
