"""The desk's count of its drawer and card machine."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import DayClose, Issuer
from billing.paying import day_close
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lists import read
from core.money import Money
from core.shapes import IdField, MoneyShape, StrictSerializer
from core.views import View
from people.roles import MAY, allow_somewhere, signed_in

MOST_CENTS = 10**10


class DrawerShape(serializers.Serializer[Any]):
    drawer = serializers.ChoiceField(day_close.METHODS)
    expected = MoneyShape()
    since_at = serializers.DateTimeField(allow_null=True)


class DayCloseShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    drawer = serializers.ChoiceField(day_close.METHODS)
    on = serializers.DateField()
    expected = MoneyShape()
    counted = MoneyShape()
    difference = MoneyShape()
    reason = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField()

    class Meta:
        ref_name = "DayClose"


class DayClosesShape(serializers.Serializer[Any]):
    drawers = DrawerShape(many=True)
    closes = DayCloseShape(many=True, help_text="the latest")

    class Meta:
        ref_name = "DayCloses"


class DayClosesQuery(StrictSerializer):
    issuer_id = IdField(Issuer)


class NewDayClose(StrictSerializer):
    issuer_id = IdField(Issuer)
    drawer = serializers.ChoiceField(day_close.METHODS)
    expected_cents = serializers.IntegerField(min_value=-MOST_CENTS, max_value=MOST_CENTS)
    counted_cents = serializers.IntegerField(min_value=-MOST_CENTS, max_value=MOST_CENTS)
    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


def shape(issuer: Issuer) -> dict[str, Any]:
    return {
        "drawers": [
            {"drawer": d.method, "expected": d.expected, "since_at": d.since_at}
            for d in day_close.drawers(issuer)
        ],
        "closes": [
            {
                "id": encode("dcl", c.pk),
                "drawer": c.method,
                "on": c.on,
                "expected": c.expected,
                "counted": c.counted,
                "difference": c.counted - c.expected,
                "reason": c.reason,
                "closed_at": c.closed_at,
            }
            for c in day_close.closes_of(issuer)
        ],
    }


def desk_issuer(request: Request, pk: UUID) -> Issuer:
    """An issuer whose desk the caller counts. Raises Unknown, Forbidden, Missing."""
    has = allow_somewhere(request.user, "day.close")
    rows = Issuer.objects.filter(pk=pk)
    if not has.administrator:
        rows = rows.filter(partner__in=has.partners(*MAY["day.close"]))
    found = rows.first()
    if found is None:
        raise Missing
    return found


class DayCloses(View):
    @extend_schema(operation_id="list_day_closes", parameters=[DayClosesQuery], responses=DayClosesShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "day.close")
        return Response(shape(desk_issuer(request, read(DayClosesQuery, request)["issuer_id"])))

    @extend_schema(operation_id="close_day", request=NewDayClose, responses={201: DayClosesShape})
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "day.close")
        body = NewDayClose(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        issuer = desk_issuer(request, told["issuer_id"])
        day_close.close(
            signed_in(request.user),
            issuer.pk,
            told["drawer"],
            Money(told["expected_cents"]),
            Money(told["counted_cents"]),
            told["reason"],
        )
        return Response(shape(issuer), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(shape(DayClose.objects.select_related("issuer").get(pk=thing).issuer), status=201)
