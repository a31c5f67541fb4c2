"""What a lower app announces and upper apps may hear, inside the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Event(Generic[P]):
    """A typed signal: receivers run at once, in the order they were added; their errors are not swallowed."""

    def __init__(self) -> None:
        self._receivers: list[Callable[P, None]] = []

    def hear(self, receiver: Callable[P, None]) -> Callable[P, None]:
        self._receivers.append(receiver)
        return receiver

    def announce(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for receiver in self._receivers:
            receiver(*args, **kwargs)
