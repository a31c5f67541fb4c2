"""The only place that knows HTTP's numbers: any error becomes RFC 9457 problem+json."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core import errors
from core.errors import DomainError, Pointer, Reason
from core.rendering import dump
from core.words import language

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"

STATUS: list[tuple[type[DomainError], int]] = [
    (errors.IdempotencyKeyMissing, 400),
    (errors.Unknown, 401),
    (errors.PaymentRefused, 402),
    (errors.Refused, 403),
    (errors.Forbidden, 403),
    (errors.Missing, 404),
    (errors.MethodNotAllowed, 405),
    (errors.NotAcceptable, 406),
    (errors.Conflict, 409),
    (errors.TooLarge, 413),
    (errors.UnsupportedMediaType, 415),
    (errors.Invalid, 422),
    (errors.TooMany, 429),
    (errors.Busy, 503),
    (errors.InternalError, 500),
]


def status_of(error: type[DomainError]) -> int:
    return next(number for family, number in STATUS if issubclass(error, family))


def reason_shape(reason: Reason) -> dict[str, Any]:
    way_out = reason.way_out and {"act": reason.way_out.act, "href": reason.way_out.href}
    return {
        "code": reason.code,
        "detail": reason.detail,
        "fixable_by": reason.fixable_by,
        "holds_from": reason.holds_from,
        "way_out": way_out,
    }


def body_of(error: DomainError, instance: str, request_id: str) -> dict[str, Any]:
    """The problem's body, in the reader's language."""
    return {
        "type": f"/problems/{error.code}",
        "title": str(error.title),
        "status": status_of(type(error)),
        "detail": error.detail,
        "instance": instance,
        "code": error.code,
        "request_id": request_id,
        "data": error.data,
        "pointers": [{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in error.pointers],
        "reasons": [reason_shape(reason) for reason in error.reasons],
        "alternatives": error.alternatives,
    }


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The whole HTTP answer for an error."""
    body = body_of(error, request.path, getattr(request, "request_id", ""))
    response = HttpResponse(dump(body), status=body["status"], content_type=MEDIA_TYPE)
    response["Content-Language"] = language()
    response["Cache-Control"] = "no-store"
    if isinstance(error, errors.TooMany | errors.Busy):
        response["Retry-After"] = str(error.retry_after or 2)
    return response


def _pointers(detail: Any, at: str) -> Iterator[Pointer]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            name = str(key).replace("~", "~0").replace("/", "~1")
            yield from _pointers(inner, at if key == "non_field_errors" else f"{at}/{name}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _pointers(inner, at if isinstance(inner, str) else f"{at}/{index}")
    else:
        yield Pointer(at, str(getattr(detail, "code", "invalid")).replace("_", "-"), str(detail))


def translated(error: Exception) -> DomainError:
    """Any error that a request can meet, as one of ours; what nobody foresaw is InternalError."""
    match error:
        case DomainError():
            return error
        case drf.ValidationError():
            return errors.Invalid(pointers=list(_pointers(error.detail, "")))
        case drf.ParseError():
            return errors.Invalid(pointers=[Pointer("", "malformed", str(error.detail))])
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return errors.Unknown()
        case drf.PermissionDenied() | PermissionDenied():
            return errors.Forbidden()
        case drf.NotFound() | Http404():
            return errors.Missing()
        case drf.MethodNotAllowed():
            return errors.MethodNotAllowed()
        case drf.UnsupportedMediaType():
            return errors.UnsupportedMediaType()
        case drf.NotAcceptable():
            return errors.NotAcceptable()
        case drf.Throttled():
            return errors.TooMany(retry_after=int(getattr(error, "wait", None) or 60))
        case RequestDataTooBig() | TooManyFieldsSent():
            return errors.TooLarge()
        case SuspiciousOperation() | UnicodeDecodeError() | RecursionError():
            return errors.Invalid()
    return errors.InternalError()


def drf_handler(error: Exception, context: dict[str, Any]) -> Response | HttpResponse:
    """REST framework's exception handler: see `REST_FRAMEWORK["EXCEPTION_HANDLER"]`."""
    found = translated(error)
    request = context["request"]._request
    if isinstance(found, errors.InternalError):
        log.error("internal error %s", request.request_id, exc_info=error)
    set_rollback()
    return answer(request, found)


class Requests:
    """Middleware: names each request, and answers what escapes the views with a problem, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4().hex  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        found = translated(error)
        if isinstance(found, errors.InternalError):
            log.error("internal error %s", getattr(request, "request_id", ""), exc_info=error)
        return answer(request, found)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    found = translated(exception)
    return answer(request, errors.Invalid() if isinstance(found, errors.InternalError) else found)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, errors.Forbidden(data={"csrf": True}))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, errors.Forbidden())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, errors.Missing())


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(request, errors.InternalError())
