"""The rules by which a month's lines are divided among partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.costs import consortium_of
from billing.consortium import agreements, split_rules
from billing.consortium.sharing import Rule
from billing.models import SplitRule
from core import terms
from core.errors import Forbidden, Invalid, Missing, Pointer, Reason
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.money import Money
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action, ref
from core.views import View
from people.api_consortium import AgreementShape, NewTerms, may_lead, terms_said, visible
from people.models import Agreement, Consortium, Partner
from people.roles import allow_somewhere, signed_in
from people.words import ONLY_THE_LEAD
from spaces.models import Resource


class RuleShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    of = serializers.ChoiceField(SplitRule.Of.choices)
    kind = serializers.ChoiceField(SplitRule.Kind.choices)
    from_on = serializers.DateField()
    resource = RefShape(allow_null=True)
    category = serializers.CharField(allow_blank=True)
    amounts = serializers.DictField(child=MoneyShape(), help_text="a month's, by partner")
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "SplitRule"


class RulePage(ListShape):
    data = RuleShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    kinds = serializers.DictField(
        child=serializers.ListField(child=serializers.ChoiceField(SplitRule.Kind.choices)),
        help_text="how `takings` of all, of one `resource`, `costs`, `fees` and `disputes` may be divided",
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
    """Rules from a day on, and with them a version of the agreement; all of it, or nothing is changed."""

    consortium_id = IdField(Consortium)
    from_on = serializers.DateField(help_text="an agreement's first day, say")
    rules = serializers.ListField(child=NewSplitRule(), max_length=100)
    agreement = NewTerms(required=False, allow_null=True, help_text="a new version from the same day")
    instead_of = IdField(
        Agreement,
        required=False,
        allow_null=True,
        help_text="a version that is withdrawn with the rules from its day",
    )
    instead_of_rules = serializers.ListField(child=IdField(SplitRule), required=False, max_length=100)


class MadeRules(ListShape):
    data = RuleShape(many=True)
    agreement = AgreementShape(allow_null=True)


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


def rule_shapes(rows: Sequence[SplitRule], leads: bool) -> list[dict[str, Any]]:
    why = agreements.why_rules_stay(rows) if leads else {}
    forbidden = [Reason("forbidden", ONLY_THE_LEAD, fixable_by="organisation")]
    return [
        {
            "id": encode("spl", r.pk),
            "actions": {"withdraw": action(why.get(r.pk, forbidden))},
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
        leads = has.administrator or consortium.pk in has.lead_of
        rows = SplitRule.objects.filter(consortium=consortium).select_related("resource")
        return Response(
            page(rows, asked, lambda found: rule_shapes(found, leads), by="from_on")
            | {
                "kinds": split_rules.KINDS,
                "with_amounts": split_rules.WITH_AMOUNTS,
                "can_rule": leads,
            }
        )

    @extend_schema(operation_id="make_split_rules", request=NewSplitRules, responses={201: MadeRules})
    @idempotent
    def post(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        body = NewSplitRules(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        consortium = consortium_of(request, said["consortium_id"], lead=True)
        new = terms_said(said["from_on"], said.get("agreement"), "/agreement")
        if (new or said.get("instead_of")) and not may_lead(has, consortium, "agreement.make"):
            raise Forbidden
        draft = agreements.Draft(
            said["from_on"],
            rules_said(said["rules"]),
            new,
            said.get("instead_of"),
            said.get("instead_of_rules", []),
        )
        return self._shown(agreements.write(signed_in(request.user), consortium.pk, draft))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        rows = Agreement.objects if kind == Agreement.prefix else SplitRule.objects
        made = rows.filter(pk=thing).first()
        if made is None:
            raise Missing  # withdrawn since
        return self._shown(made)

    def _shown(self, made: Agreement | SplitRule) -> Response:
        """All that was written with this one."""
        rows = SplitRule.objects.filter(consortium=made.consortium_id)
        if isinstance(made, Agreement):
            rows = rows.filter(from_on=made.from_on)
            version: dict[str, Any] | None = {"version": made.version, "from_on": made.from_on}
        else:
            rows, version = rows.filter(made_at=made.made_at), None
        shown = rule_shapes(list(rows.select_related("resource").order_by("pk")), leads=True)
        return Response({"data": shown, "agreement": version}, status=201)


class OneSplitRule(View):
    @extend_schema(operation_id="withdraw_split_rule", responses={204: None})
    def delete(self, request: Request, rule_id: str) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        found = SplitRule.objects.filter(pk=pk_of("spl", rule_id), consortium__in=visible(has)).first()
        if found is None:
            raise Missing
        consortium_of(request, found.consortium_id, lead=True)
        agreements.withdraw_rule(signed_in(request.user), found.pk)
        return Response(status=204)


class OneAgreement(View):
    @extend_schema(operation_id="withdraw_agreement", responses={204: None})
    def delete(self, request: Request, agreement_id: str) -> Response:
        """The rules that begin on its day go with it."""
        has = allow_somewhere(request.user, "consortium.see")
        rows = Agreement.objects.select_related("consortium").filter(consortium__in=visible(has))
        found = rows.filter(pk=pk_of("agr", agreement_id)).first()
        if found is None:
            raise Missing
        if not may_lead(has, found.consortium, "agreement.make"):
            raise Forbidden
        agreements.withdraw(signed_in(request.user), found.pk)
        return Response(status=204)


@terms.include("agr", "withdraw")
def _why_versions_stay(versions: Sequence[Agreement], person: Any) -> dict[UUID, Any]:
    return agreements.why_versions_stay(versions)
