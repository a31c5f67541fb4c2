"""Room for Python's own frames, which are otherwise kept in pieces that are taken and given back again and again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
A_MEBIBYTE = 2**20 // 8  # in the words that a frame is counted in


def in_one_piece(function: Callable[P, R]) -> Callable[P, R]:
    """The function, and all that it calls in its thread, has its frames in one piece of memory: a thousand fit.

    CPython since 3.11 asks the system for another 16 KB where a call does not fit into the last, and gives them back when
    that call returns. A loop whose calls cross such an edge takes ten times as long, and a request, which is some hundred
    frames deep, meets several. A frame that claims a whole mebibyte is given two, and leaves the other to what it calls.
    """

    def roomy(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=A_MEBIBYTE)
    return wraps(function)(roomy)
