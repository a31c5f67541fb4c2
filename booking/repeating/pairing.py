"""Which date of an edited series becomes which. Pure.

An occurrence's key is its local date, so a date that only changes its hours is the same booking, and so is one that
moves to another day of the same week (of the same month, where the rule is monthly).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from booking.models import Booking
from booking.repeating.plans import Rule, Wanted

T = TypeVar("T")


def paired(
    old: Mapping[date, Sequence[Booking]], new: Iterable[date], turn: Callable[[date], object]
) -> tuple[dict[date, Booking], list[Booking]]:
    """The booking that each new date keeps, and those left over: by the same date, else within the same turn, in order."""
    left = {day: list(bookings) for day, bookings in old.items()}
    kept: dict[date, Booking] = {}
    homeless: dict[object, list[date]] = defaultdict(list)
    for day in new:
        if left.get(day):
            kept[day] = left[day].pop(0)
        else:
            homeless[turn(day)].append(day)
    over: list[Booking] = []
    for day in sorted(left):
        for booking in left[day]:
            if homeless[turn(day)]:
                kept[homeless[turn(day)].pop(0)] = booking
            else:
                over.append(booking)
    return kept, over


def turn_of(rule: Rule) -> Callable[[date], object]:
    """Within what a date may move and still be the same: its year or month, as the rule repeats, else its week."""
    if rule.repeat.startswith("monthly"):
        return lambda day: (day.year, day.month)
    if rule.repeat == "yearly":
        return lambda day: day.year
    return lambda day: day.isocalendar()[:2]


def in_their_places(before: Sequence[T], said: Sequence[T], of: Callable[[T], object]) -> list[T]:
    """The things that an edit says, in the order of those that a date has: what it keeps where it is, each other in a place
    that is left. As said where it says more or fewer. `of` tells what a thing is."""
    if len(before) != len(said):
        return list(said)
    left = list(said)
    kept: list[T | None] = []
    for thing in before:
        at = next((n for n, other in enumerate(left) if of(other) == of(thing)), None)
        kept.append(left.pop(at) if at is not None else None)
    others = iter(left)
    return [thing if thing is not None else next(others) for thing in kept]


def same_rule(old: Wanted | None, new: Wanted) -> bool:
    """Whether two rules differ at most in where they begin and end."""
    if old is None or old.items != new.items:
        return False
    names = ("repeat", "start", "end", "every", "weekdays", "position", "skip", "nights")
    return all(getattr(old.rule, name) == getattr(new.rule, name) for name in names)
