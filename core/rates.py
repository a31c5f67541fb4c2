"""How often one address may ask where nobody signs in; counted in the cache that all processes share."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


def address_of(request: Request) -> str:
    """The address that the connection comes from, whatever its headers say.

    Behind our own proxy it is the address that the proxy saw: the last it wrote, for the others can be forged.
    """
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.headers.get("X-Forwarded-For", address).rsplit(",", 1)[-1].strip()
    return address


class PerAddress(SimpleRateThrottle):
    """So many requests a minute from one address."""

    rate = "120/min"
    scope = "address"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"rate:{self.scope}:{address_of(request)}"
