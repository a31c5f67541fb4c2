"""How often one address may ask where nobody signs in; counted in the cache that all processes share."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class PerAddress(SimpleRateThrottle):
    """So many requests a minute from the address that the connection comes from, whatever its headers say.

    Behind our own proxy it is the address that the proxy saw: the last it wrote, for the others can be forged.
    """

    rate = "120/min"
    scope = "address"

    def get_cache_key(self, request: Request, view: Any) -> str:
        address = request.META.get("REMOTE_ADDR", "")
        if settings.SECURE_PROXY_SSL_HEADER:
            address = request.headers.get("X-Forwarded-For", address).rsplit(",", 1)[-1].strip()
        return f"rate:{self.scope}:{address}"
