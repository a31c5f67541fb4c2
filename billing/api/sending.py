"""What the SdI answered, uploaded by the office; and documents that go out again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from billing import dispatch, sdi
from billing.api.papers import DocumentShape, document_shapes, one_document
from billing.models import Document
from billing.visible import issuers_for
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


class CorrectDocument(OnItsWay):
    """A document that was refused goes out again under its number."""

    @extend_schema(operation_id="correct_document", request=StrictSerializer, responses=DocumentShape)
    @idempotent
    def post(self, request: Request, document_id: str) -> Response:
        document = self.ours(request, document_id)
        return self.again(request, "doc", sdi.mend(signed_in(request.user), document.pk).pk)


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
