"""What is free: open time minus claims, as starts that the judge would grant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.claims import taken, whole_lengths
from booking.judging.clauses import NOTHING, Given, is_plain, time_clauses
from booking.judging.facts import Facts, Had
from booking.judging.gathering import gather
from booking.judging.limits import limit_reasons
from booking.seats import Sitting, seat
from core.periods import Period, local_date, local_day, merged
from people.models import Organisation, Person
from spaces.clauses import preset_starts
from spaces.layout import Take, for_quantity, is_add_on, quantity_of, units_of
from spaces.models import Resource
from spaces.opening import LONGEST, Opened
from spaces.policy import BookingPolicy

DAY = timedelta(days=1)
FEW = 16  # spans that are walked through sooner than looked for


class Busy:
    """The claims on some units, sorted, so that one question is one bisection."""

    def __init__(self, taken: Iterable[tuple[UUID, datetime, datetime]]) -> None:
        self.starts: dict[UUID, list[datetime]] = defaultdict(list)
        self.ends: dict[UUID, list[datetime]] = defaultdict(list)
        by_unit: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
        for unit, start, end in taken:
            by_unit[unit].append((start, end))
        for unit, times in by_unit.items():
            times.sort()
            self.starts[unit] = [start for start, _ in times]
            self.ends[unit] = [end for _, end in times]

    def free(self, unit: UUID, start: datetime, end: datetime) -> bool:
        """Whether no claim touches: claims of a unit never overlap, so only the last before `end` can."""
        starts = self.starts.get(unit)
        if not starts:
            return True
        last = bisect_left(starts, end) - 1
        return last < 0 or self.ends[unit][last] <= start

    def ahead(
        self, units: Sequence[UUID], start: datetime, end: datetime
    ) -> tuple[datetime | None, datetime | None]:
        """Until when claims that touch are in the way (None: none is), and when the next one begins (None: never)."""
        busy: datetime | None = None
        free: datetime | None = None
        for unit in units:
            starts = self.starts.get(unit)
            if not starts:
                continue
            after = bisect_left(starts, end)
            if after and self.ends[unit][after - 1] > start:
                until = self.ends[unit][after - 1]
                busy = until if busy is None else max(busy, until)
            if after < len(starts):
                free = starts[after] if free is None else min(free, starts[after])
        return busy, free

    def sitting(self, units: Iterable[UUID], window: Period) -> list[Sitting]:
        """The claims on these units that touch, as who stays where they are."""
        found: list[Sitting] = []
        for unit in units:
            starts, ends = self.starts.get(unit, []), self.ends.get(unit, [])
            at = bisect_left(starts, window.end) - 1
            while at >= 0 and ends[at] > window.start:
                found.append(Sitting(0, unit, starts[at], ends[at]))
                at -= 1
        return found

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


class Frame(NamedTuple):
    """Where a slot may lie: it starts from `first` on and before `before`, and has ended by `until`."""

    first: datetime
    before: datetime
    until: datetime


@dataclass(slots=True)
class Movable:
    """Who sits in the domains of the pools that are seen; read when first fit first fails (`domains` None: not yet)."""

    domains: dict[UUID, int] | None = None
    sitting: dict[int, list[Sitting]] = field(default_factory=dict)


@dataclass(slots=True)
class Seen:
    """Everything a list needs about some resources in a window.

    `frames` by time zone narrow the window to the days and hours that somebody asked for.
    """

    facts: Facts
    window: Period
    busy: Busy
    movable: Movable = field(default_factory=Movable)
    given: Given = NOTHING
    besides: Sequence[Had] = ()  # what counts against limits besides what one has
    of_series: bool = False  # a date of a series may be farther ahead
    frames: dict[str, list[Frame]] | None = None

    def frames_of(self, resource: Resource) -> list[Frame]:
        if self.frames is None:
            return [Frame(self.window.start, self.window.end, self.window.end)]
        return self.frames[resource.venue.time_zone]


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
    return Seen(facts, window, read_busy(facts, facts.resources, window.padded(DAY, DAY)))


def read_busy(facts: Facts, resources: Iterable[UUID], window: Period) -> Busy:
    """What is in the way of whoever the facts are about, on all that these resources may take; one statement."""
    units = units_of({pk: facts.trees[pk] for pk in resources})
    return Busy(taken(units, window, facts.person, facts.leaving))


def starts(
    seen: Seen, resource: Resource, minutes: int, quantity: int = 1, *, alone: bool = False
) -> Iterator[datetime]:
    """Every start in the window at which the judge would grant this length, in order, found as they are asked for.

    Of what goes with other things only, whether they do is left to who asks, or (`alone`) it is not granted.
    """
    facts = seen.facts
    trees = for_quantity(facts.trees[resource.pk], quantity)
    if not trees or quantity > quantity_of(facts.trees[resource.pk]) or (alone and is_add_on(trees)):
        return
    if resource.published_from is not None and facts.at < resource.published_from:
        return
    length = timedelta(minutes=minutes)
    frames = seen.frames_of(resource)
    spans = _within(facts.spans.get(resource.pk, ()), frames)
    open_ = merged(span.during for span in spans)
    for piece in _pieces(facts, resource, spans):
        policy = piece.policy
        if not _allows(policy, minutes) or not _gives(policy, quantity, seen.given.people):
            continue
        if alone and policy.only_with:
            continue
        earliest, latest, latest_start, series = facts.bounds_of(policy, resource.venue)
        if seen.of_series:
            latest, latest_start = series, None
        if resource.published_until is not None:
            latest = min(latest, resource.published_until)
        closes = open_[bisect_right(open_, piece.start, key=_start) - 1].end
        judged = facts.person is not None and bool(policy.all_limits or policy.gap)
        judged = judged or not is_plain(policy) or resource.pk in facts.out or bool(facts.shortened)
        judged = judged or resource.pk in facts.needed
        for frame in frames:
            low = max(piece.start, earliest, frame.first)
            high = min(closes, latest, frame.until) - length
            high = min(high, min(piece.end, frame.before) - datetime.resolution)
            high = high if latest_start is None else min(high, latest_start)
            if low > high:
                continue
            for start in _free(seen, resource, trees, piece, low, high, length):
                if not judged or not _against(seen, resource, Period(start, start + length)):
                    yield start


class Piece(NamedTuple):
    """Some open time of one version of the rules; starts are counted from `anchor`."""

    start: datetime
    end: datetime
    anchor: datetime
    policy: BookingPolicy


def _start(period: Period) -> datetime:
    return period.start


def _within(spans: Sequence[Opened], frames: Sequence[Frame]) -> Sequence[Opened]:
    """Of these spans, in order, all that can matter to what lies in one of the frames."""
    if len(spans) < FEW or not frames:
        return spans
    # A span may take its beginning from the one before it, which may reach as far back again.
    since = min(frame.first for frame in frames) - 2 * LONGEST
    first = bisect_left(spans, since, key=_opens)
    last = bisect_left(spans, max(frame.until for frame in frames), key=_opens)
    return spans[first:last]


def _opens(span: Opened) -> datetime:
    return span.during.start


def _pieces(facts: Facts, resource: Resource, spans: Iterable[Opened]) -> Iterator[Piece]:
    """The resource's open spans in order, none meeting the one before, cut at midnight where the rules change."""
    zone, after = resource.venue.zone, None
    for span in spans:
        start, end = span.during.start, span.during.end
        if after is not None and start < after:
            start = after  # hours over midnight that meet the next day's: the earlier opening has the grid
        if start >= end:
            continue
        after = end
        day, last = local_date(start, zone), local_date(end - datetime.resolution, zone)
        while start < end:
            policy = facts.rules[resource.pk].on(day).policy
            while day < last and facts.rules[resource.pk].on(day + DAY).policy is policy:
                day += DAY
            cut = end if day == last else local_day(day, zone).end
            yield Piece(start, cut, span.anchor, policy)
            start, day = cut, day + DAY


def _allows(policy: BookingPolicy, minutes: int) -> bool:
    """Whether the policy ever gives this length."""
    return (
        minutes >= policy.least
        and (policy.most is None or minutes <= policy.most)
        and (bool(policy.presets) or not minutes % policy.step)
    )


def lengths(policy: BookingPolicy, day: date, zone: ZoneInfo, least: int, most: int) -> list[int]:
    """The lengths (minutes), from `least` to `most`, that the policy gives to what begins on a day."""
    some: Iterable[int]
    if policy.presets:
        named = (preset.hours.on(day, zone) for preset in policy.presets)
        some = {period.minutes for period in named if period is not None}
    else:
        shortest = -(-max(least, policy.least) // policy.step) * policy.step
        some = range(shortest, (most if policy.most is None else min(most, policy.most)) + 1, policy.step)
    return [minutes for minutes in some if least <= minutes <= most and _allows(policy, minutes)]


def _gives(policy: BookingPolicy, quantity: int, people: int | None) -> bool:
    """Whether the policy gives so many of it, to so many people where that is said."""
    enough = people is None or policy.least_people is None or people >= policy.least_people
    return (
        enough
        and (policy.least_quantity is None or quantity >= policy.least_quantity)
        and (policy.most_quantity is None or quantity <= policy.most_quantity)
    )


def _against(seen: Seen, resource: Resource, period: Period) -> bool:
    facts = seen.facts
    return bool(
        any(out.during.overlaps(period) for out in facts.out.get(resource.pk, ()))
        or time_clauses(facts, resource, period, seen.given)
        or (facts.person is not None and limit_reasons(facts, resource, period, seen.besides))
    )


def _free(
    seen: Seen,
    resource: Resource,
    trees: Sequence[Take],
    piece: Piece,
    low: datetime,
    high: datetime,
    length: timedelta,
) -> Iterator[datetime]:
    """The starts from `low` to `high` that grid or presets allow and claims leave."""
    policy = piece.policy
    before, after = timedelta(minutes=policy.set_up), length + timedelta(minutes=policy.clean_up)
    pooled = any(take.is_pool for take in trees)
    if policy.presets or pooled:
        for start in _named(piece, resource, low, high) if policy.presets else _grid(piece, low, high):
            if seen.busy.gives(trees, start - before, start + after) or (
                pooled and _with_moves(seen, resource, trees, Period(start - before, start + after))
            ):
                yield start
        return
    units = [unit for take in trees for unit in take.choices]
    step = timedelta(minutes=policy.step)
    at = _next(piece.anchor, step, low)
    while at <= high:
        taken_until, free_until = seen.busy.ahead(units, at - before, at + after)
        if taken_until is not None:
            at = _next(piece.anchor, step, taken_until + before)  # nothing between is free of that claim
            continue
        last = high if free_until is None else min(high, free_until - after)
        while at <= last:
            yield at
            at += step


def _next(anchor: datetime, step: timedelta, at: datetime) -> datetime:
    """The first point of the grid not before an instant."""
    return at + (anchor - at) % step


def _grid(piece: Piece, low: datetime, high: datetime) -> Iterator[datetime]:
    step = timedelta(minutes=piece.policy.step)
    at = _next(piece.anchor, step, low)
    while at <= high:
        yield at
        at += step


def grid(facts: Facts, resource: Resource, frame: Frame) -> Iterator[datetime]:
    """Where something may begin in a frame by the opening hours and the steps or named slots of the rules, whatever else
    they say."""
    for piece in _pieces(facts, resource, _within(facts.spans.get(resource.pk, ()), [frame])):
        low, high = max(piece.start, frame.first), min(piece.end, frame.before) - datetime.resolution
        if low <= high:
            yield from _named(piece, resource, low, high) if piece.policy.presets else _grid(piece, low, high)


def _named(piece: Piece, resource: Resource, low: datetime, high: datetime) -> list[datetime]:
    hours = [preset.hours for preset in piece.policy.presets]
    named = preset_starts(hours, Period(piece.start, piece.end), resource.venue.zone)
    return [start for start in named if low <= start <= high]


def _with_moves(seen: Seen, resource: Resource, trees: Sequence[Take], around: Period) -> bool:
    """A pool that first fit finds full may still have a seat if somebody changes theirs."""
    return seat(trees, around, sitting_with(seen, [resource])) is not None


def sitting_with(seen: Seen, resources: Iterable[Resource]) -> list[Sitting]:
    """Everybody whom a re-seating for these resources could meet; read once for all the pools that are seen."""
    trees, movable = seen.facts.trees, seen.movable
    if movable.domains is None:
        pools = {pk: parts for pk, parts in trees.items() if any(take.is_pool for take in parts)}
        window = seen.window.padded(DAY, DAY)
        movable.domains, everybody = whole_lengths(units_of(pools), window, seen.facts.leaving)
        for one in everybody:
            movable.sitting.setdefault(movable.domains[one.unit], []).append(one)
    units = units_of({r.pk: trees[r.pk] for r in resources})
    met = {movable.domains[unit] for unit in units if unit in movable.domains}
    return [one for domain in sorted(met) for one in movable.sitting.get(domain, ())]
