"""Several things together: the times at which all of them are free, and which of each kind would be had.

A bundle starts on a common point of its items' grids, and is granted as one booking or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from booking.claims import Ask
from booking.finding.availability import Seen, lengths, sitting_with, starts
from booking.finding.search import Slots, Wanted, looks
from booking.judging.facts import Facts, Had
from booking.judging.gathering import gather
from booking.judging.judge import padded, place_among, quantity_reasons, reasons_throughout
from booking.judging.limits import as_asked, limit_reasons
from core.errors import Invalid, Pointer, Reason
from core.periods import Period, hull
from people.models import Organisation, Person
from spaces.models import Resource

DAY = timedelta(days=1)
MOST_PLACEMENTS = 5_000  # tried for one question


@dataclass(slots=True)
class Budget:
    """How many placements may yet be tried for one question, which anybody may ask."""

    left: int = MOST_PLACEMENTS

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One item of a bundle: any of these resources (with their venue, all the same), the best first."""

    resources: Sequence[Resource]
    quantity: int = 1


def common(
    choices: Sequence[Choice],
    window: Period,
    wanted: Wanted,
    person: Person | None,
    organisation: Organisation | None = None,
) -> tuple[Facts, list[list[Ask]]]:
    """The first `wanted.per_resource` times, of `wanted.minutes`, at which the judge would grant one of every choice.

    The number of statements follows the window, never the number of resources. Raises Invalid where nothing was
    found before too many ways had been tried.
    """
    resources = {r.pk: r for choice in choices for r in choice.resources}
    facts = gather(resources.values(), window.padded(DAY, DAY), person, organisation, opening=False)
    able = allowed(facts, choices, window, wanted.people)
    minutes = wanted.minutes or 0
    found: list[list[Ask]] = []
    budget = Budget()
    left = [Slots(r, minutes) for r in {r.pk: r for c in able for r in c.resources}.values()]
    for seen in looks(facts, window, wanted, left):
        found += islice(together(seen, able, minutes, budget), wanted.per_resource - len(found))
        if len(found) == wanted.per_resource:
            break
    if not found and budget.left < 0:
        raise Invalid(pointers=[Pointer("/items", "too-many-ways", "")])
    return facts, found


def allowed(facts: Facts, choices: Sequence[Choice], window: Period, people: int | None) -> list[Choice]:
    """Of each choice what who asks may have at all; if they may have none, all, and `never` says why."""
    found = []
    for choice, against in zip(choices, _against(facts, choices, window, people), strict=True):
        able = [r for r, reasons in zip(choice.resources, against, strict=True) if not reasons]
        found.append(Choice(able or choice.resources, choice.quantity))
    return found


def never(facts: Facts, choices: Sequence[Choice], window: Period, people: int | None) -> list[list[Reason]]:
    """For each choice why who asks may have nothing of it in a window, whatever is free; nothing where they may."""
    return [min(against, key=len, default=[]) for against in _against(facts, choices, window, people)]


def _against(
    facts: Facts, choices: Sequence[Choice], window: Period, people: int | None
) -> list[list[list[Reason]]]:
    return [
        [
            reasons_throughout(facts, r, window, people, choice.quantity, besides(choices, n))
            for r in choice.resources
        ]
        for n, choice in enumerate(choices)
    ]


def besides(choices: Sequence[Choice], n: int) -> list[Resource]:
    """All that may be had together with this one of the choices."""
    return [r for m, choice in enumerate(choices) if m != n for r in choice.resources]


def lengths_of_all(facts: Facts, choices: Sequence[Choice], day: date, least: int, most: int) -> set[int]:
    """The lengths (minutes), from `least` to `most`, that the rules give of one of each choice to what begins on a day."""

    def given(resource: Resource) -> list[int]:
        return lengths(facts.rules[resource.pk].on(day).policy, day, resource.venue.zone, least, most)

    return set.intersection(*({n for r in choice.resources for n in given(r)} for choice in choices))


def together(
    seen: Seen, choices: Sequence[Choice], minutes: int, budget: Budget | None = None
) -> Iterator[list[Ask]]:
    """The asks, one of every choice, that could be had together at each start, in the order of starts; until the budget
    is spent."""
    budget = budget or Budget()
    options: list[dict[datetime, list[Resource]]] = []
    for choice in choices:
        here: dict[datetime, list[Resource]] = defaultdict(list)
        for resource in choice.resources:
            for start in starts(seen, resource, minutes, choice.quantity):
                here[start].append(resource)
        options.append(here)
    for start in sorted(set.intersection(*(set(here) for here in options))):
        period = Period(start, start + timedelta(minutes=minutes))
        asks = _together_at(seen, choices, [here[start] for here in options], period, budget)
        if asks is not None:
            yield asks


def _together_at(
    seen: Seen,
    choices: Sequence[Choice],
    options: Sequence[Sequence[Resource]],
    period: Period,
    budget: Budget,
) -> list[Ask] | None:
    """One of every choice, the scarcest chosen first: what does not go together is left at its first pair."""
    order = sorted(range(len(choices)), key=lambda n: len(options[n]))
    found = _chosen(seen, [(n, options[n], choices[n].quantity) for n in order], {}, period, budget)
    return [found[n] for n in range(len(choices))] if found is not None else None


def _chosen(
    seen: Seen,
    to_choose: Sequence[tuple[int, Sequence[Resource], int]],
    chosen: dict[int, Ask],
    period: Period,
    budget: Budget,
) -> dict[int, Ask] | None:
    if not to_choose:
        asks = [chosen[n] for n in sorted(chosen)]
        return None if any(quantity_reasons(seen.facts, ask, asks) for ask in asks) else chosen
    (n, resources, quantity), *rest = to_choose
    had = {ask.resource.pk for ask in chosen.values()}
    for resource in resources:
        if resource.pk in had:
            continue
        more = chosen | {n: Ask(resource, period, quantity)}
        asks = [more[m] for m in sorted(more)]
        if len(asks) > 1 and not (
            budget.spend() and _within_limits(seen.facts, asks) and _placed(seen, asks)
        ):
            continue
        if (found := _chosen(seen, rest, more, period, budget)) is not None:
            return found
    return None


def _within_limits(facts: Facts, asks: Sequence[Ask]) -> bool:
    """Whether each ask keeps to the limits when the ones before it count."""
    if facts.person is None:
        return True
    before: list[Had] = []
    for ask in asks:
        if limit_reasons(facts, ask.resource, ask.period, before):
            return False
        before.append(as_asked(ask.resource, ask.period))
    return True


def _placed(seen: Seen, asks: Sequence[Ask]) -> bool:
    """Whether units are left for every ask when each has its own."""
    trees = seen.facts.trees
    wide = hull(padded(seen.facts, ask)[0] for ask in asks)
    sitting = seen.busy.sitting({u for a in asks for t in trees[a.resource.pk] for u in t.choices}, wide)
    if place_among(seen.facts, asks, sitting) is not None:
        return True
    pools = [a.resource for a in asks if any(take.is_pool for take in trees[a.resource.pk])]
    if not pools:
        return False
    movable = sitting_with(seen, pools)
    fixed = [s for s in sitting if s.unit not in (seen.movable.domains or {})]
    return place_among(seen.facts, asks, fixed + movable) is not None
