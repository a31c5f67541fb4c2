"""The rules by which a month's lines are divided among partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import split_rules
from billing.api.costs import consortium_of
from billing.models import SplitRule
from billing.sharing import Rule
from core.errors import Invalid, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.money import Money
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Consortium, Partner
from people.roles import allow_somewhere, signed_in
from spaces.models import Resource


class RuleShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    of = serializers.ChoiceField(SplitRule.Of.choices)
    kind = serializers.ChoiceField(SplitRule.Kind.choices)
    from_on = serializers.DateField()
    resource = RefShape(allow_null=True)
    category = serializers.CharField(allow_blank=True)
    amounts = serializers.DictField(child=MoneyShape(), help_text="a month's, by partner")

    class Meta:
        ref_name = "SplitRule"


class RulePage(ListShape):
    data = RuleShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    kinds = serializers.DictField(
        child=serializers.ListField(child=serializers.ChoiceField(SplitRule.Kind.choices)),
        help_text="how `takings` of all, of one `resource`, `costs` and `fees` may be divided",
    )
    with_amounts = serializers.ListField(child=serializers.ChoiceField(SplitRule.Kind.choices))
    can_rule = serializers.BooleanField()


class RulesQuery(ListQuery):
    consortium_id = IdField(Consortium)


class AmountShape(StrictSerializer):
    partner_id = IdField(Partner)
    cents = serializers.IntegerField(min_value=0, max_value=10**11)


class NewSplitRule(StrictSerializer):
    of = serializers.ChoiceField(SplitRule.Of.choices)
    kind = serializers.ChoiceField(SplitRule.Kind.choices)
    resource_id = IdField(Resource, required=False, allow_null=True)
    category = serializers.CharField(max_length=40, required=False, allow_blank=True)
    amounts = AmountShape(many=True, required=False)


class NewSplitRules(StrictSerializer):
    consortium_id = IdField(Consortium)
    from_on = serializers.DateField(help_text="an agreement's first day, say")
    rules = serializers.ListField(child=NewSplitRule(), min_length=1, max_length=100)


class MadeRules(ListShape):
    data = RuleShape(many=True)


def rules_said(said: Sequence[dict[str, Any]]) -> list[Rule]:
    """The rules that somebody sent. Raises Invalid for a partner named twice in one."""
    twice = [n for n, one in enumerate(said) if _twice(one.get("amounts", []))]
    if twice:
        raise Invalid(pointers=[Pointer(f"/rules/{n}/amounts", "twice", "") for n in twice])
    return [
        Rule(
            one["of"],
            one["kind"],
            one.get("resource_id"),
            one.get("category", ""),
            {a["partner_id"]: Money(a["cents"]) for a in one.get("amounts", [])},
        )
        for one in said
    ]


def _twice(amounts: Sequence[dict[str, Any]]) -> bool:
    return len({a["partner_id"] for a in amounts}) < len(amounts)


def rule_shapes(rows: Sequence[SplitRule]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("spl", r.pk),
            "resource": ref(r.resource),
            "amounts": {encode("prt", UUID(pk)): Money(n) for pk, n in r.amounts.items()},
        }
        | {name: getattr(r, name) for name in ("of", "kind", "from_on", "category")}
        for r in rows
    ]


class SplitRules(View):
    @extend_schema(operation_id="list_split_rules", parameters=[RulesQuery], responses=RulePage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        asked = read(RulesQuery, request)
        consortium = consortium_of(request, asked["consortium_id"], lead=False)
        rows = SplitRule.objects.filter(consortium=consortium).select_related("resource")
        return Response(
            page(rows, asked, rule_shapes, by="from_on")
            | {
                "kinds": split_rules.KINDS,
                "with_amounts": split_rules.WITH_AMOUNTS,
                "can_rule": has.administrator or consortium.pk in has.lead_of,
            }
        )

    @extend_schema(operation_id="make_split_rules", request=NewSplitRules, responses={201: MadeRules})
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "consortium.see")
        body = NewSplitRules(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        consortium = consortium_of(request, said["consortium_id"], lead=True)
        rules = rules_said(said["rules"])
        return self._shown(split_rules.rule(signed_in(request.user), consortium.pk, said["from_on"], rules))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._shown(SplitRule.objects.get(pk=thing))

    def _shown(self, first: SplitRule) -> Response:
        """All that was written with this one."""
        rows = SplitRule.objects.filter(consortium=first.consortium_id, made_at=first.made_at)
        return Response(
            {"data": rule_shapes(list(rows.select_related("resource").order_by("pk")))}, status=201
        )
