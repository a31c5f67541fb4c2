"""What stands behind a figure of lost hours: the maintenance, or what was out of order, with the hours of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.insight import InsightQuery, cut_of
from booking.api.occupancy import reported_days
from booking.measuring.insight import scope
from booking.measuring.lost import lost_to
from booking.measuring.tally import MAINTENANCE, OUTAGE, minutes
from booking.models import Block, Outage
from core.ids import encode
from core.lists import ListQuery, page, read
from core.shapes import ListShape, RefShape, ref
from core.views import View
from people.roles import allow_somewhere


class LostQuery(InsightQuery, ListQuery):
    measure = serializers.ChoiceField([MAINTENANCE, OUTAGE], required=False, default=MAINTENANCE)
    weekday = serializers.IntegerField(required=False, min_value=1, max_value=7)
    hour = serializers.IntegerField(required=False, min_value=0, max_value=23)


class LostShape(serializers.Serializer[Any]):
    """A block for maintenance, or an outage."""

    id = serializers.CharField()
    resource = RefShape()
    time_zone = serializers.CharField()
    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField(allow_null=True, help_text="null: until further notice")
    reason = serializers.CharField(
        allow_blank=True, help_text="empty where the thing is another's and only shares its hours"
    )
    minutes = serializers.IntegerField(
        help_text="opened and lost to it, for each unit, of what was asked for"
    )

    class Meta:
        ref_name = "LostHours"


class LostPage(ListShape):
    data = LostShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    minutes = serializers.IntegerField(help_text="of all of them, on every page")


class Lost(View):
    @extend_schema(operation_id="report_lost", parameters=[LostQuery], responses=LostPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "report.see")
        asked = read(LostQuery, request)
        days = reported_days(asked["on_from"], asked["on_to"])
        ids = scope(has, cut_of(asked)).ids
        found = lost_to(asked["measure"], ids, days, asked.get("weekday"), asked.get("hour"))
        model: Any = Block if asked["measure"] == MAINTENANCE else Outage
        rows = model.objects.filter(pk__in=found).select_related("resource__venue")
        told = page(rows, asked, lambda works: _shapes(works, found, set(ids)))
        return Response(told | {"count": len(found), "minutes": minutes(sum(found.values()))})


def _shapes(works: Sequence[Block | Outage], found: dict[UUID, int], ours: set[UUID]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode(work.prefix, work.pk),
            "resource": ref(work.resource),
            "time_zone": work.resource.venue.time_zone,
            "from_at": work.period.start if isinstance(work, Block) else work.from_at,
            "until_at": work.period.end if isinstance(work, Block) else work.until_at,
            "reason": work.reason if work.resource_id in ours else "",
            "minutes": minutes(found[work.pk]),
        }
        for work in works
    ]
