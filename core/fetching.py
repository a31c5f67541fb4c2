"""Reading an address that a person gave us: public https only, a few seconds, a few megabytes.

The name is resolved once, every address it has is looked at, and the connection goes to the one that was looked at:
a name that answers differently the second time gains nothing (SSRF by DNS rebinding; OWASP ASVS V5, V12).
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

MOST_BYTES = 5 * 1024 * 1024
PATIENCE_SECONDS = 8.0
ALTOGETHER_SECONDS = 20.0
MOST_REDIRECTS = 3
PIECE = 64 * 1024
# Addresses of version 6 that carry one of version 4 inside, which may be private: RFC 6052.
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class FetchFailed(Exception):
    """The address could not be read; `code` says why: address · unreachable · status · too-large · too-slow."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was read; `content` is None when it has not changed since `etag`."""

    content: bytes | None
    etag: str


def is_public(address: str) -> bool:
    """Whether anybody on the Internet could reach this address: not ours, not a neighbour's, not a group's."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in TRANSLATED:
            return False
        inside = found.ipv4_mapped or found.sixtofour
        if inside is not None:
            found = inside
    return found.is_global and not found.is_multicast


def host_of(url: str) -> tuple[str, str]:
    """The host and the path of an address we may read. Raises FetchFailed."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchFailed("address") from error
    host = parts.hostname or ""
    wrong = any(sign <= " " or sign == "\x7f" or not sign.isascii() for sign in url)
    if wrong or parts.scheme != "https" or not host or parts.username or parts.password:
        raise FetchFailed("address")
    if port not in (None, 443):
        raise FetchFailed("address")
    return host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def resolve(host: str) -> str:
    """The first address of a host all of whose addresses are public. Raises FetchFailed."""
    try:
        found = [str(row[4][0]) for row in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise FetchFailed("unreachable") from error
    if not found or not all(is_public(address) for address in found):
        raise FetchFailed("address")
    return found[0]


class Pinned(http.client.HTTPSConnection):
    """Goes to the address that was looked at, and asks it for the certificate of the name."""

    def __init__(self, host: str, address: str) -> None:
        self.tls = ssl.create_default_context()
        super().__init__(host, timeout=PATIENCE_SECONDS, context=self.tls)
        self.address = address

    def connect(self) -> None:
        plain = socket.create_connection((self.address, 443), PATIENCE_SECONDS)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


def fetch(url: str, *, etag: str = "") -> Fetched:
    """What is at the address, unless it still is what `etag` names. Never inside a transaction. Raises FetchFailed."""
    deadline = time.monotonic() + ALTOGETHER_SECONDS
    headers = {"User-Agent": "Ballatoio", "Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity"}
    if etag:
        headers["If-None-Match"] = etag
    for _ in range(MOST_REDIRECTS + 1):
        host, path = host_of(url)
        connection = Pinned(host, resolve(host))
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            if answer.status in (301, 302, 303, 307, 308):
                url = urljoin(url, answer.headers.get("Location", ""))
                continue
            if answer.status == 304 and etag:
                return Fetched(None, etag)
            if answer.status != 200:
                raise FetchFailed("status")
            return Fetched(
                read_bounded(answer, deadline, MOST_BYTES), (answer.headers.get("ETag") or "")[:200]
            )
        except TimeoutError as error:
            raise FetchFailed("too-slow") from error
        except (OSError, http.client.HTTPException) as error:
            raise FetchFailed("unreachable") from error
        finally:
            connection.close()
    raise FetchFailed("address")


def read_bounded(answer: http.client.HTTPResponse, deadline: float, most: int) -> bytes:
    """All that is answered, if it is `most` bytes at most and here before the deadline (`time.monotonic`). Raises FetchFailed."""
    read = bytearray()
    while piece := answer.read1(PIECE):
        read += piece
        if len(read) > most:
            raise FetchFailed("too-large")
        if time.monotonic() > deadline:
            raise FetchFailed("too-slow")
    return bytes(read)
