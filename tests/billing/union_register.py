"""VIES in the test's own process: it answers by the real interface's contract, or fails in the ways that VIES does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DE, SEAT = "DE811115368", "IT12345670017"  # whom it knows: one asked about, and the lead's issuer
PATH = "/taxation_customs/vies/rest-api/check-vat-number"
MATCHES = ("traderName", "traderStreet", "traderPostalCode", "traderCity", "traderCompanyType")
HANGS, GARBAGE, ENDLESS, HANGS_UP, DRIPS = "hangs", "garbage", "endless", "hangs-up", "drips"


class Register(ThreadingHTTPServer):
    """`known`: who has a number, by its letters and digits: {name, address}. `fails`: what it does instead of answering,
    one of the words above or a code of VIES. `requesters`: whose numbers it knows. `asked`: every body it read."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.known: dict[str, dict[str, str]] = {}
        self.fails: list[str] = []
        self.status = 200
        self.requesters: set[str] = set()
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.more: dict[str, Any] = {}
        self.let_go = threading.Event()


class Desk(BaseHTTPRequestHandler):
    server: Register

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(told)
        self.server.paths.append(self.path)
        wrong = self.server.fails.pop(0) if self.server.fails else ""
        if wrong == HANGS:
            self.server.let_go.wait(10)
        if wrong == DRIPS:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nServer: ")
            for _ in range(40):
                self.wfile.write(b".")
                self.server.let_go.wait(0.1)
        if wrong in (HANGS, HANGS_UP, DRIPS):
            self.close_connection = True
            return
        if wrong in (GARBAGE, ENDLESS):
            self._say(b"<html>Service temporarily out of order</html>" * (1 if wrong == GARBAGE else 9999))
            return
        named = {"countryCode", "vatNumber", "requesterMemberStateCode", "requesterNumber"}
        if (
            self.path not in (PATH, f"{PATH}?key=1")
            or self.headers["Content-Type"] != "application/json"
            or not {*told} <= named
        ):
            self.server.status = 400
            wrong = "VOW-ERR-11"
        self._say(json.dumps(self._fault(wrong) if wrong else self._answer(told)).encode())

    def _answer(self, told: dict[str, str]) -> dict[str, Any]:
        by = told.get("requesterMemberStateCode", "") + told.get("requesterNumber", "")
        if by and by not in self.server.requesters:
            return self._fault("INVALID_REQUESTER_INFO")
        who = self.server.known.get(told["countryCode"] + told["vatNumber"])
        return {
            "countryCode": told["countryCode"],
            "vatNumber": told["vatNumber"],
            "requestDate": "2026-10-20T08:00:00.000Z",
            "valid": who is not None,
            "requestIdentifier": f"WAPIAAAA{len(self.server.asked):08}" if by else "",
            "name": "---",
            "address": "---",
            **dict.fromkeys(MATCHES, "---"),
            **{f"{one}Match": "NOT_PROCESSED" for one in MATCHES},
            **(who or {}),
            **self.server.more,
        }

    def _fault(self, code: str) -> dict[str, Any]:
        return {"actionSucceed": False, "errorWrappers": [{"error": code}]}

    def _say(self, content: bytes) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its own."""


@contextmanager
def union_register() -> Iterator[Register]:
    with Register() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.let_go.set()
            server.shutdown()
