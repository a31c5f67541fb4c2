"""Teaches the schema what every endpoint has in common: problems, and the idempotency key."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from core.shapes import ProblemShape
from core.tables import MEDIA

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Unique per intended effect; kept 24 hours.",
)


def json_or_table(shape: Any) -> dict[tuple[int, str], Any]:
    """The answers of a list that `output=csv` or `output=xlsx` gives as a table."""
    return json_or_csv(shape) | {(200, MEDIA["xlsx"]): OpenApiTypes.BINARY}


def json_or_csv(shape: Any) -> dict[tuple[int, str], Any]:
    """The answers of a list that `output=csv` gives as a table."""
    return {(200, "application/json"): shape, (200, "text/csv"): OpenApiTypes.STR}


class Schema(AutoSchema):
    """Every answer that is no success is a problem; creating POSTs carry their key."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        handler = getattr(self.view, self.method.lower(), None)
        if getattr(handler, "__wrapped__", None) is not None and getattr(handler, "needs_key", False):
            parameters.append(KEY)
        return parameters

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemShape(), direction).ref
        bodies["default"] = {
            "description": "A problem",
            "content": {"application/problem+json": {"schema": problem}},
        }
        return bodies


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session cookie, as the schema names it."""

    target_class = "core.views.SessionWithToken"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "session"}
