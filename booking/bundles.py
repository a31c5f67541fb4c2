"""Several things together: the times at which all of them are free, and which of each kind would be had.

A bundle starts on a common point of its items' grids, and is granted as one booking or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from booking.availability import Seen, sitting_with, starts
from booking.claims import Ask
from booking.facts import Facts, gather
from booking.judge import padded, place_among, standing_reasons
from booking.limits import Had, as_asked, limit_reasons
from booking.search import Slots, Wanted, looks
from core.errors import Invalid, Pointer
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
    allowed = [_allowed(facts, choice, wanted) for choice in choices]
    minutes = wanted.minutes or 0
    found: list[list[Ask]] = []
    budget = Budget()
    left = [Slots(r, minutes) for r in {r.pk: r for c in allowed for r in c.resources}.values()]
    for seen in looks(facts, window, wanted, left):
        found += islice(together(seen, allowed, minutes, budget), wanted.per_resource - len(found))
        if len(found) == wanted.per_resource:
            break
    if not found and budget.left < 0:
        raise Invalid(pointers=[Pointer("/items", "too-many-ways", "")])
    return facts, found


def _allowed(facts: Facts, choice: Choice, wanted: Wanted) -> Choice:
    """Of several, those that who asks may have at all; if they may have none, all, and the reasons will say why."""
    able = [r for r in choice.resources if not barred(facts, r, wanted.people)]
    return Choice(able or choice.resources, choice.quantity)


def barred(facts: Facts, resource: Resource, people: int | None) -> list[str]:
    """Why somebody may not have a resource whatever the time; that they have to sign in is not said."""
    reasons = standing_reasons(facts, [resource], people)
    return [r.code for r in reasons if r.code != "sign-in-needed"]


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
        return chosen
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
