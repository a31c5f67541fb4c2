"""Each partner's hours a month on shared resources: what was agreed, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.budgets import allowances
from billing.models import Allowance
from core.errors import Forbidden, Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lists import read
from core.shapes import IdField, ListShape, RefShape, StrictSerializer, ref
from core.views import View
from people.api_consortium import may_lead, one_consortium
from people.models import Consortium, Partner
from people.roles import Standing, allow_somewhere, open_to, signed_in
from spaces.models import Resource, Venue


class AllowanceMonth(serializers.Serializer[Any]):
    month = serializers.CharField()
    given_minutes = serializers.IntegerField()
    carried_minutes = serializers.IntegerField(help_text="from the month before")
    used_minutes = serializers.IntegerField()
    left_minutes = serializers.IntegerField()


class AllowanceVersion(serializers.Serializer[Any]):
    from_on = serializers.DateField()
    turn = serializers.IntegerField(help_text="of several the smallest is drawn first")
    minutes = serializers.IntegerField(help_text="a month; 0 ends it")
    beyond = serializers.ChoiceField(Allowance.Beyond.choices)
    carried_minutes = serializers.IntegerField(help_text="of what is unused, into the next month, at most")
    told = serializers.BooleanField(help_text="in the settlement, at list value")
    kinds = serializers.ListField(child=serializers.CharField(), help_text="empty: all")
    resources = RefShape(many=True, help_text="empty: all")
    in_force = serializers.BooleanField()


class AllowanceShape(serializers.Serializer[Any]):
    partner = RefShape()
    venue = RefShape()
    name = serializers.CharField(allow_blank=True, help_text="by which a partner's are told apart")
    versions = AllowanceVersion(many=True)
    months = AllowanceMonth(many=True, help_text="this one and the two after it")

    class Meta:
        ref_name = "Allowance"


class AllowancesShape(ListShape):
    data = AllowanceShape(many=True)
    can_agree = serializers.BooleanField()


class AllowancesQuery(StrictSerializer):
    consortium_id = IdField(Consortium)


class NewAllowance(StrictSerializer):
    partner_id = IdField(Partner)
    venue_id = IdField(Venue)
    from_on = serializers.DateField(help_text="the first of a month")
    name = serializers.CharField(max_length=40, allow_blank=True, default="")
    turn = serializers.IntegerField(min_value=0, max_value=99, default=0)
    minutes = serializers.IntegerField(min_value=0, max_value=10_000_000)
    beyond = serializers.ChoiceField(Allowance.Beyond.choices)
    carried_minutes = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    told = serializers.BooleanField(default=False)
    kinds = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), required=False)
    resource_ids = serializers.ListField(child=IdField(Resource), required=False, max_length=200)


def allowances_for(has: Standing, consortium: Consortium) -> QuerySet[Allowance]:
    """Of one's own partners; of all of them for the lead."""
    rows = Allowance.objects.filter(partner__consortium=consortium).select_related("partner", "venue")
    reach = open_to(has)
    return rows if reach is None else rows.filter(partner__in=reach)


def allowance_shapes(rows: Sequence[Allowance]) -> list[dict[str, Any]]:
    """By partner, venue and name in the order in which they are drawn, with their versions, newest first; three statements."""
    named = {pk for row in rows for pk in row.resources}
    names = {r.pk: ref(r) for r in Resource.objects.filter(pk__in=named)}
    months = allowances.months_of(rows)
    found: dict[tuple[UUID, UUID, str], list[Allowance]] = {}
    for row in sorted(rows, key=lambda a: a.from_on):
        found.setdefault((row.partner_id, row.venue_id, row.name), []).append(row)

    def place(versions: Sequence[Allowance]) -> Any:
        shown = allowances.in_force(versions, allowances.this_month(versions[0].venue)) or versions[0]
        return shown.partner.short_name, shown.venue.name, shown.turn, shown.name

    return [
        {
            "partner": ref(versions[0].partner),
            "venue": ref(versions[0].venue),
            "name": versions[0].name,
            "versions": [_version(v, versions, names) for v in reversed(versions)],
            "months": [
                {
                    "month": f"{m.first_on:%Y-%m}",
                    "given_minutes": m.given,
                    "carried_minutes": m.carried,
                    "used_minutes": m.used,
                    "left_minutes": m.left,
                }
                for m in months.get(key, [])
            ],
        }
        for key, versions in sorted(found.items(), key=lambda one: place(one[1]))
    ]


def _version(one: Allowance, versions: Sequence[Allowance], names: dict[UUID, Any]) -> dict[str, Any]:
    return {
        "from_on": one.from_on,
        "turn": one.turn,
        "minutes": one.minutes,
        "beyond": one.beyond,
        "carried_minutes": one.carried,
        "told": one.told,
        "kinds": one.kinds,
        "resources": [names[pk] for pk in one.resources if pk in names],
        "in_force": allowances.in_force(versions, allowances.this_month(one.venue)) is one,
    }


class Allowances(View):
    @extend_schema(operation_id="list_allowances", parameters=[AllowancesQuery], responses=AllowancesShape)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        asked = read(AllowancesQuery, request)
        consortium = one_consortium(request, encode("con", asked["consortium_id"]))
        return Response(
            {
                "data": allowance_shapes(list(allowances_for(has, consortium))),
                "can_agree": may_lead(has, consortium, "agreement.make"),
            }
        )

    @extend_schema(operation_id="agree_allowance", request=NewAllowance, responses={201: AllowanceShape})
    @idempotent
    def post(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        body = NewAllowance(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        partner = Partner.objects.select_related("consortium").filter(pk=said["partner_id"]).first()
        if partner is None or partner.consortium is None:
            raise Missing
        consortium = one_consortium(request, encode("con", partner.consortium.pk))
        if not may_lead(has, consortium, "agreement.make"):
            raise Forbidden
        if not Venue.objects.filter(pk=said["venue_id"]).exists():
            raise Invalid(pointers=[Pointer("/venue_id", "unknown", "")])
        terms = allowances.Terms(
            said["venue_id"],
            said["from_on"],
            said["minutes"],
            said["beyond"],
            said["carried_minutes"],
            said["told"],
            said.get("kinds", ()),
            said.get("resource_ids", ()),
            said["name"],
            said["turn"],
        )
        return self._shown(allowances.agree(signed_in(request.user), partner.pk, terms).pk)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._shown(thing)

    def _shown(self, pk: UUID) -> Response:
        made = Allowance.objects.get(pk=pk)
        rows = Allowance.objects.filter(partner=made.partner_id, venue=made.venue_id, name=made.name)
        (shape,) = allowance_shapes(list(rows.select_related("partner", "venue")))
        return Response(shape, status=201)
