"""Remembers what an Idempotency-Key did, and gives its answer again.

The edge takes an advisory lock on the key (busy: in use) outside any transaction. The act writes its key with
its effect (`core.effect`); the edge stores the answer afterwards. If the process dies between the two, the
answer is rendered again from the thing. Refusals are stored by the edge: they have no effect to lose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import orjson
from rest_framework.request import Request
from rest_framework.response import Response

from core import outbox
from core.clock import now
from core.effect import Key, asking
from core.errors import DomainError, IdempotencyKeyInUse, IdempotencyKeyMissing, IdempotencyKeyReused
from core.identity import Identified
from core.locks import alone
from core.models import IdempotentAnswer
from core.problems import body_of, status_of
from core.rendering import dump

KEPT = timedelta(hours=24)
LONGEST_KEY = 120
REMEMBERED_REFUSALS = (402, 403, 409)


def caller_of(request: Request) -> str:
    """Whose key it is: the person's, the device's, or the visitor's session's."""
    if isinstance(request.auth, Identified):
        return f"{request.auth.prefix}:{request.auth.pk}"
    if request.user.is_authenticated:
        return f"person:{request.user.pk}"
    if not request.session.session_key:
        request.session.create()
    return f"session:{request.session.session_key}"


def idempotent(view: Callable[..., Response]) -> Callable[..., Response]:
    """A POST handler that changes something once per (caller, path, key), for 24 hours."""

    @wraps(view)
    def run(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise IdempotencyKeyMissing
        caller, path = caller_of(request), request.path[:200]
        body_hash = hashlib.sha256(orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)).hexdigest()
        with alone(f"{caller} {path} {key}") as ours:
            if not ours:
                raise IdempotencyKeyInUse
            stored = IdempotentAnswer.objects.filter(
                caller=caller, path=path, key=key, at__gt=now() - KEPT
            ).first()
            if stored is not None:
                if stored.body_hash != body_hash:
                    raise IdempotencyKeyReused
                return _replayed(self, request, stored, kwargs)
            asked = Key(caller, path, key, body_hash)
            try:
                with asking(asked):
                    response = view(self, request, *args, **kwargs)
            except DomainError as error:
                if status_of(type(error)) in REMEMBERED_REFUSALS:
                    body = body_of(error, request.path, getattr(request._request, "request_id", ""))
                    _remember(asked, body["status"], body)
                raise
            _remember(asked, response.status_code, response.data)
            return response

    run.needs_key = True  # type: ignore[attr-defined]
    return run


def _replayed(view: Any, request: Request, stored: IdempotentAnswer, kwargs: dict[str, Any]) -> Response:
    if stored.status is None:  # the act was done, its answer was lost
        response: Response = view.again(request, stored.thing_kind, stored.thing_id, **kwargs)
    else:
        response = Response(stored.body, status=stored.status)
        if stored.status >= 400:
            response.content_type = "application/problem+json"
    response["Idempotency-Replayed"] = "true"
    return response


def _remember(asked: Key, status: int, body: Any) -> None:
    said = {"status": status, "body": orjson.loads(dump(body))}
    if asked.row is not None:
        IdempotentAnswer.objects.filter(pk=asked.row).update(**said)
        return
    IdempotentAnswer.objects.filter(caller=asked.caller, path=asked.path, key=asked.key).delete()
    IdempotentAnswer.objects.create(
        caller=asked.caller, path=asked.path, key=asked.key, body_hash=asked.body_hash, **said
    )


def forget_old() -> None:
    IdempotentAnswer.objects.filter(at__lt=now() - KEPT).delete()


def register() -> None:
    """The outbox knows who forgets."""
    outbox.every(timedelta(hours=1), "core.forget_old_answers")(forget_old)
