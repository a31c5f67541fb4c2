"""A mail server in the test's own process: it keeps what it is given, or does what goes wrong, on request."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message

HANGS_UP, REFUSES = "hangs-up", "refuses"


class MailServer(socketserver.ThreadingTCPServer):
    """`mood`: "" takes every message, REFUSES says 550 to each, HANGS_UP has it and never answers."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.mood = ""
        self.kept: list[tuple[str, Message]] = []


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 here")
        to = ""
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
            if verb == b"DATA":
                self.say("354 go on")
                if not self.took(to):
                    return
            else:
                self.say("221 bye" if verb == b"QUIT" else "250 well")

    def took(self, to: str) -> bool:
        """Whether the conversation goes on after this message."""
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if self.server.mood == REFUSES:
            self.say("550 not this one")
            return True
        self.server.kept.append((to, message_from_bytes(b"".join(lines))))
        if self.server.mood == HANGS_UP:
            return False
        self.say("250 taken")
        return True


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
