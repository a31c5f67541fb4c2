"""Remembers the answer given to an Idempotency-Key, and gives it again.

The edge takes an advisory lock on the key (busy: in use) on a connection-wide level, so that it outlives the
act's own transaction; the stored answer is written right after the act. If the process dies between the two,
the act's own uniqueness (a hold is the person's own, a payment's id is its key) keeps the second from doubling.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any

import orjson
from django.db import connection
from rest_framework.request import Request
from rest_framework.response import Response

from core import outbox
from core.clock import now
from core.errors import DomainError, IdempotencyKeyInUse, IdempotencyKeyMissing, IdempotencyKeyReused
from core.models import IdempotentAnswer
from core.problems import body_of, status_of
from core.rendering import dump

KEPT = timedelta(hours=24)
LONGEST_KEY = 120
REMEMBERED_REFUSALS = (402, 403, 409)


def caller_of(request: Request) -> str:
    """Whose key it is: the person's, or the visitor's session's."""
    if request.user.is_authenticated:
        return f"person:{request.user.pk}"
    if not request.session.session_key:
        request.session.create()
    return f"session:{request.session.session_key}"


@contextmanager
def _alone(name: str) -> Iterator[None]:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        row = cursor.fetchone()
    if not row[0]:
        raise IdempotencyKeyInUse
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _again(stored: IdempotentAnswer) -> Response:
    response = Response(stored.body, status=stored.status)
    if stored.status >= 400:
        response.content_type = "application/problem+json"
    response["Idempotency-Replayed"] = "true"
    return response


def idempotent(view: Callable[..., Response]) -> Callable[..., Response]:
    """A POST handler that changes something once per (caller, path, key), for 24 hours."""

    @wraps(view)
    def run(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise IdempotencyKeyMissing
        caller, path = caller_of(request), request.path[:200]
        body_hash = hashlib.sha256(orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)).hexdigest()
        with _alone(f"{caller} {path} {key}"):
            rows = IdempotentAnswer.objects.filter(caller=caller, path=path, key=key)
            stored = rows.filter(at__gt=now() - KEPT).first()
            if stored is not None:
                if stored.body_hash != body_hash:
                    raise IdempotencyKeyReused
                return _again(stored)
            try:
                response = view(self, request, *args, **kwargs)
            except DomainError as error:
                if status_of(type(error)) in REMEMBERED_REFUSALS:
                    body = body_of(error, request.path, getattr(request._request, "request_id", ""))
                    _remember(rows, caller, path, key, body_hash, body["status"], body)
                raise
            _remember(rows, caller, path, key, body_hash, response.status_code, response.data)
            return response

    run.needs_key = True  # type: ignore[attr-defined]
    return run


def _remember(rows: Any, caller: str, path: str, key: str, body_hash: str, status: int, body: Any) -> None:
    rows.delete()
    IdempotentAnswer.objects.create(
        caller=caller, path=path, key=key, body_hash=body_hash, status=status, body=orjson.loads(dump(body))
    )


def forget_old() -> None:
    IdempotentAnswer.objects.filter(at__lt=now() - KEPT).delete()


def register() -> None:
    """The outbox knows who forgets."""
    outbox.every(timedelta(hours=1), "core.forget_old_answers")(forget_old)
