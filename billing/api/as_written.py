"""What a document says, as it would be written: from it a credit note is begun, and what was refused is mended."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.papers import one_document
from billing.api.seen import looked_at
from billing.api.wishes import STAMPS
from billing.models import Revision
from billing.papers import natura, sdi
from billing.papers.as_written import as_written
from core.shapes import ActionShape, action
from core.views import View
from people.roles import signed_in


class WrittenDiscount(serializers.Serializer[Any]):
    percent = serializers.CharField(required=False)
    amount = serializers.CharField(required=False)


class WrittenLine(serializers.Serializer[Any]):
    description = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    unit_price = serializers.CharField()
    discounts = WrittenDiscount(many=True)
    rate = serializers.CharField()
    natura = serializers.CharField(allow_blank=True)
    legal_text = serializers.CharField(allow_blank=True)
    withheld = serializers.BooleanField()
    first_on = serializers.DateField(allow_null=True)
    last_on = serializers.DateField(allow_null=True)


class WrittenRate(serializers.Serializer[Any]):
    rate = serializers.CharField()
    natura = serializers.CharField(allow_blank=True)
    legal_text = serializers.CharField(allow_blank=True)


class WrittenFund(serializers.Serializer[Any]):
    kind = serializers.CharField()
    percent = serializers.CharField()
    rate = serializers.CharField()
    natura = serializers.CharField(allow_blank=True)
    withheld = serializers.BooleanField()


class WrittenWithholding(serializers.Serializer[Any]):
    kind = serializers.CharField()
    percent = serializers.CharField()
    reason = serializers.CharField()


class WrittenOrder(serializers.Serializer[Any]):
    id = serializers.CharField(allow_blank=True)
    cig = serializers.CharField(allow_blank=True)
    cup = serializers.CharField(allow_blank=True)


class WrittenShape(serializers.Serializer[Any]):
    """What the document says, in the words by which one is written: where its credit note or its mending begins."""

    with_vat = serializers.BooleanField()
    lines = WrittenLine(many=True)
    stamp = serializers.ChoiceField(STAMPS)
    rates = WrittenRate(many=True)
    asked = WrittenOrder(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())
    fund = WrittenFund(allow_null=True)
    withholding = WrittenWithholding(allow_null=True)
    actions = serializers.DictField(
        child=ActionShape(),
        help_text="natura: a rate without VAT may be mended to another, before it goes out again",
    )

    class Meta:
        ref_name = "DocumentAsWritten"


class DocumentAsWritten(View):
    @extend_schema(operation_id="document_as_written", responses=WrittenShape)
    def get(self, request: Request, document_id: str) -> Response:
        found = one_document(document_id, request)
        looked_at(signed_in(request.user), [found])
        last = Revision.objects.filter(document=found).latest("version")
        actions = {"natura": action(natura.against(found, sdi.standings([found])[found.pk].state))}
        return Response(WrittenShape(as_written(last.snapshot) | {"actions": actions}).data)
