"""VIES, the Union's register of VAT numbers, asked by its REST interface; this file alone knows how (docs/adr/0125).

Its contract: a POST of {countryCode, vatNumber, requesterMemberStateCode, requesterNumber}; 200 with {valid,
requestIdentifier, name, address}, or with {actionSucceed: false, errorWrappers: [{error}]}, which says nothing of the
number. What it sends is a stranger's: only what is expected is read of it, cleaned and cut.
"""

from __future__ import annotations

import re
import time
import unicodedata
from concurrent.futures import Future
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import orjson
from django.conf import settings

from core.fetching import FetchFailed, read_bounded

PATIENCE_SECONDS = 10.0
ALTOGETHER_SECONDS = 25.0  # less than a row of the outbox is leased for
MOST_BYTES = 64 * 1024
MOST_NAME, MOST_ADDRESS = 200, 300
CODE = re.compile(r"[A-Z0-9_-]{1,40}")
CONSULTATION = re.compile(r"[A-Za-z0-9-]{1,40}")
UNTOLD = "---"  # what it says where a member state tells no names
NOT_OURS = "INVALID_REQUESTER_INFO"  # it does not know who asks: then it gives no number for the asking
# To ask the same again would bring the same, or a longer ban.
HOUSE_BLOCKED, ISSUER_BLOCKED = "IP_BLOCKED", "VAT_BLOCKED"
FOR_GOOD = ("INVALID_INPUT", ISSUER_BLOCKED, HOUSE_BLOCKED)


class Number(NamedTuple):
    """A VAT number of the Union: its two letters there, and the rest."""

    letters: str
    rest: str


class Answer(NamedTuple):
    valid: bool
    consultation: str
    name: str
    address: str


class NoAnswer(Exception):
    """Nothing is known of the number; `code` says why, `again` whether another time may bring more."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.again = code not in FOR_GOOD


def ask(about: Number, by: Number | None) -> Answer:
    """What the register says of a number; with a consultation number if it knows who asks. Never inside a transaction,
    and in ALTOGETHER_SECONDS at most. Raises NoAnswer."""
    found: Future[Answer] = Future()

    def run() -> None:
        try:
            found.set_result(_by_who_is_known(about, by))
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            found.set_exception(error)

    # Names that resolve slowly, a handshake or headers that come a byte at a time: no timeout of a socket bounds them.
    Thread(target=run, daemon=True).start()
    try:
        return found.result(ALTOGETHER_SECONDS)
    except TimeoutError as error:
        raise NoAnswer("too-slow") from error


def _by_who_is_known(about: Number, by: Number | None) -> Answer:
    try:
        return _ask(about, by)
    except NoAnswer as error:
        if error.code != NOT_OURS or by is None:
            raise
    return _ask(about, None)


def _ask(about: Number, by: Number | None) -> Answer:
    told = {"countryCode": about.letters, "vatNumber": about.rest}
    if by is not None:
        told |= {"requesterMemberStateCode": by.letters, "requesterNumber": by.rest}
    to = urlsplit(settings.VIES_URL)
    kind = HTTPSConnection if to.scheme == "https" else HTTPConnection
    deadline = time.monotonic() + ALTOGETHER_SECONDS
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "Ballatoio"}
    with closing(kind(to.hostname or "", to.port, timeout=PATIENCE_SECONDS)) as connection:
        try:
            connection.request(
                "POST", urlunsplit(("", "", to.path, to.query, "")), orjson.dumps(told), headers
            )
            answer = connection.getresponse()
            content = read_bounded(answer, deadline, MOST_BYTES)
        except FetchFailed as error:
            raise NoAnswer(error.code) from error
        except TimeoutError as error:
            raise NoAnswer("too-slow") from error
        except (OSError, HTTPException) as error:
            raise NoAnswer("unreachable") from error
    if answer.status != 200:
        raise NoAnswer(_fault(_read(content)) or f"status-{answer.status}")
    return _understood(about, _read(content))


def _read(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _fault(told: dict[str, Any]) -> str:
    """The code of what went wrong; empty if nothing did."""
    wrong = told.get("errorWrappers")
    if told.get("actionSucceed") is False or wrong:
        first = wrong[0] if isinstance(wrong, list) and wrong else {}
        return _code(first.get("error") if isinstance(first, dict) else None)
    # Where it is overrun it has said "not valid" with the reason beside it.
    said = told.get("userError")
    return "" if said in (None, "", "VALID", "INVALID") else _code(said)


def _code(said: Any) -> str:
    return said if isinstance(said, str) and CODE.fullmatch(said) else "unreadable"


def _understood(about: Number, told: dict[str, Any]) -> Answer:
    if fault := _fault(told):
        raise NoAnswer(fault)
    valid = told.get("valid")
    of = told.get("countryCode", about.letters), told.get("vatNumber", about.rest)
    # Of another number than was asked about it is no answer.
    if not isinstance(valid, bool) or of != about:
        raise NoAnswer("unreadable")
    given = told.get("requestIdentifier")
    consultation = given if isinstance(given, str) and CONSULTATION.fullmatch(given) else ""
    return Answer(
        valid, consultation, _text(told.get("name"), MOST_NAME), _text(told.get("address"), MOST_ADDRESS)
    )


def _text(said: Any, most: int) -> str:
    """A text in one line, without signs that are not seen."""
    if not isinstance(said, str) or said.strip() == UNTOLD:
        return ""
    seen = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in said[: most * 4])
    return " ".join(seen.split())[:most].strip()
