"""An intermediary in the test's own process: it keeps what is posted to it, or answers as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

HANGS_UP = 0


class Posted(NamedTuple):
    path: str
    headers: Message
    content: bytes


class PostOffice(ThreadingHTTPServer):
    """`answers`: the status of each answer; HANGS_UP has the file and never answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Counter)
        self.answers = 202
        self.kept: list[Posted] = []


class Counter(BaseHTTPRequestHandler):
    server: PostOffice

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.answers
        if status < 400:
            self.server.kept.append(Posted(self.path, self.headers, content))
        if status == HANGS_UP:
            self.close_connection = True
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"as it is said")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its own."""


@contextmanager
def post_office() -> Iterator[PostOffice]:
    with PostOffice() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
