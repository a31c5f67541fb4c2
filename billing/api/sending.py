"""What the SdI answered, uploaded by the office; and documents that go out again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.papers import DocumentShape, document_shapes, one_document
from billing.api.wishes import MOST_DESCRIPTION, NATURES, AskedWish
from billing.models import Document
from billing.papers import dispatch, reissuing, sdi
from billing.papers.visible import issuers_for
from core.errors import Forbidden, TooLarge
from core.idempotency import idempotent
from core.ids import encode
from core.shapes import ListShape, RefShape, StrictSerializer, ref
from core.views import View
from people.roles import allow_somewhere, signed_in, standing

MOST_UPLOADED = 20 * 1024 * 1024


@extend_schema_field(OpenApiTypes.BINARY)
class UploadField(serializers.FileField):
    pass


class NewReceipts(serializers.Serializer[Any]):
    file = UploadField(help_text="one receipt, or a zip of them")


class ReceiptRead(serializers.Serializer[Any]):
    name = serializers.CharField()
    result = serializers.ChoiceField(["read", "known", "unknown"])
    document = RefShape(allow_null=True)


class ReceiptsRead(ListShape):
    data = ReceiptRead(many=True)


class SdiReceipts(View):
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="upload_sdi_receipts", request=NewReceipts, responses=ReceiptsRead)
    def post(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        body = NewReceipts(data=request.data)
        body.is_valid(raise_exception=True)
        file = body.validated_data["file"]
        if file.size > MOST_UPLOADED:
            raise TooLarge
        found = sdi.receive(signed_in(request.user), file.name, file.read(), issuers_for(has))
        return Response(
            {"data": [{"name": r.name, "result": r.result, "document": ref(r.document)} for r in found]}
        )


class OnItsWay(View):
    """What the office does about a document that goes to the SdI; it is shown as it is afterwards."""

    @staticmethod
    def ours(request: Request, document_id: str) -> Document:
        """The document, for the office of its issuer. Raises Missing, Forbidden."""
        document = one_document(document_id, request)
        has = allow_somewhere(request.user, "document.issue")
        if not issuers_for(has).filter(pk=document.issuer_id).exists():
            raise Forbidden
        return document

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        found = one_document(encode("doc", thing), request)
        return Response(document_shapes([found], standing(signed_in(request.user)))[0])


class LineAnew(StrictSerializer):
    place = serializers.IntegerField(min_value=0, help_text="which line, from 0")
    description = serializers.CharField(max_length=MOST_DESCRIPTION, required=False)
    unit = serializers.CharField(max_length=10, required=False, allow_blank=True)
    first_on = serializers.DateField(required=False, allow_null=True)
    last_on = serializers.DateField(required=False, allow_null=True, help_text="included")


class RateAnew(StrictSerializer):
    place = serializers.IntegerField(min_value=0, help_text="which summary of a rate, from 0")
    legal_text = serializers.CharField(max_length=100, allow_blank=True, required=False)
    natura = serializers.ChoiceField(
        NATURES,
        allow_blank=True,
        required=False,
        help_text="of all lines at this rate and natura; only of what the SdI rejected or never had",
    )


class Correction(StrictSerializer):
    """What the document says otherwise when it goes out again; what is not here stays, and its amounts always do."""

    lines = LineAnew(many=True, required=False)
    rates = RateAnew(many=True, required=False)
    asked = AskedWish(required=False, allow_null=True)
    reasons = serializers.ListField(
        child=serializers.CharField(max_length=1000), required=False, max_length=10
    )

    class Meta:
        ref_name = "DocumentCorrection"

    def plain(self) -> dict[str, Any]:
        """What was told, with days as a document keeps them."""
        return dict(orjson.loads(orjson.dumps(self.validated_data)))


class CorrectDocument(OnItsWay):
    """A document that was refused goes out again under its number."""

    @extend_schema(operation_id="correct_document", request=Correction, responses=DocumentShape)
    @idempotent
    def post(self, request: Request, document_id: str) -> Response:
        document = self.ours(request, document_id)
        body = Correction(data=request.data)
        body.is_valid(raise_exception=True)
        made = reissuing.reissue(signed_in(request.user), document.pk, body.plain())
        return self.again(request, "doc", made.pk)


class SendDocument(OnItsWay):
    """Its file leaves by its issuer's channel, or once more where nobody knows whether it left."""

    @extend_schema(operation_id="send_document", request=StrictSerializer, responses=DocumentShape)
    @idempotent
    def post(self, request: Request, document_id: str) -> Response:
        document = self.ours(request, document_id)
        return self.again(request, "doc", dispatch.again(signed_in(request.user), document.pk).pk)


class DocumentHadLeft(OnItsWay):
    """Somebody saw in the mailbox that the file had left."""

    @extend_schema(operation_id="document_had_left", request=StrictSerializer, responses=DocumentShape)
    @idempotent
    def post(self, request: Request, document_id: str) -> Response:
        document = self.ours(request, document_id)
        return self.again(request, "doc", dispatch.had_left(signed_in(request.user), document.pk).pk)
