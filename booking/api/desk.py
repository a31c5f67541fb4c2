"""The desk's board: who comes, who is here, what has to be handled, and the day of every resource."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, DateTimeField, ExpressionWrapper, Q
from django.db.models.functions import Lower
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.bookings import may_run_desk
from booking.api.calendar import DayShape, ResourceSpans, span_shapes
from booking.api.consequences import ConsequenceShape, consequence_shapes
from booking.api.doors import DoorShape, door_shape
from booking.api.seen import looked_again, of_consequences, sights
from booking.api.shape import BookingShape, shape
from booking.approving.asking import is_asking, stands_behind
from booking.attending import watch
from booking.models import Booking, Consequence
from booking.visible import bookings_for, consequences_for, doors_for
from core.clock import now
from core.errors import Missing
from core.ids import encode
from core.lists import read
from core.periods import local_date, local_day
from core.shapes import IdField, RefShape, StrictSerializer, ref
from core.views import View
from people.roles import signed_in, standing
from spaces.models import Resource, Venue

LATE_AFTER = timedelta(minutes=15)  # where the rules set no grace
MOST, MOST_ASKING = 200, 100
A = Booking.Attendance


class DeskCounts(serializers.Serializer[Any]):
    arrivals = serializers.IntegerField()
    late = serializers.IntegerField()
    running = serializers.IntegerField()
    overdue = serializers.IntegerField(help_text="still here, although it is over")
    unpaid = serializers.IntegerField()
    free_now = serializers.IntegerField()
    approvals = serializers.IntegerField()
    appeals = serializers.IntegerField()


class DeskShape(serializers.Serializer[Any]):
    """`now` is a whole minute, so that a board on which nothing has happened is the same answer."""

    venue = RefShape()
    time_zone = serializers.CharField()
    now = serializers.DateTimeField()
    day = DayShape()
    resources = ResourceSpans(many=True)
    arriving = BookingShape(many=True)
    late = BookingShape(many=True)
    running = BookingShape(many=True, help_text="those who should have left first")
    approvals = BookingShape(many=True)
    appeals = ConsequenceShape(many=True)
    silent_doors = DoorShape(many=True)
    counts = DeskCounts()


class DeskQuery(StrictSerializer):
    venue_id = IdField(Venue)
    on = serializers.DateField(required=False)


class Desk(View):
    @extend_schema(operation_id="desk", parameters=[DeskQuery], responses=DeskShape)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(DeskQuery, request)
        venue = Venue.objects.filter(pk=asked["venue_id"]).first()
        if venue is None:
            raise Missing
        may_run_desk(person, venue.partner_id)
        watch.heard(venue.pk)
        at = now()
        on = asked.get("on") or local_date(at, venue.zone)
        day = local_day(on, venue.zone)
        resources = list(Resource.objects.filter(venue=venue, is_active=True).select_related("venue"))
        # The board opens a booking's page; it moves none.
        drawn = span_shapes(resources, day, person, names=True, movable=False)
        has = standing(person)
        mine = (
            bookings_for(has)
            .filter(venue=venue)
            .annotate(start=Lower("period", output_field=DateTimeField()))
            .order_by("start", "pk")
        )
        today = Q(state=Booking.State.CONFIRMED, period__overlap=day, attendance__in=[A.EXPECTED, A.PRESENT])
        ours = is_asking(at)
        ours &= ~stands_behind(mine.filter(ours))
        marked = mine.filter(today | ours).annotate(is_today=_whether(today), asks=_whether(ours))
        found = list(marked[: MOST + MOST_ASKING])
        rows, asking = [b for b in found if b.is_today], [b for b in found if b.asks]
        shaped = {s["id"]: s for s in shape(found, person, ["money"])}
        expected = [b for b in rows if b.attendance == A.EXPECTED and b.period.end > at]
        late = [b for b in expected if (b.no_show_at or b.period.start + LATE_AFTER) <= at]
        arriving = [b for b in expected if b not in late]
        overdue = [b for b in rows if b.attendance == A.PRESENT and b.period.end <= at]
        running = [b for b in rows if b.attendance == A.PRESENT and b.period.end > at]
        here = [shaped[encode(Booking.prefix, b.pk)] for b in (*expected, *overdue, *running)]
        appeals = list(
            consequences_for(has)
            .filter(booking__venue=venue, state=Consequence.State.APPEALED)
            .order_by("appealed_at")[:50]
        )
        looked_again(person, sights(person, found), of_consequences(person, appeals))
        doors = [door_shape(door) for door in doors_for(has).filter(venue=venue).order_by("name", "pk")]
        free = sum(any(s["kind"] == "free" and at in s["period"] for s in r["spans"]) for r in drawn)
        return Response(
            {
                "venue": ref(venue),
                "time_zone": venue.time_zone,
                "now": at.replace(second=0, microsecond=0),
                "day": {"on": on, "period": day},
                "resources": drawn,
                "arriving": _pick(shaped, arriving),
                "late": _pick(shaped, late),
                "running": _pick(shaped, [*overdue, *running]),
                "approvals": _pick(shaped, asking),
                "appeals": consequence_shapes(appeals, person) if appeals else [],
                "silent_doors": [door for door in doors if door["silent"]],
                "counts": {
                    "arrivals": len(arriving),
                    "late": len(late),
                    "running": len(running) + len(overdue),
                    "overdue": len(overdue),
                    "unpaid": sum(_owes(one) for one in here),
                    "free_now": free,
                    "approvals": len(asking),
                    "appeals": len(appeals),
                },
            }
        )


def _whether(holds: Q) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(holds, output_field=BooleanField())


def _owes(shaped: dict[str, Any]) -> bool:
    return bool(shaped["money"] and shaped["money"]["due"])


def _pick(shaped: dict[str, dict[str, Any]], found: Iterable[Booking]) -> list[dict[str, Any]]:
    return [shaped[encode(Booking.prefix, booking.pk)] for booking in found]
