"""Jobs that make files, a month's documents or some of them as a zip among them: begun, followed, found again, fetched."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.seen import took_along
from billing.books import exports
from billing.changes import contracts
from billing.models import Document, Issuer
from billing.papers.registers import MONTH
from billing.papers.visible import issuers_for
from booking.api.plans import own_series
from booking.api.seen import looked_at as looked_at_bookings
from core.errors import Missing
from core.files import pieces, sent_as
from core.idempotency import idempotent
from core.ids import encode
from core.lists import read
from core.lookup import one_in
from core.models import Job, JobFile
from core.shapes import IdField, StrictSerializer
from core.views import View
from people.roles import allow_somewhere, signed_in


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


class ExportQuery(StrictSerializer):
    """A month of an issuer, or of it those documents that fit, as the list is filtered."""

    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(Document.Kind.choices), required=False, max_length=3
    )
    activity = serializers.ChoiceField(Document.Activity.choices, required=False)
    payment_state = serializers.ChoiceField(["paid", "due", "refunded"], required=False)
    q = serializers.CharField(max_length=80, required=False)

    @staticmethod
    def chosen(asked: dict[str, Any]) -> dict[str, Any]:
        return {name: asked[name] for name in ("kinds", "activity", "payment_state", "q") if asked.get(name)}


class NewExport(ExportQuery):
    kind = serializers.ChoiceField(["month"])


class LastExport(serializers.Serializer[Any]):
    job = JobShape(allow_null=True, help_text="the last that one had made of the same, while it is kept")


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
    @extend_schema(operation_id="last_export", parameters=[ExportQuery], responses=LastExport)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        has = allow_somewhere(person, "document.export")
        asked = read(ExportQuery, request)
        issuer = issuers_for(has).filter(pk=asked["issuer_id"]).first()
        if issuer is None:
            raise Missing
        job = exports.last(person, issuer, asked["month"], ExportQuery.chosen(asked))
        return Response({"job": job_shape(job) if job else None})

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
        told = body.validated_data
        job = exports.start(person, issuer, told["month"], ExportQuery.chosen(told))
        return Response(job_shape(job), status=202)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(job_shape(own_job(encode(kind, thing), request)), status=202)


def own_job(job_id: str, request: Request) -> Job:
    person = signed_in(request.user)
    return one_in(Job.objects.defer("inside").filter(person_id=person.pk), "job", job_id)


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
        job, person = own_job(job_id, request), signed_in(request.user)
        # What one may see is asked again at the download: a role may have been lost meanwhile.
        if job.kind == contracts.KIND:
            series = own_series(UUID(job.payload["series"]), person)
        elif not issuers_for(allow_somewhere(request.user, "document.export")).filter(
            pk=job.payload.get("issuer")
        ):
            raise Missing
        file = JobFile.objects.filter(job=job, name=name).first()
        if file is None:
            raise Missing
        if job.kind == contracts.KIND:
            looked_at_bookings(person, series.bookings.select_related("venue"))
        else:
            took_along(person, exports.inside(job))
        return saved(file)


def saved(file: JobFile) -> HttpResponseBase:
    """A job's file; a large one a piece at a time."""
    answer: HttpResponse | StreamingHttpResponse = (
        HttpResponse(bytes(file.content), content_type=file.media_type)
        if file.content
        else StreamingHttpResponse(pieces(file), content_type=file.media_type)
    )
    answer["Content-Disposition"] = sent_as(file.name)
    answer["Content-Length"] = str(file.size)
    answer["X-Content-SHA256"] = file.sha256
    return answer
