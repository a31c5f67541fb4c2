"""Whose asking is counted: the address that nobody who asks can choose."""

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.rates import PerAddress, address_of

FORGED = "192.0.2.66, 192.0.2.1"


@pytest.mark.parametrize(
    ("behind", "headers", "address"),
    [
        (False, {}, "198.51.100.7"),
        (False, {"X-Forwarded-For": FORGED}, "198.51.100.7"),
        (True, {"X-Forwarded-For": FORGED}, "192.0.2.1"),
        (True, {}, "198.51.100.7"),
    ],
)
def test_an_address_is_the_connection_s_or_the_last_that_our_proxy_wrote(behind, headers, address, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind else None
    request = Request(APIRequestFactory().get("/", headers=headers, REMOTE_ADDR="198.51.100.7"))
    assert address_of(request) == address
    assert PerAddress().get_cache_key(request, None) == f"rate:address:{address}"
