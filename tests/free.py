"""Ports that nobody has: two runs on one machine do not meet."""

import socket


def port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
