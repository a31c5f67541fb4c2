"""What a change of the rules would do, shown before it is saved."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.rehearsing.rehearsal import Part, Rehearsal, rehearse
from booking.rehearsing.rehearsal_hours import Change, rehearse_hours
from core.errors import Missing
from core.ids import encode
from core.problems import reason_shape
from core.shapes import IdField, PeriodShape, ReasonShape, RefShape, ref
from core.views import View
from spaces import hours, versions
from spaces.api_opening import WantedClosure, WantedSeason, unsaved_closure, wanted_season
from spaces.api_places import VenueFacts
from spaces.api_rules import WantedRules, unsaved
from spaces.api_scope import scope_for
from spaces.models import Venue

SHOWN = 100


class TouchedShape(serializers.Serializer[Any]):
    booking_id = serializers.CharField()
    code = serializers.CharField()
    resource = RefShape()
    period = PeriodShape()
    reasons = ReasonShape(many=True)


class PartShape(serializers.Serializer[Any]):
    there = serializers.IntegerField(
        help_text="how many there are: more than are judged where there are very many"
    )
    judged = serializers.IntegerField(help_text="of what is to come the nearest, of what was the latest")
    refused = serializers.IntegerField()
    bookings = TouchedShape(many=True, help_text="the first hundred")

    class Meta:
        ref_name = "Part"


class RehearsalShape(serializers.Serializer[Any]):
    to_come = PartShape()
    last_90_days = PartShape()

    class Meta:
        ref_name = "Rehearsal"


def part_shape(part: Part) -> dict[str, Any]:
    return {
        "there": part.there,
        "judged": part.judged,
        "refused": len(part.refused),
        "bookings": [
            {
                "booking_id": encode("bkg", touched.item.booking_id),
                "code": touched.item.booking.code,
                "resource": ref(touched.item.resource),
                "period": touched.item.period,
                "reasons": [reason_shape(reason) for reason in touched.reasons],
            }
            for touched in part.refused[:SHOWN]
        ],
    }


def shape(found: Rehearsal) -> dict[str, Any]:
    return {"to_come": part_shape(found.to_come), "last_90_days": part_shape(found.replayed)}


class PreviewRules(View):
    @extend_schema(operation_id="preview_rules", request=WantedRules, responses=RehearsalShape)
    def post(self, request: Request) -> Response:
        body = WantedRules(data=request.data)
        body.is_valid(raise_exception=True)
        scope = scope_for(request.user, body.validated_data)
        proposed = unsaved(scope, body.validated_data)
        versions.check(proposed)
        return Response(shape(rehearse(proposed)))


class WantedHoursChange(WantedSeason):
    """A season as it would be written; without hours, only the end of the one it replaces."""


class PreviewHours(View):
    @extend_schema(operation_id="preview_opening_rules", request=WantedHoursChange, responses=RehearsalShape)
    def post(self, request: Request) -> Response:
        body = WantedHoursChange(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        scope = scope_for(request.user, data)
        existing = hours.seasons([scope.own])
        replaces = data["replaces_id"]
        if replaces is not None and all(season.id != replaces for season in existing):
            raise Missing
        if not data["hours"]:
            ending = [season for season in existing if season.id == replaces]
            return Response(shape(rehearse_hours(Change(scope, ending=ending))))
        season = wanted_season(scope, data)
        ending = hours.ended_by(existing, season, replaces)
        return Response(shape(rehearse_hours(Change(scope, season=season, ending=ending))))


class PreviewClosure(View):
    @extend_schema(operation_id="preview_closure", request=WantedClosure, responses=RehearsalShape)
    def post(self, request: Request) -> Response:
        body = WantedClosure(data=request.data)
        body.is_valid(raise_exception=True)
        scope = scope_for(request.user, body.validated_data)
        closing = unsaved_closure(scope, body.validated_data)
        return Response(shape(rehearse_hours(Change(scope, closing=closing))))


class WantedHolidays(VenueFacts):
    venue_id = IdField(Venue)


class PreviewHolidays(View):
    @extend_schema(operation_id="preview_holidays", request=WantedHolidays, responses=RehearsalShape)
    def post(self, request: Request) -> Response:
        body = WantedHolidays(data=request.data)
        body.is_valid(raise_exception=True)
        facts = dict(body.validated_data)
        scope = scope_for(request.user, {"venue_id": facts.pop("venue_id")})
        changed = Venue.objects.get(pk=scope.venue.pk)
        for name, value in facts.items():
            setattr(changed, name, value)
        return Response(shape(rehearse_hours(Change(scope, venue=changed))))
