"""Where an upper app adds parts to a lower app's answers (a booking shows money that `booking` does not know)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

Include = Callable[[Sequence[Any], Any], dict[UUID, Any]]
_includes: dict[str, dict[str, Include]] = defaultdict(dict)
_acts: dict[str, Callable[..., Any]] = {}


def include(kind: str, name: str) -> Callable[[Include], Include]:
    """`include=<name>` on things of this kind is filled by the function: (things, person) -> {id: part}."""

    def register(function: Include) -> Include:
        _includes[kind][name] = function
        return function

    return register


def included(
    kind: str, names: Iterable[str], things: Sequence[Any], person: Any
) -> dict[str, dict[UUID, Any]]:
    """The named parts of these things, one batch a name; names nobody registered are ignored."""
    return {name: _includes[kind][name](things, person) for name in names if name in _includes[kind]}


def perform(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An act that has a price is performed by the app that knows prices, which calls the lower app itself."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _acts[name] = function
        return function

    return register


def performer(name: str, default: Callable[..., Any]) -> Callable[..., Any]:
    """Who performs an act: the upper app that registered itself, else the lower app's own act."""
    return _acts.get(name, default)
