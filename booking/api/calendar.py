"""What the screens draw: availability for everybody, the desk for staff, and its blocks."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.actions import Parts, judged_actions, note_changes
from booking.api.seen import looked_again, of_spans
from booking.finding.days import free_days
from booking.finding.grid import grids
from booking.finding.timeline import CAUSES, SPAN_KINDS, timeline
from booking.models import Booking
from core.errors import Invalid, Missing, Pointer, WindowTooWide
from core.lists import read
from core.periods import Period, days_between, local_day
from core.shapes import ActionShape, IdField, PeriodShape, StrictSerializer, action, ref
from core.views import View
from people.roles import OfPartner, standing
from spaces.models import Resource, Venue

WIDEST, WIDEST_FOR_STAFF = 62, 400
MOST_RESOURCES = 500
# Resources times days: stretches are drawn for a week of a large house, days as numbers for a month of any.
MOST_DRAWN = {"spans": 3_500, "days": MOST_RESOURCES * 31}


class DayShape(serializers.Serializer[Any]):
    on = serializers.DateField()
    period = PeriodShape()


class SpanActions(serializers.Serializer[Any]):
    move = ActionShape()


class SpanShape(serializers.Serializer[Any]):
    period = PeriodShape()
    kind = serializers.ChoiceField(SPAN_KINDS)
    cause = serializers.ChoiceField(CAUSES, allow_null=True, help_text="of what is blocked")
    reason = serializers.CharField(allow_null=True)
    block_id = serializers.CharField(allow_null=True)
    block_repeats = serializers.BooleanField()
    booking_id = serializers.CharField(allow_null=True)
    item_id = serializers.CharField(allow_null=True, help_text="which of the booking's things")
    state = serializers.ChoiceField(Booking.State.choices, allow_null=True)
    code = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    attendance = serializers.CharField(allow_null=True)
    taken = serializers.IntegerField(allow_null=True)
    resource_id = serializers.CharField(allow_null=True, help_text="what the booking is of: a part, or this")
    booked = PeriodShape(allow_null=True, help_text="the booking's own period, of which this may be a piece")
    actions = SpanActions(allow_null=True, help_text="of a booking that the reader may open")


class NamedPeriod(serializers.Serializer[Any]):
    name = serializers.CharField()
    period = PeriodShape()


class MarksShape(serializers.Serializer[Any]):
    """An open stretch: starts are `anchor` plus whole steps; with presets, these alone."""

    period = PeriodShape()
    anchor = serializers.DateTimeField()
    step = serializers.IntegerField(help_text="minutes")
    usual = serializers.IntegerField(help_text="minutes of a booking for which nobody says a length")
    presets = NamedPeriod(many=True)


class FreeDayShape(serializers.Serializer[Any]):
    on = serializers.DateField()
    open_minutes = serializers.IntegerField()
    free_minutes = serializers.IntegerField(help_text="still to come and not taken")
    mine = serializers.BooleanField()


class ResourceSpans(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    capacity = serializers.IntegerField(allow_null=True)
    quantity = serializers.IntegerField()
    spans = SpanShape(many=True)
    grid = MarksShape(many=True)


class AvailableResource(ResourceSpans):
    """With `detail=days` the days, else the stretches and the marks to which they snap."""

    days = FreeDayShape(many=True)


class AvailabilityShape(serializers.Serializer[Any]):
    time_zone = serializers.CharField()
    days = DayShape(many=True)
    resources = AvailableResource(many=True)


class AvailabilityQuery(StrictSerializer):
    venue_id = IdField(Venue, required=False)
    resource_id = serializers.ListField(child=IdField(Resource), required=False, max_length=MOST_RESOURCES)
    kind = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), required=False)
    on_from = serializers.DateField()
    on_to = serializers.DateField(help_text="excluded")
    detail = serializers.ChoiceField(["spans", "days"], required=False, default="spans")


def day_shapes(venue: Venue, first: date, last: date) -> list[dict[str, Any]]:
    return [{"on": day, "period": local_day(day, venue.zone)} for day in days_between(first, last)]


def span_shapes(
    resources: list[Resource], window: Period, person: Any, *, names: bool, movable: bool = True
) -> list[dict[str, Any]]:
    """The resources with their stretches; where they are `movable`, with what may be done to the bookings drawn. Whose
    `names` were shown is logged."""
    drawn = timeline(resources, window, standing(person), names=names)
    if names:
        looked_again(person, of_spans(resources, drawn))
    shown = {s.booking for found in drawn.values() for s in found.spans if s.booking} if movable else set()
    moves = moves_of(shown, person)
    marks = grids(resources, {pk: found.opened for pk, found in drawn.items()})
    return [
        {
            **named(r, drawn[r.pk].quantity),
            "spans": [
                span.shape() | {"actions": moves.get(span.booking) if span.booking else None}
                for span in drawn[r.pk].spans
            ],
            "grid": [found.shape() for found in marks[r.pk]],
        }
        for r in resources
    ]


def moves_of(ids: set[UUID], person: Any) -> dict[UUID, dict[str, Any]]:
    """Of these bookings, whether each may move, as its own page would say; two statements, none without bookings."""
    if not ids:
        return {}
    bookings = list(Booking.objects.filter(pk__in=ids).select_related("venue"))
    note_changes(bookings)
    has = standing(person)
    judged = {b.pk: judged_actions(b, has, person, Parts())["move"] for b in bookings}
    return {pk: {"move": action(reasons, **more)} for pk, (reasons, more) in judged.items()}


def named(resource: Resource, quantity: int) -> dict[str, Any]:
    return {
        **(ref(resource) or {}),
        "slug": resource.slug,
        "kind": resource.kind,
        "capacity": resource.capacity,
        "quantity": quantity,
    }


def free_day_shapes(
    resources: list[Resource], days: list[dict[str, Any]], person: Any
) -> list[dict[str, Any]]:
    found = free_days(resources, [(day["on"], day["period"]) for day in days], standing(person))
    return [
        {
            **named(r, found[r.pk].quantity),
            "spans": [],
            "grid": [],
            "days": [day.shape() for day in found[r.pk].days],
        }
        for r in resources
    ]


class Availability(View):
    @extend_schema(operation_id="availability", parameters=[AvailabilityQuery], responses=AvailabilityShape)
    def get(self, request: Request) -> Response:
        asked = read(AvailabilityQuery, request)
        first, last = asked["on_from"], asked["on_to"]
        if not date(2000, 1, 1) <= first < last <= date(2100, 1, 1):
            raise Invalid(pointers=[Pointer("?on_to", "empty", "")])
        rows = Resource.objects.filter(is_active=True).select_related("venue")
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        if "resource_id" in asked:
            rows = rows.filter(pk__in=asked["resource_id"])
        if "kind" in asked:
            rows = rows.filter(kind__in=asked["kind"])
        if not asked.keys() & {"venue_id", "resource_id"}:
            raise Invalid(pointers=[Pointer("?venue_id", "required", "")])
        resources = list(rows.order_by("position", "name", "pk")[:MOST_RESOURCES])
        venue = resources[0].venue if resources else _venue(asked)
        if venue is None:
            raise Missing
        if any(r.venue_id != venue.pk for r in resources):
            raise Invalid(pointers=[Pointer("?resource_id", "several-venues", "")])
        staff = standing(request.user).allows("desk.see", OfPartner(venue.partner_id))
        widest = WIDEST_FOR_STAFF if staff else WIDEST
        drawable = MOST_DRAWN[asked["detail"]] // max(len(resources), 1)
        if (last - first).days > min(widest, drawable):
            raise WindowTooWide(days=min(widest, drawable))
        days = day_shapes(venue, first, last)
        if asked["detail"] == "days":
            drawn = free_day_shapes(resources, days, request.user)
        else:
            window = Period(days[0]["period"].start, days[-1]["period"].end)
            drawn = [
                shape_ | {"days": []} for shape_ in span_shapes(resources, window, request.user, names=staff)
            ]
        return Response({"time_zone": venue.time_zone, "days": days, "resources": drawn})


def _venue(asked: dict[str, Any]) -> Venue | None:
    """The venue asked about, which may have nothing of the kind."""
    return Venue.objects.filter(pk=asked["venue_id"]).first() if "venue_id" in asked else None
