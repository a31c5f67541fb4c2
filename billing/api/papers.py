"""Documents, their files, months as a zip, and jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import contracts, dispatch, exports, sdi
from billing.control_words import explained
from billing.models import Dispatch, Document, Issuer, OrderLine, Revision
from billing.pdf import file_of
from billing.registers import MONTH, facets, filtered, table, totals, with_brought
from billing.visible import documents_for, issuers_for, office_partners
from booking.api.plans import own_series
from core import audit
from core.errors import Missing
from core.files import pieces
from core.idempotency import idempotent
from core.ids import decode, encode
from core.lists import ListQuery, page, read
from core.models import Job, JobFile
from core.openapi import json_or_table
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action, ref
from core.tables import download
from core.views import View
from people.roles import Standing, allow_somewhere, signed_in, standing


class FileShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    href = serializers.CharField()
    ready = serializers.BooleanField()


class CorrectedShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class SdiErrorShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)


class SdiShape(serializers.Serializer[Any]):
    """Where the document is with the SdI, and why it was refused."""

    state = serializers.ChoiceField(sdi.SDI_STATES)
    faults = SdiErrorShape(many=True)

    class Meta:
        ref_name = "SdiStanding"


class DispatchShape(serializers.Serializer[Any]):
    """How the document's file leaves for the SdI."""

    channel = serializers.ChoiceField(Issuer.Channel.choices)
    state = serializers.ChoiceField(["none", *Dispatch.State.values])
    to = serializers.CharField(allow_blank=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    fault = serializers.CharField(allow_blank=True)
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "Dispatch"


class DocumentShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(Document.Kind.choices)
    issued_on = serializers.DateField()
    issuer = RefShape()
    customer = serializers.CharField()
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()
    payment_state = serializers.ChoiceField(["paid", "due", "refunded"])
    booking_codes = serializers.ListField(child=serializers.CharField())
    corrects = CorrectedShape(allow_null=True)
    files = FileShape(many=True)
    type = serializers.CharField(allow_blank=True)
    sdi = SdiShape()
    dispatch = DispatchShape(allow_null=True, help_text="for the office, of those that leave by a channel")

    class Meta:
        ref_name = "Document"


class RateTotal(serializers.Serializer[Any]):
    rate = serializers.CharField()
    natura = serializers.CharField(allow_null=True)
    legal_text = serializers.CharField(allow_null=True)
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()


class TotalsShape(serializers.Serializer[Any]):
    documents = serializers.IntegerField()
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()
    by_rate = RateTotal(many=True)


class DocumentPage(ListShape):
    data = DocumentShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    totals = TotalsShape(required=False)
    facets = serializers.DictField(required=False)


class DocumentsQuery(ListQuery):
    issuer_id = IdField(Issuer, required=False)
    kind = serializers.ListField(child=serializers.ChoiceField(Document.Kind.choices), required=False)
    month = serializers.RegexField(MONTH, required=False)
    issued_from = serializers.DateField(required=False)
    issued_to = serializers.DateField(required=False, help_text="excluded")
    organisation_id = IdField("org", required=False)
    booking_id = IdField("bkg", required=False)
    payment_state = serializers.ChoiceField(["paid", "due", "refunded"], required=False)
    q = serializers.CharField(max_length=80, required=False)
    include = serializers.ListField(
        child=serializers.ChoiceField(["totals", "facets"]), required=False, default=list
    )
    output = serializers.ChoiceField(["json", "csv", "xlsx"], required=False, default="json")


def document_shapes(documents: Sequence[Document], has: Standing) -> list[dict[str, Any]]:
    """Documents as the API shows them to somebody; nine more statements at most, for any number of them."""
    ids = [d.pk for d in documents]
    credited = set(Document.objects.filter(corrects__in=ids).values_list("corrects_id", flat=True))
    codes: dict[UUID, list[str]] = defaultdict(list)
    lines = OrderLine.objects.filter(order__in={d.order_id for d in documents}, booking__isnull=False)
    for order, code in lines.values_list("order_id", "booking__code").distinct().order_by("booking__code"):
        codes[order].append(code)
    sent = sdi.standings(documents)
    office = None if has.administrator else office_partners(has)
    ours = [d for d in documents if office is None or d.issuer.partner_id in office]
    ways = (
        dispatch.ways(ours, {pk for pk, found in sent.items() if found.state in sdi.ANSWERED}) if ours else {}
    )
    brought = with_brought(Document.objects.filter(pk__in=[d.pk for d in documents if not d.payment_id]))
    paid = set(brought.filter(paid_by_bank=True).values_list("pk", flat=True))
    return [
        _shape(
            d,
            "refunded"
            if d.pk in credited or d.kind == Document.Kind.CREDIT_NOTE
            else "paid"
            if d.payment_id or d.pk in paid
            else "due",
            codes[d.order_id] if d.order_id else [],
            sent[d.pk],
            ways.get(d.pk),
        )
        for d in documents
    ]


def _shape(
    d: Document, state: str, codes: list[str], sent: sdi.Standing, way: dispatch.Way | None
) -> dict[str, Any]:
    public = encode("doc", d.pk)
    return {
        "id": public,
        "number": d.number,
        "kind": d.kind,
        "issued_on": d.issued_on,
        "issuer": {"id": encode("iss", d.issuer_id), "name": d.issuer.partner.organisation.name},
        "customer": d.customer_name,
        "net": d.net,
        "vat": d.vat,
        "gross": d.gross,
        "payment_state": state,
        "booking_codes": codes,
        "corrects": ref(d.corrects),
        "files": [
            {"kind": kind, "href": f"/api/v1/documents/{public}/files/{kind}", "ready": ready}
            for kind, ready in _files(d, sent)
        ],
        "type": d.type,
        "sdi": {
            "state": sent.state,
            "faults": [{"code": code, "detail": explained(code)} for code in sent.errors],
        },
        "dispatch": way and _way(way),
    }


def _way(way: dispatch.Way) -> dict[str, Any]:
    found = way.found
    return {
        "channel": way.channel,
        "state": found.state if found else "none",
        "to": found.to if found else "",
        "sent_at": found.sent_at if found else None,
        "fault": found.fault if found else "",
        "actions": {"send": action([*way.send]), "had_left": action([*way.had_left])},
    }


def _files(d: Document, sent: sdi.Standing) -> list[tuple[str, bool]]:
    return [("pdf", True), ("xml", sent.state != sdi.TO_MEND)] if d.is_electronic else [("pdf", True)]


class Documents(View):
    @extend_schema(
        operation_id="list_documents", parameters=[DocumentsQuery], responses=json_or_table(DocumentPage)
    )
    def get(self, request: Request) -> Response | HttpResponseBase:
        person = signed_in(request.user)
        has, asked = standing(person), read(DocumentsQuery, request)
        rows = filtered(documents_for(has), asked)
        if asked["output"] != "json":
            audit.record(person, "see-customers", person, table="documents")
            return download(table(rows), asked["output"])
        shown: list[Document] = []

        def shapes(found: Sequence[Document]) -> list[dict[str, Any]]:
            shown.extend(found)
            return document_shapes(found, has)

        body = page(rows, asked, shapes, by="issued_on")
        looked_at(request, shown)
        if "totals" in asked["include"]:
            body["totals"] = totals(rows)
        if "facets" in asked["include"]:
            body["facets"] = facets(
                filtered(documents_for(has), {k: v for k, v in asked.items() if k != "kind"})
            )
        return Response(body)


def one_document(document_id: str, request: Request) -> Document:
    try:
        pk = decode("doc", document_id)
    except ValueError as error:
        raise Missing from error
    found = documents_for(standing(signed_in(request.user))).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def looked_at(request: Request, documents: Sequence[Document]) -> None:
    """The log says whose documents were shown; one's own, and one's organisations', are no news."""
    person = signed_in(request.user)
    own = standing(person).delegate_of
    others = [d for d in documents if d.person_id != person.pk and d.organisation_id not in own]
    audit.saw(person, "customers", [sight(d) for d in others])


def sight(document: Document) -> audit.Sight:
    """What the log keeps of a document that was shown."""
    return audit.Sight(encode("doc", document.pk), document.issuer.partner_id, document.person_id)


class OneDocument(View):
    @extend_schema(operation_id="read_document", responses=DocumentShape)
    def get(self, request: Request, document_id: str) -> Response:
        found = one_document(document_id, request)
        looked_at(request, [found])
        return Response(document_shapes([found], standing(signed_in(request.user)))[0])


class DocumentPdf(View):
    @extend_schema(operation_id="document_pdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, document_id: str) -> HttpResponse:
        document = one_document(document_id, request)
        looked_at(request, [document])
        file = file_of(Revision.objects.filter(document=document).latest("version"))
        answer = HttpResponse(bytes(file.content), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{document.number.replace("/", "-")}.pdf"'
        answer["X-Content-SHA256"] = file.sha256
        return answer


class DocumentXml(View):
    @extend_schema(operation_id="document_xml", responses={(200, "application/xml"): OpenApiTypes.BINARY})
    def get(self, request: Request, document_id: str) -> HttpResponse:
        document = one_document(document_id, request)
        if not document.is_electronic:
            raise Missing
        revision = Revision.objects.filter(document=document).latest("version")
        file = sdi.file_of(revision)
        answer = HttpResponse(bytes(file.content), content_type="application/xml")
        name = revision.transmissions.values_list("file_name", flat=True).get()
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Content-SHA256"] = file.sha256
        return answer


class JobFileShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    href = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class ProgressShape(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class JobShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(Job.State.choices)
    progress = ProgressShape()
    files = JobFileShape(many=True)
    expires_at = serializers.DateTimeField()

    class Meta:
        ref_name = "Job"


class NewExport(StrictSerializer):
    kind = serializers.ChoiceField(["month"])
    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH)


def job_shape(job: Job) -> dict[str, Any]:
    public = encode("job", job.pk)
    files = job.files.order_by("name").values_list("name", "size", "sha256")
    return {
        "id": public,
        "kind": job.kind,
        "state": job.state,
        "progress": {"done": job.done, "total": job.total},
        "files": [
            {"name": name, "href": f"/api/v1/jobs/{public}/files/{name}", "bytes": size, "sha256": digest}
            for name, size, digest in files
        ],
        "expires_at": job.expires_at,
    }


class Exports(View):
    @extend_schema(operation_id="export", request=NewExport, responses={202: JobShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        has = allow_somewhere(person, "document.export")
        body = NewExport(data=request.data)
        body.is_valid(raise_exception=True)
        issuer = issuers_for(has).filter(pk=body.validated_data["issuer_id"]).first()
        if issuer is None:
            raise Missing
        return Response(job_shape(exports.start(person, issuer, body.validated_data["month"])), status=202)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(job_shape(own_job(encode(kind, thing), request)), status=202)


def own_job(job_id: str, request: Request) -> Job:
    person = signed_in(request.user)
    try:
        found = Job.objects.filter(pk=decode("job", job_id), person_id=person.pk).first()
    except ValueError as error:
        raise Missing from error
    if found is None:
        raise Missing
    return found


class OneJob(View):
    @extend_schema(operation_id="read_job", responses=JobShape)
    def get(self, request: Request, job_id: str) -> Response:
        return Response(job_shape(own_job(job_id, request)))


class JobFileBytes(View):
    @extend_schema(
        operation_id="job_file",
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            (200, "application/pdf"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, job_id: str, name: str) -> HttpResponseBase:
        job = own_job(job_id, request)
        # What one may see is asked again at the download: a role may have been lost meanwhile.
        if job.kind == contracts.KIND:
            own_series(UUID(job.payload["series"]), signed_in(request.user))
        elif not issuers_for(allow_somewhere(request.user, "document.export")).filter(
            pk=job.payload.get("issuer")
        ):
            raise Missing
        file = JobFile.objects.filter(job=job, name=name).first()
        if file is None:
            raise Missing
        return saved(file)


def saved(file: JobFile) -> HttpResponseBase:
    """A job's file; a large one a piece at a time."""
    answer: HttpResponse | StreamingHttpResponse = (
        HttpResponse(bytes(file.content), content_type=file.media_type)
        if file.content
        else StreamingHttpResponse(pieces(file), content_type=file.media_type)
    )
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer["Content-Length"] = str(file.size)
    answer["X-Content-SHA256"] = file.sha256
    return answer
