"""How the table of routes and roles is asked: each row as each role, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.urls import URLResolver

from tests.api import client
from tests.contracts.world import ROLES, World


def filled(text: str, world: World) -> str:
    """The text with ids in place of the words in capitals; longest first, for HELD_QUOTE begins with HELD."""
    for name in sorted(world.ids, key=len, reverse=True):
        text = text.replace(name.upper(), world.ids[name])
    return text


def ask(role: str, row: list[str], world: World, *, checks: bool = False) -> Any:
    """The answer; what it changed is undone."""
    method, path = row[0], filled(row[1], world)
    body = filled(row[-1], world) if len(row) > 2 + len(ROLES) else "{}"
    api = client(world.people[role], enforce_csrf_checks=checks)
    # A savepoint and no atomic block: acts begin transactions of their own, and refuse to be inside another.
    point = transaction.savepoint()
    try:
        if method == "GET":
            return api.get(path)
        return api.generic(method, path, body, "application/json", headers={"Idempotency-Key": "asked"})
    finally:
        transaction.savepoint_rollback(point)


def verdict(answer: Any) -> str:
    """The answer as the table writes it."""
    refused = answer.status_code == 403 and answer.json()["code"] == "refused"
    return f"{answer.status_code}{'r' if refused else ''}"


def said(answer: Any) -> str:
    """All that the answer says, headers and all."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers} {body.decode('utf-8', 'replace')}"


def nobody_s(public: str) -> str:
    """An id of the same kind that was never given."""
    return public[:-1] + ("0" if public[-1] != "0" else "1")


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """(method, route) of every address; a view that is a function only reads."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
            continue
        view = getattr(pattern.callback, "view_class", getattr(pattern.callback, "cls", None))
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(view, method) or (view is None and method == "get"):
                yield method.upper(), route
