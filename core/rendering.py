"""JSON in and out: fast, and strict about what is no JSON, too deep, or unspeakable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import IO, Any
from uuid import UUID

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from core.money import Money
from core.periods import Period

DEEPEST = 20


def spoken(value: Any) -> Any:
    """The house's values as the API speaks them."""
    if isinstance(value, Money):
        return {"cents": value.cents, "currency": value.currency}
    if isinstance(value, Period):
        return {"start": value.start, "end": value.end}
    if isinstance(value, UUID | date):
        return str(value)
    return str(value)


def _instants(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return spoken(value)


def dump(value: Any) -> bytes:
    """JSON bytes; instants in UTC with Z and whole seconds."""
    return orjson.dumps(
        value, default=_instants, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
    )


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else dump(data)


def _depth(value: Any, limit: int) -> bool:
    if isinstance(value, dict):
        return limit > 0 and all(_depth(inner, limit - 1) for inner in value.values())
    if isinstance(value, list):
        return limit > 0 and all(_depth(inner, limit - 1) for inner in value)
    return True


class JSONParser(BaseParser):
    """Refuses what is no JSON, deeper than 20, or carries the character that no database can store."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(str(error)) from error
        if b"\\u0000" in body or not _depth(value, DEEPEST):
            raise ParseError("too deep, or with a null character")
        return value
