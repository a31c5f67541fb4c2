"""What is near when something cannot be had: another time, a shorter one, another of its kind, another date."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.claims import Ask
from booking.finding.availability import Frame, Seen, look
from booking.finding.bundles import Choice, besides, together
from booking.judging.clauses import Given
from booking.judging.judge import reasons_throughout
from core.periods import Period, local_date
from people.models import Organisation, Person
from spaces.models import Resource

DAY = timedelta(days=1)
A_LITTLE = timedelta(hours=3)  # sooner or later on the same day
REACHES = (3, 31)  # days before and after
ENOUGH = 3
MOST_KIN = 12
MOST_SHORTER = 16


@dataclass(frozen=True, slots=True)
class Near:
    """Something like what was asked for, that can be had: all of it, or in a bundle all of its items."""

    resource: Resource
    period: Period
    why: str  # other_time · shorter · other_resource · other_date
    asks: Sequence[Ask] = ()


def alternatives(
    asks: Sequence[Ask],
    person: Person | None,
    organisation: Organisation | None = None,
    people: int | None = None,
    *,
    leaving: Collection[UUID] = (),
) -> list[Near]:
    """What is near and free: about that time of the day, the same hour on other days, then other hours; the longest that
    is shorter; others of the kind.

    At least three where they exist within a month, all of which the judge would grant. Computed outside any
    transaction that holds a lock.
    """
    found: list[Near] = []
    kin = _kin(asks)
    for reach in REACHES:
        period = asks[0].period
        window = Period(period.start - reach * DAY, period.end + reach * DAY)
        everything = [*(a.resource for a in asks), *(r for one in kin for r in one)]
        seen = look(everything, window, person, organisation, leaving=leaving)
        seen.given = Given(people)
        found = _found(seen, asks, kin, people)
        if len(found) >= ENOUGH:
            break
    return found


def _kin(asks: Sequence[Ask]) -> list[list[Resource]]:
    """For each ask the others of its kind in the same venue; one statement."""
    own = {a.resource.pk for a in asks}
    rows = Resource.objects.filter(
        venue=asks[0].resource.venue_id, kind__in={a.resource.kind for a in asks}, is_active=True
    ).exclude(pk__in=own)
    others = list(rows.select_related("venue").order_by("position", "name", "pk"))
    return [[r for r in others if r.kind == a.resource.kind][:MOST_KIN] for a in asks]


def _found(
    seen: Seen, asks: Sequence[Ask], kin: Sequence[Sequence[Resource]], people: int | None
) -> list[Near]:
    period, first = asks[0].period, asks[0].resource
    own = [Choice([a.resource], a.quantity) for a in asks]
    found: list[Near] = []
    if not any(_never(seen, a.resource, own, n, people) for n, a in enumerate(asks)):
        found += _other_times(seen, own, period, first)
        found += islice(_shorter(seen, own, period, first), 1)
    for n, others in enumerate(kin):
        for other in others:
            choices = [*own[:n], Choice([other], own[n].quantity), *own[n + 1 :]]
            if any(_never(seen, c.resources[0], choices, m, people) for m, c in enumerate(choices)):
                continue
            if (same := _at(seen, choices, period)) is not None:
                found.append(Near(other, period, "other_resource", same))
                if sum(near.why == "other_resource" for near in found) == ENOUGH - 1:
                    return found
    return found


def _never(seen: Seen, resource: Resource, choices: Sequence[Choice], n: int, people: int | None) -> bool:
    """Whether, at any time seen, this one of the choices may not be had with the others."""
    rest = besides(choices, n)
    return bool(reasons_throughout(seen.facts, resource, seen.window, people, choices[n].quantity, rest))


def _other_times(seen: Seen, own: Sequence[Choice], period: Period, first: Resource) -> list[Near]:
    """The likest starts at which all could be had as long as asked."""
    zone = first.venue.zone
    every = [a for a in together(seen, own, period.minutes) if a[0].period != period]
    every.sort(key=lambda a: unlike(a[0].period, period, zone))
    return [Near(first, a[0].period, _why(a[0].period, period, zone), a) for a in every[:ENOUGH]]


def unlike(found: Period, asked: Period, zone: ZoneInfo) -> tuple[int, timedelta]:
    """How far a time is from what was asked, as a person would say: a little sooner or later on the day; the same hour
    on another day; any other hour. Of each the nearer."""
    apart = abs(found.start - asked.start)
    then, wanted = found.start.astimezone(zone), asked.start.astimezone(zone)
    if then.date() == wanted.date() and apart <= A_LITTLE:
        return 0, apart
    return (1 if then.time() == wanted.time() else 2), apart


def _why(found: Period, asked: Period, zone: ZoneInfo) -> str:
    same_day = local_date(found.start, zone) == local_date(asked.start, zone)
    return "other_time" if same_day else "other_date"


def _shorter(seen: Seen, own: Sequence[Choice], period: Period, first: Resource) -> Iterator[Near]:
    """From the same start, the longest first."""
    policy = seen.facts.policy(first, period.start)
    step = 15 if policy.presets else policy.step
    lengths = range((period.minutes - 1) // step * step, policy.least - 1, -step)
    for minutes in islice(lengths, MOST_SHORTER):
        shorter = Period(period.start, period.start + timedelta(minutes=minutes))
        if (asks := _at(seen, own, shorter)) is not None:
            yield Near(first, shorter, "shorter", asks)


def _at(seen: Seen, choices: Sequence[Choice], period: Period) -> list[Ask] | None:
    """The asks if all could be had in exactly this period."""
    zones = {r.venue.time_zone for c in choices for r in c.resources}
    only = Frame(period.start, period.start + timedelta.resolution, period.end)
    narrow = replace(seen, frames={zone: [only] for zone in zones})
    return next(together(narrow, choices, period.minutes), None)
