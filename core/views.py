"""What every endpoint has: the session's person, and a CSRF token on every write, visitors' too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.ids import encode
from core.words import language


class SessionWithToken(SessionAuthentication):
    """The session cookie says who; REST framework alone would ask the token of signed-in people only."""

    def authenticate(self, request: Request) -> Any:
        if request.method not in SAFE_METHODS:
            self.enforce_csrf(request)
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class View(APIView):
    """An endpoint: it parses, asks `allow`, calls, shows."""

    authentication_classes = [SessionWithToken]
    permission_classes: list[Any] = []

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        """The answer to an act that was done and whose answer was lost: what it made or moved."""
        return Response({"id": encode(kind, thing)})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        found: HttpResponse = super().finalize_response(request, response, *args, **kwargs)
        found["Content-Language"] = language()
        if not found.has_header("Cache-Control"):
            # May be kept, but asked about each time: what one may see ends with the session.
            found["Cache-Control"] = "private, no-cache"
        return found
