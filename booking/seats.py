"""Who sits where. Pure; the only judge of units, for the list as for the booking (foundations §3)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from core.periods import Period
from spaces.layout import Take

MOST_STEPS = 2000


@dataclass(frozen=True, slots=True)
class Sitting:
    """A claim as the judge sees it. `choices` are the units it could be re-seated to; empty: it stays."""

    claim: int
    unit: UUID
    start: datetime
    end: datetime
    choices: tuple[UUID, ...] = ()

    def touches(self, period: Period) -> bool:
        return self.start < period.end and period.start < self.end


def _begins(one: Sitting) -> datetime:
    return one.start


class Seated:
    """Who sits where, in the order in which they begin, so that whoever touches a period is soon found."""

    def __init__(self, sitting: Iterable[Sitting]) -> None:
        self._all = sorted(sitting, key=_begins)
        self._longest = max((s.end - s.start for s in self._all), default=timedelta(0))

    def add(self, one: Sitting) -> None:
        insort(self._all, one, key=_begins)
        self._longest = max(self._longest, one.end - one.start)

    def reseat(self, moves: Mapping[int, UUID]) -> None:
        """Whoever moves, by claim, sits on another unit from now on."""
        self._all = [replace(s, unit=moves[s.claim]) if s.claim in moves else s for s in self._all]

    def near(self, period: Period) -> list[Sitting]:
        first = bisect_left(self._all, period.start - self._longest, key=_begins)
        last = bisect_left(self._all, period.end, key=_begins)
        return [s for s in self._all[first:last] if s.end > period.start]


@dataclass(frozen=True, slots=True)
class Seating:
    """The units given, and the claims that must move to other units for it."""

    units: list[UUID]
    moves: dict[int, UUID]


def first_fit(takes: Sequence[Take], taken: set[UUID]) -> list[UUID] | None:
    """Free units in the takes' own order, or None."""
    given: list[UUID] = []
    for choices, n in takes:
        free = [unit for unit in choices if unit not in taken and unit not in given][:n]
        if len(free) < n:
            return None
        given += free
    return given


def seat(takes: Sequence[Take], period: Period, sitting: Iterable[Sitting]) -> Seating | None:
    """Units for `takes` during `period` (padding included), or None: taken.

    First fit; else an exact search over those who may be moved, bounded: beyond the bound the answer is *taken*.
    """
    everyone = list(sitting)
    here = [s for s in everyone if s.touches(period)]
    given = first_fit(takes, {s.unit for s in here})
    if given is not None:
        return Seating(given, {})
    movable = [s for s in here if s.choices]
    if not movable or _too_full(takes, period, here):
        return None
    return _Search(takes, period, everyone, movable).run()


def _too_full(takes: Sequence[Take], period: Period, here: list[Sitting]) -> bool:
    """Whether at some instant those who cannot leave the units asked for are already too many."""
    for choices, n in takes:
        inside = set(choices)
        staying = [s for s in here if s.unit in inside and set(s.choices or (s.unit,)) <= inside]
        instants = [period.start, *(s.start for s in staying if s.start > period.start)]
        if any(sum(s.start <= at < s.end for s in staying) + n > len(inside) for at in instants):
            return True
    return False


class _Search:
    """Depth first over seats for the asker and the movable, those with fewest choices first."""

    def __init__(
        self, takes: Sequence[Take], period: Period, everyone: list[Sitting], movable: list[Sitting]
    ) -> None:
        moving = {s.claim for s in movable}
        self.busy: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
        for s in everyone:
            if s.claim not in moving:
                self.busy[s.unit].append((s.start, s.end))
        self.asked = [(None, choices, period.start, period.end) for choices, n in takes for _ in range(n)]
        # Who need not move stays where they are: their own seat is tried first.
        guests = [(s, (s.unit, *(u for u in s.choices if u != s.unit)), s.start, s.end) for s in movable]
        self.jobs = sorted(
            [*self.asked, *guests], key=lambda job: sum(self._free(u, job[2], job[3]) for u in job[1])
        )
        self.steps = 0
        self.units: list[UUID] = []
        self.moves: dict[int, UUID] = {}

    def _free(self, unit: UUID, start: datetime, end: datetime) -> bool:
        return all(end <= a or b <= start for a, b in self.busy[unit])

    def run(self) -> Seating | None:
        return Seating(self.units, self.moves) if self._descend(0) else None

    def _descend(self, depth: int) -> bool:
        if depth == len(self.jobs):
            return True
        guest, choices, start, end = self.jobs[depth]
        for unit in choices:
            self.steps += 1
            if self.steps > MOST_STEPS:
                return False
            if not self._free(unit, start, end):
                continue
            self.busy[unit].append((start, end))
            self._note(guest, unit)
            if self._descend(depth + 1):
                return True
            self._unnote(guest, unit)
            self.busy[unit].pop()
        return False

    def _note(self, guest: Sitting | None, unit: UUID) -> None:
        if guest is None:
            self.units.append(unit)
        elif guest.unit != unit:
            self.moves[guest.claim] = unit

    def _unnote(self, guest: Sitting | None, unit: UUID) -> None:
        if guest is None:
            self.units.remove(unit)
        else:
            self.moves.pop(guest.claim, None)
