"""What is free: open time minus claims, as starts that the judge would grant; and what is near when it is not."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from booking.claims import Ask, Found, touching, whole_lengths
from booking.clauses import NOTHING, Given, is_plain, time_clauses
from booking.judge import Facts, bounds, gather
from booking.limits import limit_reasons
from booking.seats import Sitting, seat
from core.periods import Period, local_date, merged
from people.models import Organisation, Person
from spaces.clauses import preset_starts
from spaces.layout import Take, for_quantity, quantity_of
from spaces.models import Resource

DAY = timedelta(days=1)
ENOUGH = 3


class Busy:
    """The claims on some units, sorted, so that one question is one bisection."""

    def __init__(self, found: Sequence[Found]) -> None:
        self.starts: dict[UUID, list[datetime]] = defaultdict(list)
        self.ends: dict[UUID, list[datetime]] = defaultdict(list)
        for claim in sorted(found, key=lambda c: (c.unit, c.start)):
            self.starts[claim.unit].append(claim.start)
            self.ends[claim.unit].append(claim.end)

    def free(self, unit: UUID, start: datetime, end: datetime) -> bool:
        """Whether no claim touches: claims of a unit never overlap, so only the last before `end` can."""
        starts = self.starts.get(unit)
        if not starts:
            return True
        last = bisect_left(starts, end) - 1
        return last < 0 or self.ends[unit][last] <= start

    def gives(self, takes: Sequence[Take], start: datetime, end: datetime) -> bool:
        """Whether first fit would seat these takes (their units never being shared between them)."""
        for choices, n in takes:
            missing = n
            for unit in choices:
                if self.free(unit, start, end):
                    missing -= 1
                    if not missing:
                        break
            if missing:
                return False
        return True


@dataclass(slots=True)
class Seen:
    """Everything a list needs about some resources in a window."""

    facts: Facts
    window: Period
    busy: Busy
    sitting: dict[UUID, list[Sitting]]
    given: Given = NOTHING


def look(
    resources: Sequence[Resource],
    window: Period,
    person: Person | None,
    organisation: Organisation | None = None,
    *,
    leaving: Collection[UUID] = (),
) -> Seen:
    """The facts and the live claims of these resources in a window; a fixed number of statements."""
    facts = gather(resources, window.padded(DAY, DAY), person, organisation, leaving=leaving)
    units = {u for trees in facts.trees.values() for take in trees for u in take.choices}
    found = touching(units, window.padded(DAY, DAY), past_the_dead=True, reader=person, leaving=leaving)
    return Seen(facts, window, Busy(found), {})


def starts(seen: Seen, resource: Resource, minutes: int, quantity: int = 1) -> Iterator[datetime]:
    """Every start in the window at which the judge would grant this length, in order, found as they are asked for."""
    facts = seen.facts
    trees = for_quantity(facts.trees[resource.pk], quantity)
    if not trees or quantity > quantity_of(facts.trees[resource.pk]):
        return
    length = timedelta(minutes=minutes)
    open_ = merged(span.during for span in facts.spans.get(resource.pk, []))
    limited = facts.person is not None
    for start in _grid(seen, resource):
        end = start + length
        policy = facts.policy(resource, start)
        if (
            minutes < policy.least
            or (policy.most is not None and minutes > policy.most)
            or (not policy.presets and minutes % policy.step)
        ):
            continue
        earliest, latest = bounds(policy, facts.at, resource.venue.zone)
        if end > latest:
            return
        if start < earliest or end > seen.window.end or not _open(open_, start, end):
            continue
        if not is_plain(policy) and time_clauses(facts, resource, Period(start, end), seen.given):
            continue
        if limited and limit_reasons(facts, resource, Period(start, end)):
            continue
        around = Period(start - timedelta(minutes=policy.set_up), end + timedelta(minutes=policy.clean_up))
        if seen.busy.gives(trees, around.start, around.end) or _with_moves(seen, resource, trees, around):
            yield start


def _grid(seen: Seen, resource: Resource) -> Iterator[datetime]:
    """The starts that steps from each day's opening allow, or that the policy's presets name."""
    for span in seen.facts.spans.get(resource.pk, []):
        if presets := seen.facts.policy(resource, span.during.start).presets:
            hours = [preset.hours for preset in presets]
            named = preset_starts(hours, span.during, resource.venue.zone)
            yield from (start for start in named if start in seen.window)
            continue
        step = timedelta(minutes=seen.facts.policy(resource, span.during.start).step)
        at = span.during.start + (span.anchor - span.during.start) % step
        if at < seen.window.start:
            at += -((at - seen.window.start) // step) * step
        while at < min(span.during.end, seen.window.end):
            if at >= seen.window.start:
                yield at
            at += step


def _open(open_: list[Period], start: datetime, end: datetime) -> bool:
    after = bisect_left(open_, start, key=lambda p: p.end)
    while after < len(open_) and open_[after].end <= start:
        after += 1
    return after < len(open_) and open_[after].start <= start and end <= open_[after].end


def _with_moves(seen: Seen, resource: Resource, trees: Sequence[Take], around: Period) -> bool:
    """A pool that first fit finds full may still have a seat if somebody changes theirs."""
    if not any(take.is_pool for take in trees):
        return False
    if resource.pk not in seen.sitting:
        units = {u for take in trees for u in take.choices}
        seen.sitting[resource.pk] = whole_lengths(units, seen.window.padded(DAY, DAY))[1]
    return seat(trees, around, seen.sitting[resource.pk]) is not None


# -- what is near ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Near:
    """Something like what was asked for, that can be had."""

    resource: Resource
    period: Period
    why: str  # other_time · other_resource · other_date


def alternatives(
    asks: Sequence[Ask], person: Person | None, organisation: Organisation | None = None
) -> list[Near]:
    """What is near and free: the nearest other times, other resources of the kind, other dates; best first.

    At least three where they exist within a month. Computed outside any transaction that holds a lock.
    """
    first, period = asks[0].resource, asks[0].period
    length = timedelta(minutes=period.minutes)
    if len(asks) == 1:
        kin = list(
            Resource.objects.filter(venue=first.venue_id, kind=first.kind, is_active=True)
            .exclude(pk=first.pk)
            .select_related("venue")[:12]
        )
    else:
        kin = []
    for reach in (3, 31):
        window = Period(period.start - reach * DAY, period.end + reach * DAY)
        seen = look([*(a.resource for a in asks), *kin], window, person, organisation)
        times = _common_starts(seen, asks, period.minutes)
        near = sorted((s for s in times if s != period.start), key=lambda s: abs(s - period.start))
        zone = first.venue.zone
        found = [Near(first, Period(s, s + length), _kind_of(s, period.start, zone)) for s in near[:ENOUGH]]
        found += [Near(r, period, "other_resource") for r in kin if _has(seen, r, period, asks[0].quantity)][
            :2
        ]
        if len(found) >= ENOUGH:
            break
    return found


def _kind_of(start: datetime, asked: datetime, zone: Any) -> str:
    return "other_time" if local_date(start, zone) == local_date(asked, zone) else "other_date"


def _common_starts(seen: Seen, asks: Sequence[Ask], minutes: int) -> list[datetime]:
    """The starts at which all the asks could be had; one window each, so that long lists stay short."""
    common: set[datetime] | None = None
    for ask in asks:
        found = set(islice(starts(seen, ask.resource, minutes, ask.quantity), 2000))
        common = found if common is None else common & found
    return sorted(common or ())


def _has(seen: Seen, resource: Resource, period: Period, quantity: int) -> bool:
    narrow = Seen(seen.facts, Period(period.start, period.end), seen.busy, seen.sitting)
    return period.start in islice(starts(narrow, resource, period.minutes, quantity), 1)
