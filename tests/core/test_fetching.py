"""Strangers' addresses are read only where anybody could read them, and only so much of them."""

import io
import socket

import pytest

from core import fetching
from core.fetching import FetchFailed, fetch, host_of, is_public, resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.8", "172.16.3.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_an_address_of_ours_or_of_a_neighbour_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


def answering(monkeypatch, *addresses):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: rows)


def test_one_private_address_among_a_name_s_is_enough_to_refuse_it(monkeypatch):
    answering(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(FetchFailed, match="address"):
        resolve("calendar.example")


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://localhost/"]
)
def test_our_own_machine_is_never_read(url):
    with pytest.raises(FetchFailed) as caught:
        fetch(url)
    assert caught.value.code in ("address", "unreachable")


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/",
        "https://",
        "https://u:p@a.example/",
        "https://a.example:22/",
        "https://a.example/\r\nX: y",
        "https://a.example:x/",
    ],
)
def test_other_schemes_ports_and_names_are_refused(url):
    with pytest.raises(FetchFailed, match="address"):
        host_of(url)


class Wire:
    """A server's bytes instead of a network."""

    def __init__(self, said):
        self.said, self.sent = said, b""

    def sendall(self, data):
        self.sent += data

    def makefile(self, *args, **kwargs):
        return io.BytesIO(self.said)

    def close(self):
        pass


@pytest.fixture
def served(monkeypatch):
    """`served(b"HTTP/1.1 …")`: what the next connections read, one each; returns where they went."""
    went = []

    def serve(*answers):
        left = list(answers)

        def connect(self):
            went.append((self.host, self.address))
            self.sock = Wire(left.pop(0))

        monkeypatch.setattr(fetching.Pinned, "connect", connect)
        return went

    answering(monkeypatch, "93.184.215.14")
    return serve


OK = b'HTTP/1.1 200 OK\r\nETag: "v2"\r\nContent-Length: 5\r\n\r\nhello'


def test_it_goes_to_the_address_that_was_looked_at(served):
    went = served(OK)
    found = fetch("https://calendar.example/a.ics")
    assert (found.content, found.etag) == (b"hello", '"v2"')
    assert went == [("calendar.example", "93.184.215.14")]


def test_what_has_not_changed_is_not_read(served):
    served(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert fetch("https://calendar.example/a.ics", etag='"v1"').content is None


def test_a_redirect_is_judged_as_the_first_address_was(served):
    served(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(FetchFailed, match="address"):
        fetch("https://calendar.example/a.ics")


def test_redirects_end(served):
    again = b"HTTP/1.1 302 Found\r\nLocation: /a.ics\r\nContent-Length: 0\r\n\r\n"
    served(*[again] * 4)
    with pytest.raises(FetchFailed, match="address"):
        fetch("https://calendar.example/a.ics")


def test_too_much_is_not_read(served, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_BYTES", 3)
    served(OK)
    with pytest.raises(FetchFailed, match="too-large"):
        fetch("https://calendar.example/a.ics")


def test_too_long_is_not_waited(served, monkeypatch):
    monkeypatch.setattr(fetching, "ALTOGETHER_SECONDS", -1.0)
    served(OK)
    with pytest.raises(FetchFailed, match="too-slow"):
        fetch("https://calendar.example/a.ics")


@pytest.mark.parametrize(
    "said",
    [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"],
)
def test_anything_but_a_yes_is_a_fault(served, said):
    served(said)
    with pytest.raises(FetchFailed, match="status"):
        fetch("https://calendar.example/a.ics")


def test_nonsense_is_a_fault(served):
    served(b"\x00\x01\x02\r\n")
    with pytest.raises(FetchFailed, match="unreachable"):
        fetch("https://calendar.example/a.ics")
