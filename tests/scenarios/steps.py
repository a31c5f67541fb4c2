"""The words of the steps: each act with the words it takes, said once, beside what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.scenarios.play import Play

Perform = Callable[["Play", dict[str, Any], Any], None]
COMMON = frozenset({"as", "note", "language", "key", "within", "statements"})
# What an answer of the judge is held to, wherever it is asked.
JUDGED = ("is", "only", "fixable_by", "holds_from", "way_out", "bookable_from", "says", "least_alternatives", "instead", "instead_on", "near")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """What a step does; the words beside its act; the words inside it, if it is a mapping of known words."""

    perform: Perform
    words: frozenset[str]
    inside: frozenset[str] | None = None
    held_to: frozenset[str] = frozenset()  # at least one of these has to be said


STEPS: dict[str, Step] = {}


def step(
    *names: str, words: Iterable[str] = (), inside: Iterable[str] | None = None, held_to: Iterable[str] = ()
) -> Callable[[Perform], Perform]:
    """This function performs these acts."""

    def register(perform: Perform) -> Perform:
        for name in names:
            STEPS[name] = Step(
                perform,
                COMMON | frozenset(words) | frozenset(held_to),
                None if inside is None else frozenset(inside),
                frozenset(held_to),
            )
        return perform

    return register


def act_of(told: dict[str, Any]) -> str | None:
    """The one act of a step: the name that takes all the other words; None if there is none."""
    named = [name for name in STEPS if name in told]
    fitting = [name for name in named if set(named) - {name} <= STEPS[name].words]
    return fitting[0] if len(fitting) == 1 else None
