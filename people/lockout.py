"""By what failed tries are counted, and what somebody locked out is told."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from core.errors import TooMany
from core.problems import answer

COOL_OFF_SECONDS = 15 * 60


def account(request: Any, credentials: dict[str, Any] | None = None) -> str:
    """The lower-case e-mail address that somebody tries to sign in with (also on the configuration pages)."""
    named = credentials or {}
    given = named.get("username") or named.get("email") or getattr(request, "POST", {}).get("username", "")
    return str(given).lower()


def locked_out(request: HttpRequest, response: HttpResponse, credentials: Any = None) -> HttpResponse:
    return answer(request, TooMany(retry_after=COOL_OFF_SECONDS))
