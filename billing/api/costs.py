"""What partners paid for each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.settlements import eyes
from billing.consortium import costs
from billing.models import CostItem
from billing.papers.registers import MONTH, month_of
from core.errors import Forbidden, Missing
from core.idempotency import idempotent
from core.ids import decode, encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.money import Money
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer, ref
from core.views import View
from people.api_consortium import one_consortium, visible
from people.models import Consortium, Partner
from people.roles import allow_somewhere, signed_in
from spaces.models import Resource


class CostShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(CostItem.Kind.choices)
    on = serializers.DateField()
    net = MoneyShape()
    paid_by = RefShape()
    owed_by = RefShape(allow_null=True)
    resource = RefShape(allow_null=True)
    category = serializers.CharField(allow_blank=True)
    supplier = serializers.CharField(allow_blank=True)
    document = serializers.CharField(allow_blank=True)
    document_on = serializers.DateField(allow_null=True)
    description = serializers.CharField(allow_blank=True)

    class Meta:
        ref_name = "CostItem"


class CostPage(ListShape):
    data = CostShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class CostsQuery(ListQuery):
    consortium_id = IdField(Consortium)
    month = serializers.RegexField(MONTH, required=False)


class NewCostShape(StrictSerializer):
    consortium_id = IdField(Consortium)
    kind = serializers.ChoiceField(CostItem.Kind.choices)
    on = serializers.DateField()
    net_cents = serializers.IntegerField(min_value=1, max_value=10**11)
    paid_by_id = IdField(Partner)
    owed_by_id = IdField(Partner, required=False, allow_null=True)
    resource_id = IdField(Resource, required=False, allow_null=True)
    category = serializers.CharField(max_length=40, required=False, allow_blank=True)
    supplier = serializers.CharField(max_length=120, required=False, allow_blank=True)
    document = serializers.CharField(max_length=40, required=False, allow_blank=True)
    document_on = serializers.DateField(required=False, allow_null=True)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)


class ImportCosts(StrictSerializer):
    consortium_id = IdField(Consortium)
    csv = serializers.CharField(max_length=500_000, trim_whitespace=False, help_text=", ".join(costs.COLUMNS))


class ImportedShape(ListShape):
    data = CostShape(many=True)


def consortium_of(request: Request, pk: UUID, *, lead: bool) -> Consortium:
    """The consortium; with `lead`, for its lead partner's office only. Raises Missing, Forbidden."""
    found = one_consortium(request, encode("con", pk))
    has = allow_somewhere(request.user, "consortium.see")
    if lead and not (has.administrator or found.pk in has.lead_of):
        raise Forbidden
    return found


def cost_shapes(rows: Sequence[CostItem]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("cst", c.pk),
            "paid_by": ref(c.paid_by),
            "owed_by": ref(c.owed_by),
            "resource": ref(c.resource),
        }
        | {
            name: getattr(c, name)
            for name in (
                "kind",
                "on",
                "net",
                "category",
                "supplier",
                "document",
                "document_on",
                "description",
            )
        }
        for c in rows
    ]


def _costs(request: Request, consortium: Consortium) -> QuerySet[CostItem]:
    """Common costs, and those that one's own partner paid or owes; all of them for the lead."""
    has = allow_somewhere(request.user, "consortium.see")
    rows = CostItem.objects.filter(consortium=consortium).select_related("paid_by", "owed_by", "resource")
    own = eyes(has, consortium.pk)
    if own is None:
        return rows
    mine = [decode("prt", pk) for pk in own]
    return rows.filter(Q(kind=CostItem.Kind.COMMON) | Q(paid_by__in=mine) | Q(owed_by__in=mine))


class Costs(View):
    @extend_schema(operation_id="list_costs", parameters=[CostsQuery], responses=CostPage)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "consortium.see")
        asked = read(CostsQuery, request)
        rows = _costs(request, consortium_of(request, asked["consortium_id"], lead=False))
        if "month" in asked:
            first, last = month_of(asked["month"])
            rows = rows.filter(on__gte=first, on__lt=last)
        return Response(page(rows, asked, cost_shapes, by="on"))

    @extend_schema(operation_id="enter_cost", request=NewCostShape, responses={201: CostShape})
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "consortium.see")
        body = NewCostShape(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        consortium = consortium_of(request, said.pop("consortium_id"), lead=True)
        cost = costs.NewCost(
            net=Money(said.pop("net_cents")),
            paid_by=said.pop("paid_by_id"),
            owed_by=said.pop("owed_by_id", None),
            resource=said.pop("resource_id", None),
            **said,
        )
        return self._shown(costs.enter(signed_in(request.user), consortium.pk, cost).pk)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._shown(thing)

    def _shown(self, pk: UUID) -> Response:
        return Response(_one(pk), status=201)


def _one(pk: UUID) -> dict[str, Any]:
    return cost_shapes([CostItem.objects.select_related("paid_by", "owed_by", "resource").get(pk=pk)])[0]


class OneCost(View):
    @extend_schema(operation_id="remove_cost", responses={204: None})
    def delete(self, request: Request, cost_id: str) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        found = CostItem.objects.filter(pk=pk_of("cst", cost_id), consortium__in=visible(has)).first()
        if found is None or not _costs(request, found.consortium).filter(pk=found.pk).exists():
            raise Missing
        if not (has.administrator or found.consortium_id in has.lead_of):
            raise Forbidden
        costs.remove(signed_in(request.user), found.pk)
        return Response(status=204)


class CostTable(View):
    @extend_schema(operation_id="import_costs", request=ImportCosts, responses={201: ImportedShape})
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "consortium.see")
        body = ImportCosts(data=request.data)
        body.is_valid(raise_exception=True)
        consortium = consortium_of(request, body.validated_data["consortium_id"], lead=True)
        rows = costs.read_table(body.validated_data["csv"], consortium.pk)
        made = costs.enter_all(signed_in(request.user), consortium.pk, rows)
        return self._shown(made)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._shown(CostItem.objects.get(pk=thing))

    def _shown(self, first: CostItem | None) -> Response:
        """All that was entered with this one."""
        rows = CostItem.objects.none()
        if first is not None:
            rows = CostItem.objects.filter(
                consortium=first.consortium_id, made_by=first.made_by_id, made_at=first.made_at
            )
        found = rows.select_related("paid_by", "owed_by", "resource").order_by("pk")
        return Response({"data": cost_shapes(list(found))}, status=201)
