"""Settlements: a month among the partners, its lines and what is behind them, and the acts that bring it to its close."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.settlement_shapes import (
    BehindPage,
    SettlementPage,
    SettlementShape,
    behind_shapes,
    brief_shapes,
    full_shape,
)
from billing.consortium import settlement as acts
from billing.consortium.settlement_behind import behind
from billing.consortium.settlement_content import concerns
from billing.models import Objection, Settlement
from billing.papers.registers import MONTH, month_of
from core.errors import Forbidden, Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.shapes import IdField, StrictSerializer
from core.views import View
from people.api_consortium import may_lead, one_consortium, visible
from people.models import Consortium, Partner
from people.roles import As, Standing, allow_somewhere, signed_in


class SettlementsQuery(ListQuery):
    consortium_id = IdField(Consortium, required=False)


class NewSettlement(StrictSerializer):
    consortium_id = IdField(Consortium)
    month = serializers.RegexField(MONTH)


class ShareSettlement(StrictSerializer):
    objections_until = serializers.DateField()


class ObjectToLine(StrictSerializer):
    line = serializers.CharField(max_length=12)
    text = serializers.CharField(max_length=500)
    partner_id = IdField(Partner, required=False, help_text="needed by who works for several")


class AnswerObjection(StrictSerializer):
    objection_id = IdField(Objection)
    text = serializers.CharField(max_length=500)


class ApproveSettlement(StrictSerializer):
    """A manager approves for its partner. For one that has no manager an administrator writes down what was signed."""

    partner_id = IdField(Partner, required=False, help_text="needed by who works for several")
    document = serializers.CharField(max_length=200, required=False, help_text="what was signed, where it is")
    signed_on = serializers.DateField(required=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("document" in data) != ("signed_on" in data):
            missing = "signed_on" if "document" in data else "document"
            raise serializers.ValidationError({missing: [serializers.ErrorDetail("", "required")]})
        return data


def settlements_for(has: Standing) -> QuerySet[Settlement]:
    rows = Settlement.objects.select_related("consortium", "closed")
    return rows if has.administrator else rows.filter(consortium__in=visible(has))


def eyes(has: Standing, consortium: UUID) -> list[str] | None:
    """As which partners somebody looks at a consortium's month; None: at all of it."""
    if has.administrator or consortium in has.lead_of:
        return None
    own = has.partners(As.MANAGER, As.ACCOUNTANT)
    mine = Partner.objects.filter(pk__in=own, consortium=consortium)
    return [encode("prt", pk) for pk in mine.values_list("pk", flat=True)]


def one_settlement(request: Request, settlement_id: str) -> tuple[Standing, Settlement]:
    """The settlement, for an office of one of its partners; a draft is its lead's alone. Raises Missing."""
    has = allow_somewhere(request.user, "consortium.see")
    found = settlements_for(has).filter(pk=pk_of("stl", settlement_id)).first()
    if found is None or (
        found.state == Settlement.State.DRAFT and eyes(has, found.consortium_id) is not None
    ):
        raise Missing
    return has, found


def led(request: Request, settlement_id: str) -> Settlement:
    """The settlement, for whoever acts for the lead partner. Raises Missing, Forbidden."""
    has, settlement = one_settlement(request, settlement_id)
    if not may_lead(has, settlement.consortium, "settlement.lead"):
        raise Forbidden
    return settlement


def acting_for(has: Standing, settlement: Settlement, asked: UUID | None) -> UUID:
    """The partner that a manager speaks for here. Raises Forbidden, Invalid if it has to be said which."""
    own = has.partners(As.MANAGER)
    rows = Partner.objects.filter(pk__in=own, consortium=settlement.consortium_id).order_by("pk")
    mine = list(rows.values_list("pk", flat=True))
    if asked is not None:
        mine = [pk for pk in mine if pk == asked]
    if not mine:
        raise Forbidden
    if len(mine) > 1:
        raise Invalid(pointers=[Pointer("/partner_id", "required", "")])
    return mine[0]


def unmanaged(has: Standing, settlement: Settlement, asked: UUID | None) -> UUID:
    """The partner without a manager for which an administrator writes down what was signed. Raises Forbidden."""
    mute = acts.without_manager(settlement.consortium_id)
    if not has.administrator or asked is None or not mute.filter(pk=asked).exists():
        raise Forbidden
    return asked


class Settlements(View):
    @extend_schema(operation_id="list_settlements", parameters=[SettlementsQuery], responses=SettlementPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        asked = read(SettlementsQuery, request)
        rows = settlements_for(has)
        if not has.administrator:
            shared = rows.exclude(state=Settlement.State.DRAFT)
            rows = shared | rows.filter(consortium__in=has.lead_of)
        if "consortium_id" in asked:
            rows = rows.filter(consortium=asked["consortium_id"])
        return Response(page(rows, asked, brief_shapes, by="first_on"))

    @extend_schema(operation_id="begin_settlement", request=NewSettlement, responses={201: SettlementShape})
    @idempotent
    def post(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        body = NewSettlement(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        consortium = one_consortium(request, encode("con", asked["consortium_id"]))
        if not may_lead(has, consortium, "settlement.lead"):
            raise Forbidden
        made = acts.begin(signed_in(request.user), consortium.pk, month_of(asked["month"])[0])
        return self._shown(request, made.pk)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._shown(request, thing)

    def _shown(self, request: Request, pk: UUID) -> Response:
        has, settlement = one_settlement(request, encode("stl", pk))
        return Response(full_shape(settlement, has, eyes(has, settlement.consortium_id)), status=201)


class Shown(View):
    """What every act on a settlement answers: the settlement as it is now."""

    def shown(self, request: Request, settlement_id: str) -> Response:
        has, settlement = one_settlement(request, settlement_id)
        return Response(full_shape(settlement, has, eyes(has, settlement.consortium_id)))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self.shown(request, kwargs["settlement_id"])


class OneSettlement(Shown):
    @extend_schema(operation_id="read_settlement", responses=SettlementShape)
    def get(self, request: Request, settlement_id: str) -> Response:
        return self.shown(request, settlement_id)


class SettlementLine(View):
    @extend_schema(operation_id="read_settlement_line", parameters=[ListQuery], responses=BehindPage)
    def get(self, request: Request, settlement_id: str, key: str) -> Response:
        has, settlement = one_settlement(request, settlement_id)
        own = eyes(has, settlement.consortium_id)
        found = acts.content(settlement)
        line = next((row for row in found["lines"] if row["key"] == key), None)
        if line is None or (own is not None and not concerns(line, set(own))):
            raise Missing
        rows = behind(settlement, line)
        asked = read(ListQuery, request)
        return Response(page(rows, asked, lambda some: behind_shapes(some, request), newest_first=False))


class ShareIt(Shown):
    @extend_schema(operation_id="share_settlement", request=ShareSettlement, responses=SettlementShape)
    @idempotent
    def post(self, request: Request, settlement_id: str) -> Response:
        settlement = led(request, settlement_id)
        until: date = _read(ShareSettlement, request)["objections_until"]
        acts.share(signed_in(request.user), settlement.pk, until)
        return self.shown(request, settlement_id)


class ReopenIt(Shown):
    @extend_schema(operation_id="reopen_settlement", request=None, responses=SettlementShape)
    @idempotent
    def post(self, request: Request, settlement_id: str) -> Response:
        acts.reopen(signed_in(request.user), led(request, settlement_id).pk)
        return self.shown(request, settlement_id)


class ObjectToIt(Shown):
    @extend_schema(operation_id="object_to_settlement", request=ObjectToLine, responses=SettlementShape)
    @idempotent
    def post(self, request: Request, settlement_id: str) -> Response:
        has, settlement = one_settlement(request, settlement_id)
        said = _read(ObjectToLine, request)
        partner = acting_for(has, settlement, said.get("partner_id"))
        acts.object_to(signed_in(request.user), settlement.pk, partner, said["line"], said["text"])
        return self.shown(request, settlement_id)


class AnswerIt(Shown):
    @extend_schema(operation_id="answer_objection", request=AnswerObjection, responses=SettlementShape)
    @idempotent
    def post(self, request: Request, settlement_id: str) -> Response:
        settlement = led(request, settlement_id)
        said = _read(AnswerObjection, request)
        acts.answer(signed_in(request.user), settlement.pk, said["objection_id"], said["text"])
        return self.shown(request, settlement_id)


class ApproveIt(Shown):
    @extend_schema(operation_id="approve_settlement", request=ApproveSettlement, responses=SettlementShape)
    @idempotent
    def post(self, request: Request, settlement_id: str) -> Response:
        has, settlement = one_settlement(request, settlement_id)
        said = _read(ApproveSettlement, request)
        if "document" in said:
            partner = unmanaged(has, settlement, said.get("partner_id"))
            signed = acts.Signed(said["document"], said["signed_on"])
        else:
            partner, signed = acting_for(has, settlement, said.get("partner_id")), None
        acts.approve(signed_in(request.user), settlement.pk, partner, signed)
        return self.shown(request, settlement_id)


class CloseIt(Shown):
    @extend_schema(operation_id="close_settlement", request=None, responses=SettlementShape)
    @idempotent
    def post(self, request: Request, settlement_id: str) -> Response:
        acts.close(signed_in(request.user), led(request, settlement_id).pk)
        return self.shown(request, settlement_id)


def _read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
