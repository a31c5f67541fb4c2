"""What a change of the rules would do, shown before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.rehearsal import Touched, rehearse
from core.errors import Invalid, Missing, Pointer
from core.ids import encode
from core.problems import reason_shape
from core.shapes import IdField, PeriodShape, ReasonShape, RefShape, StrictSerializer, ref
from core.views import View
from people.roles import OfPartner, allow
from spaces.models import Resource, Rules, Venue

SHOWN = 100


class ProposedRules(StrictSerializer):
    """Rules of a venue or of one resource, as `docs/rules.md` words them."""

    venue_id = IdField(Venue, required=False)
    resource_id = IdField(Resource, required=False)
    from_on = serializers.DateField()
    basis = serializers.ChoiceField(Rules.Basis.choices, default=Rules.Basis.USE)
    rules = serializers.DictField()


class TouchedShape(serializers.Serializer[Any]):
    booking_id = serializers.CharField()
    code = serializers.CharField()
    resource = RefShape()
    period = PeriodShape()
    reasons = ReasonShape(many=True)


class Part(serializers.Serializer[Any]):
    judged = serializers.IntegerField()
    refused = serializers.IntegerField()
    bookings = TouchedShape(many=True, help_text="the first hundred")


class RehearsalShape(serializers.Serializer[Any]):
    to_come = Part()
    last_90_days = Part()

    class Meta:
        ref_name = "Rehearsal"


def part(judged: int, found: Sequence[Touched]) -> dict[str, Any]:
    return {
        "judged": judged,
        "refused": len(found),
        "bookings": [
            {
                "booking_id": encode("bkg", touched.item.booking_id),
                "code": touched.item.booking.code,
                "resource": ref(touched.item.resource),
                "period": touched.item.period,
                "reasons": [reason_shape(reason) for reason in touched.reasons],
            }
            for touched in found[:SHOWN]
        ],
    }


class PreviewRules(View):
    @extend_schema(operation_id="preview_rules", request=ProposedRules, responses=RehearsalShape)
    def post(self, request: Request) -> Response:
        body = ProposedRules(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        if ("venue_id" in asked) == ("resource_id" in asked):
            raise Invalid(pointers=[Pointer("/venue_id", "required", "")])
        resource = Resource.objects.select_related("venue").filter(pk=asked.get("resource_id")).first()
        venue = resource.venue if resource else Venue.objects.filter(pk=asked.get("venue_id")).first()
        if venue is None:
            raise Missing
        allow(request.user, "rules.edit", OfPartner(venue.partner_id))
        found = rehearse(
            Rules(
                venue=None if resource else venue,
                resource=resource,
                from_on=asked["from_on"],
                basis=asked["basis"],
                data=asked["rules"],
            )
        )
        return Response(
            {
                "to_come": part(found.to_come, found.touched),
                "last_90_days": part(found.replayed, found.refused),
            }
        )
