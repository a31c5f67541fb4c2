"""The staff's queue: what waits for a yes or a no, why it has to be asked, and what they want to know to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking import asking
from booking.api.actions import note_changes
from booking.api.shape import BookingShape, shape
from booking.models import Booking
from core.lists import ListQuery, page, read
from core.shapes import IdField, ListShape
from core.views import View
from people.models import Person
from people.roles import MAY, signed_in, standing
from spaces.models import Resource, Venue


class CameBefore(serializers.Serializer[Any]):
    came = serializers.IntegerField()
    no_shows = serializers.IntegerField()


class ApprovalShape(serializers.Serializer[Any]):
    """A booking, or a change of one, that staff decide on."""

    booking = BookingShape()
    kind = serializers.ChoiceField(asking.KINDS)
    since = serializers.DateTimeField()
    decide_by = serializers.DateTimeField(help_text="without a word until then it lapses")
    because = serializers.ListField(
        child=serializers.ChoiceField(asking.CAUSES), help_text="why it has to be asked"
    )
    waiting = serializers.IntegerField(help_text="how many on the waiting list this time would suit")
    before = CameBefore(help_text="of whoever asks, at this venue")

    class Meta:
        ref_name = "Approval"


class ApprovalPage(ListShape):
    data = ApprovalShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ApprovalsQuery(ListQuery):
    venue_id = IdField(Venue, required=False)
    resource_id = IdField(Resource, required=False)
    kind = serializers.ChoiceField(asking.KINDS, required=False)


class Approvals(View):
    @extend_schema(operation_id="list_approvals", parameters=[ApprovalsQuery], responses=ApprovalPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(ApprovalsQuery, request)
        has = standing(person)
        rows = asking.rows_for(None if has.administrator else has.partners(*MAY["booking.approve"]))
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        if "resource_id" in asked:
            rows = rows.filter(items__resource=asked["resource_id"]).distinct()
        if "kind" in asked:
            rows = rows.filter(asking.of_kind(asked["kind"]))
        rows = asking.since(rows)
        return Response(
            page(rows, asked, lambda found: _shapes(found, person), by="since", newest_first=False)
        )


def _shapes(bookings: Sequence[Booking], person: Person) -> list[dict[str, Any]]:
    note_changes(bookings)
    known = asking.looked_into(bookings)
    shown = shape(bookings, person, ["money"])
    return [
        {
            "booking": shaped,
            "kind": asking.kind_of(booking),
            "since": booking.since,  # type: ignore[attr-defined]
            "decide_by": booking.decide_by,  # type: ignore[attr-defined]
            "because": known[booking.pk].because,
            "waiting": known[booking.pk].waiting,
            "before": {"came": known[booking.pk].came, "no_shows": known[booking.pk].no_shows},
        }
        for booking, shaped in zip(bookings, shown, strict=True)
    ]
