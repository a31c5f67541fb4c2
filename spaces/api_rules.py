"""The rules of a venue or a resource, version by version, and what is in force; written by its managers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.clock import now
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lookup import pk_of
from core.periods import local_date
from core.shapes import IdField, ListShape, RefShape, ref
from core.views import View
from people.models import Group
from people.roles import consortium_of
from spaces import versions
from spaces.api import RuleSentence
from spaces.api_scope import OfScope, ScopeShape, allowed, asked_scope, editor, scope_for
from spaces.models import Rules
from spaces.policy import BookingPolicy, Policies
from spaces.scope import Scope, scope_of
from spaces.sentences import sentences
from spaces.wording import RuleWords

SCOPES_OF = ("venue", "resource")
STATES = ("past", "in_force", "to_come")


class VersionShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    of = serializers.ChoiceField(SCOPES_OF)
    from_on = serializers.DateField()
    basis = serializers.ChoiceField(Rules.Basis.choices)
    state = serializers.ChoiceField(STATES)
    rules = RuleWords()
    written_at = serializers.DateTimeField()
    written_by = RefShape(allow_null=True)

    class Meta:
        ref_name = "RulesVersion"


class InForceShape(serializers.Serializer[Any]):
    own = RuleWords(help_text="what is written for just this venue or resource")
    inherited = RuleWords(help_text="what its venue says, for a resource")
    house = RuleWords(help_text="what counts where nobody says anything")
    sentences = RuleSentence(many=True)


class GroupName(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class PoliciesShape(ListShape):
    scope = ScopeShape()
    latest_id = serializers.CharField(
        allow_null=True, help_text="the newest own version, to be sent as `seen_id`"
    )
    in_force = InForceShape()
    groups = GroupName(many=True)
    data = VersionShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)

    class Meta:
        ref_name = "Policies"


class WantedRules(OfScope):
    """Rules of a venue or of one resource, as `docs/rules.md` words them."""

    from_on = serializers.DateField()
    basis = serializers.ChoiceField(Rules.Basis.choices, default=Rules.Basis.USE)
    rules = RuleWords()


class NewRules(WantedRules):
    seen_id = IdField(
        Rules, allow_null=True, help_text="the newest own version that the editor knew; null: none"
    )


def unsaved(scope: Scope, asked: dict[str, Any]) -> Rules:
    return Rules(
        venue=scope.venue if scope.resource is None else None,
        resource=scope.resource,
        from_on=asked["from_on"],
        basis=asked["basis"],
        data=asked["rules"],
    )


def shapes(rows: Sequence[Rules], in_force: set[UUID], today: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("rul", row.pk),
            "of": "venue" if row.venue_id else "resource",
            "from_on": row.from_on,
            "basis": row.basis,
            "state": "in_force" if row.pk in in_force else "to_come" if row.from_on > today else "past",
            "rules": RuleWords(row.data).data,
            "written_at": row.written_at,
            "written_by": ref(row.written_by),
        }
        for row in rows
    ]


def house_words() -> dict[str, Any]:
    """What counts where nobody says anything: the plain words' defaults."""
    house = BookingPolicy()
    return {str(name): getattr(house, str(name)) for name in RuleWords().fields}


class PoliciesView(View):
    @extend_schema(operation_id="list_policies", parameters=[OfScope], responses=PoliciesShape)
    def get(self, request: Request) -> Response:
        scope = asked_scope(request)
        today = local_date(now(), scope.venue.zone)
        general = versions.own_rows(scope.venue, None)
        own = versions.own_rows(scope.venue, scope.resource) if scope.resource else []
        ruling = Policies(list(general), list(own), today)
        version = ruling.on(today)
        rows = sorted([*general, *own], key=lambda row: (row.from_on, row.written_at), reverse=True)
        mine, above = (ruling.own(today), ruling.general(today))
        if scope.resource is None:
            mine, above = above, None
        latest = max(own if scope.resource else general, key=lambda row: row.written_at, default=None)
        groups = Group.objects.filter(partner__in=consortium_of(scope.venue.partner_id)).order_by("name")
        return Response(
            {
                "scope": scope.shape(),
                "latest_id": latest and encode("rul", latest.pk),
                "in_force": {
                    "own": RuleWords(mine.data if mine else {}).data,
                    "inherited": RuleWords(above.data if above else {}).data,
                    "house": RuleWords(house_words()).data,
                    "sentences": sentences(version.policy, scope.venue),
                },
                "groups": [{"id": encode("grp", g.pk), "name": g.name} for g in groups],
                "data": shapes(rows, {row.pk for row in (mine, above) if row}, today),
                "next_cursor": None,
            }
        )

    @extend_schema(operation_id="write_policy", request=NewRules, responses={201: VersionShape})
    @idempotent
    def post(self, request: Request) -> Response:
        by = editor(request)
        body = NewRules(data=request.data)
        body.is_valid(raise_exception=True)
        scope = scope_for(by, body.validated_data)
        made = versions.write(by, unsaved(scope, body.validated_data), body.validated_data["seen_id"])
        return Response(_shown(made), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        row = _row(thing)
        allowed(request.user, scope_of(row).venue, row.resource)
        return Response(_shown(row), status=201)


class OnePolicy(View):
    @extend_schema(operation_id="read_policy", responses=VersionShape)
    def get(self, request: Request, policy_id: str) -> Response:
        editor(request)
        row = _row(pk_of("rul", policy_id))
        allowed(request.user, scope_of(row).venue, row.resource)
        return Response(_shown(row))


def _row(pk: UUID) -> Rules:
    row = Rules.objects.select_related("venue", "resource__venue", "written_by").filter(pk=pk).first()
    if row is None:
        raise Missing
    return row


def _shown(row: Rules) -> dict[str, Any]:
    today = local_date(now(), scope_of(row).venue.zone)
    own = versions.own_rows(scope_of(row).venue, row.resource)
    ruling = Policies(list(own), [], today).general(today)
    return shapes([row], {ruling.pk} if ruling else set(), today)[0]
