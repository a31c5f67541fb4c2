"""The contract of a series: asked for, drawn by the worker, picked up by whoever asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.jobs import JobShape, job_shape, own_job
from billing.changes import contracts
from booking.api.plans import own_series
from core.idempotency import idempotent
from core.ids import encode
from core.shapes import StrictSerializer
from core.views import View
from core.words import language
from people.roles import signed_in


class NewContract(StrictSerializer):
    language = serializers.ChoiceField(["it", "en"], required=False, help_text="the reader's, if not said")


class Contract(View):
    @extend_schema(operation_id="contract_of_series", request=NewContract, responses={202: JobShape})
    @idempotent
    def post(self, request: Request, series_id: str) -> Response:
        person = signed_in(request.user)
        found = own_series(series_id, person)
        body = NewContract(data=request.data)
        body.is_valid(raise_exception=True)
        job = contracts.start(person, found, body.validated_data.get("language", language()))
        return Response(job_shape(job), status=202)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(job_shape(own_job(encode(kind, thing), request)), status=202)
