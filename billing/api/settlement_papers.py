"""A settlement's files, and the same month under other shares, rules or prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.settlement_shapes import FILES, SettlementFigures, figures
from billing.api.settlements import eyes, one_settlement
from billing.api.split_rules import NewSplitRule, rules_said
from billing.consortium import settlement as acts
from billing.consortium import settlement_files as files
from billing.consortium.settlement_content import for_eyes
from billing.consortium.what_if import what_if
from billing.models import Settlement, Tariff
from billing.papers.freeze import ITALY
from billing.papers.registers import MONTH, month_of
from core.errors import Forbidden, Invalid, Missing, Pointer
from core.files import sent_as
from core.ids import encode
from core.money import Money
from core.periods import local_date
from core.shapes import IdField, MoneyShape, StrictSerializer
from core.tables import MEDIA
from core.views import View
from core.words import language
from people.api_consortium import NewShare, one_consortium
from people.models import Consortium
from people.roles import allow_somewhere
from spaces.models import Resource

TYPES = {
    "pdf": "application/pdf",
    "xlsx": MEDIA["xlsx"],
    "csv": "text/csv; charset=utf-8",
    "pain001": "application/xml",
}
ENDINGS = {"pdf": "pdf", "xlsx": "xlsx", "csv": "csv", "pain001": "xml"}


class SettlementFile(View):
    @extend_schema(
        operation_id="settlement_file",
        responses={(200, media.split(";")[0]): OpenApiTypes.BINARY for media in TYPES.values()},
    )
    def get(self, request: Request, settlement_id: str, kind: str) -> HttpResponse:
        has, settlement = one_settlement(request, settlement_id)
        if kind not in FILES:
            raise Missing
        if kind == "pain001" and settlement.state != Settlement.State.CLOSED:
            raise Missing
        own = eyes(has, settlement.consortium_id)
        content = for_eyes(acts.content(settlement), own)
        answer = HttpResponse(_drawn(kind, content, settlement, own), content_type=TYPES[kind])
        name = f"{content['month']}.{ENDINGS[kind]}"
        answer["Content-Disposition"] = sent_as(name, inline=kind == "pdf")
        return answer


def _drawn(kind: str, content: dict[str, Any], settlement: Settlement, own: list[str] | None) -> bytes:
    if kind == "csv":
        return files.as_csv(content, language())
    if kind == "pain001":
        return files.transfers_for(content, own, settlement.closed.closed_at)
    names = files.names_of(content)
    given = settlement.approvals.filter(sha256=settlement.sha256).order_by("made_at", "pk")
    approvals = [
        files.Approved(
            names.get(encode("prt", a.partner_id), a.partner.short_name),
            (a.signed_on or local_date(a.made_at, ITALY)).isoformat(),
            a.document,
        )
        for a in given.select_related("partner")
    ]
    draw = files.draw if kind == "pdf" else files.as_xlsx
    return draw(content, settlement.state, settlement.sha256, approvals, language())


class NewPrice(StrictSerializer):
    resource_id = IdField(Resource, required=False, allow_null=True, help_text="null: all others")
    percent = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=Decimal(-100), max_value=Decimal(900)
    )


class WhatIfAsked(StrictSerializer):
    consortium_id = IdField(Consortium)
    month = serializers.RegexField(MONTH)
    shares = NewShare(many=True, required=False)
    mandate_fee = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal(0), max_value=Decimal(100), required=False
    )
    prices = NewPrice(many=True, required=False)
    rules = serializers.ListField(child=NewSplitRule(), max_length=100, required=False)
    tariff_id = IdField(
        Tariff,
        required=False,
        allow_null=True,
        help_text="at its prices, a draft's too; of one of the venues",
    )


class DifferenceShape(serializers.Serializer[Any]):
    partner_id = serializers.CharField()
    takings = MoneyShape()
    balance = MoneyShape()


class WhatIfShape(serializers.Serializer[Any]):
    now = SettlementFigures()
    then = SettlementFigures()
    differences = DifferenceShape(many=True)

    class Meta:
        ref_name = "WhatIf"


class WhatIf(View):
    @extend_schema(operation_id="what_if", request=WhatIfAsked, responses=WhatIfShape)
    def post(self, request: Request) -> Response:
        """Nothing is saved. For the lead's office only: with chosen prices others' totals would tell their detail."""
        has = allow_somewhere(request.user, "consortium.see")
        body = WhatIfAsked(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        consortium = one_consortium(request, encode("con", asked["consortium_id"]))
        if eyes(has, consortium.pk) is not None:
            raise Forbidden
        shares: dict[UUID, Decimal] = {s["partner_id"]: s["percent"] for s in asked.get("shares", [])}
        prices = {p.get("resource_id"): p["percent"] for p in asked.get("prices", [])}
        tariff = _tariff(consortium, asked.get("tariff_id"))
        rules = rules_said(asked.get("rules", []))
        as_is, as_would = what_if(
            consortium, month_of(asked["month"])[0], shares, prices, tariff, rules, asked.get("mandate_fee")
        )
        before = figures(as_is, None, set())
        after = figures(as_would, None, set())
        return Response({"now": before, "then": after, "differences": differences(as_is, as_would)})


def _tariff(consortium: Consortium, pk: UUID | None) -> Tariff | None:
    """A price list of one of the consortium's venues. Raises Invalid for any other."""
    if pk is None:
        return None
    rows = Tariff.objects.select_related("venue").filter(pk=pk, venue__partner__consortium=consortium)
    if (found := rows.first()) is None:
        raise Invalid(pointers=[Pointer("/tariff_id", "unknown", "")])
    return found


def differences(as_is: dict[str, Any], as_would: dict[str, Any]) -> list[dict[str, Any]]:
    """What each partner would have more or less."""
    was = {p["id"]: p for p in as_is["partners"]}
    found = []
    for p in as_would["partners"]:
        before = was.get(p["id"])  # who came after the month was closed had nothing of it
        found.append(
            {
                "partner_id": p["id"],
                "takings": Money(_takings(p) - _takings(before)),
                "balance": Money(p["balance"] - (before["balance"] if before else 0)),
            }
        )
    return found


def _takings(partner: dict[str, Any] | None) -> int:
    return int(partner["columns"]["takings"] + partner["columns"]["late"]) if partner else 0
