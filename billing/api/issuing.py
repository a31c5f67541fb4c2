"""Documents that the office writes itself: looked at first, then issued."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.issuers import series_ref
from billing.api.papers import Documents as ListedDocuments
from billing.api.papers import DocumentShape, document_shapes
from billing.api.wishes import NewDocument, wish_of
from billing.papers import issuing
from billing.papers.amounts import Reckoned
from billing.papers.visible import documents_for
from billing.papers.wish import Wish
from core.idempotency import idempotent
from core.shapes import MoneyShape, RefShape
from core.views import View
from people.roles import allow_somewhere, signed_in, standing


class SummaryShape(serializers.Serializer[Any]):
    rate = serializers.CharField()
    natura = serializers.CharField(allow_blank=True)
    legal_text = serializers.CharField(allow_blank=True)
    net = MoneyShape()
    vat = MoneyShape()


class FaultShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    where = serializers.CharField(allow_blank=True)
    mend = serializers.ChoiceField(["customer", "issuer", "lines", "document"])
    place = serializers.CharField(allow_blank=True, help_text="the field to mend, as a JSON pointer")

    class Meta:
        ref_name = "SdiFault"


class CautionShape(serializers.Serializer[Any]):
    """What an accountant would look at; it may be issued all the same."""

    code = serializers.CharField()
    detail = serializers.CharField()
    place = serializers.CharField(allow_blank=True)

    class Meta:
        ref_name = "DocumentCaution"


class ChoiceOfSeries(serializers.Serializer[Any]):
    """In which series it is numbered where none is chosen, and those that may be."""

    usual = RefShape()
    among = RefShape(many=True)

    class Meta:
        ref_name = "ChoiceOfSeries"


class PreviewShape(serializers.Serializer[Any]):
    lines = serializers.ListField(child=MoneyShape())
    rates = SummaryShape(many=True)
    stamp = MoneyShape()
    fund = MoneyShape()
    withheld = MoneyShape()
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()
    due = MoneyShape()
    missing = serializers.ListField(child=serializers.CharField())
    faults = FaultShape(many=True)
    cautions = CautionShape(many=True)
    series = ChoiceOfSeries()

    class Meta:
        ref_name = "DocumentPreview"


def preview_shape(seen: issuing.Preview) -> dict[str, Any]:
    came: Reckoned = seen.came
    return {
        "lines": list(came.nets),
        "rates": [
            {
                "rate": str(s.key.rate),
                "natura": s.key.natura,
                "legal_text": s.key.legal_text,
                "net": s.net,
                "vat": s.vat,
            }
            for s in came.summaries
        ],
        "stamp": came.stamp,
        "fund": came.fund,
        "withheld": came.withheld,
        "net": came.net,
        "vat": came.vat,
        "gross": came.gross,
        "due": came.due,
        "missing": list(seen.missing),
        "faults": [
            {"code": f.code, "detail": f.sentence.say(), "where": f.where, "mend": f.mend, "place": f.place}
            for f in seen.faults
        ],
        "cautions": [{"code": c.code, "detail": c.sentence, "place": c.place} for c in seen.cautions],
        "series": {
            "usual": series_ref(seen.usual),
            "among": [series_ref(s) for s in seen.among],
        },
    }


def _asked(request: Request) -> Wish:
    has = allow_somewhere(request.user, "document.issue")
    body = NewDocument(data=request.data)
    body.is_valid(raise_exception=True)
    return wish_of(body.validated_data, has)


class DocumentPreview(View):
    @extend_schema(operation_id="preview_document", request=NewDocument, responses=PreviewShape)
    def post(self, request: Request) -> Response:
        return Response(preview_shape(issuing.preview(_asked(request))))


class Documents(ListedDocuments):
    @extend_schema(operation_id="issue_document", request=NewDocument, responses={201: DocumentShape})
    @idempotent
    def post(self, request: Request) -> Response:
        made = issuing.issue(signed_in(request.user), _asked(request))
        return self.again(request, "doc", made.pk)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        has = standing(signed_in(request.user))
        return Response(document_shapes(list(documents_for(has).filter(pk=thing)), has)[0], status=201)
