"""Find what is free, for many resources at once: nearest days first, and no further than somebody needs.

Who has found enough in the first days reads no more of them, so a search of two months costs what its answer costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.finding.availability import Frame, Seen, read_busy, starts
from booking.finding.grid import usual
from booking.judging.clauses import Given
from booking.judging.facts import Facts
from booking.judging.gathering import gather
from core.periods import MINUTE, Period, days_between, instant, local_date, local_day
from people.models import Organisation, Person
from spaces.layout import is_add_on
from spaces.models import Resource
from spaces.opening import opened

DAY = timedelta(days=1)
FIRST_LOOK = 200  # resource-days: a month of a few resources at once, a day of hundreds
Frames = dict[str, list[Frame]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How somebody searches: a length (None: each resource's usual one), and which starts fit.

    Weekdays are 1 Monday … 7; hours are the venue's wall clock, the latest that of the day of the start.
    """

    minutes: int | None = None
    quantity: int = 1
    people: int | None = None
    per_resource: int = 3
    weekdays: frozenset[int] = frozenset()
    days: frozenset[date] = frozenset()
    earliest: time | None = None
    latest: time | None = None
    starts_before: datetime | None = None


@dataclass(slots=True)
class Slots:
    """What was found for one resource; `opens`: whether it is open at all where was looked."""

    resource: Resource
    minutes: int
    starts: list[datetime] = field(default_factory=list)
    opens: bool = False

    def periods(self) -> list[Period]:
        return [Period(start, start + self.minutes * MINUTE) for start in self.starts]


def search(
    resources: Sequence[Resource],
    window: Period,
    wanted: Wanted,
    person: Person | None,
    organisation: Organisation | None = None,
    fits: Callable[[Resource, Period], bool] | None = None,
) -> tuple[Facts, list[Slots]]:
    """The first starts of each resource (with its venue) at which the judge would grant what is wanted, and `fits`.

    The number of statements follows the window, never the number of resources.
    """
    facts = gather(resources, window.padded(DAY, DAY), person, organisation, opening=False)
    found = [Slots(r, minutes_of(facts, r, wanted)) for r in resources]
    left = list(found)
    alone = {r.pk for r in resources if _had_alone(facts, r, window)}
    for seen in looks(facts, window, wanted, left):
        for slots in left:
            _fill(seen, slots, wanted, fits)
        left[:] = [s for s in left if len(s.starts) < wanted.per_resource and s.resource.pk in alone]
    return facts, found


def _had_alone(facts: Facts, resource: Resource, window: Period) -> bool:
    """Whether some version of the rules gives it without anything else: of what none does no more is read."""
    days = (local_date(at, resource.venue.zone) for at in (window.start, window.end))
    versions = facts.rules[resource.pk].between(*days)
    return not is_add_on(facts.trees[resource.pk]) and any(not policy.only_with for policy in versions)


def minutes_of(facts: Facts, resource: Resource, wanted: Wanted) -> int:
    """For how long the search asks of this resource; where it does not say, what is usual there."""
    return wanted.minutes or usual(facts.policy(resource, facts.at), resource.venue.zone)


def looks(facts: Facts, window: Period, wanted: Wanted, left: Sequence[Slots]) -> Iterator[Seen]:
    """What is open and taken, stretch by stretch, of those still in `left`; two statements a stretch.

    Whoever is struck from `left` meanwhile is read no further.
    """
    zones = {r.venue.time_zone: r.venue.zone for r in facts.resources.values()}
    asked = {name: frames(wanted, window, zone) for name, zone in zones.items()}
    margin = timedelta(minutes=max((rules.widest for rules in facts.rules.values()), default=0))
    first = max(1, FIRST_LOOK // max(1, len(left))) * DAY
    for stretch in stretches(asked, max(window.start, facts.at), window.end, first):
        if not left:
            return
        within = _hull(stretch, max(slots.minutes for slots in left) * MINUTE)
        sought = [slots.resource.pk for slots in left]
        facts.spans = opened(sought, within)
        busy = read_busy(facts, sought, within.padded(margin, margin))
        yield Seen(facts, within, busy, given=Given(wanted.people), frames=stretch)


def _fill(seen: Seen, slots: Slots, wanted: Wanted, fits: Callable[[Resource, Period], bool] | None) -> None:
    resource = slots.resource
    for start in starts(seen, resource, slots.minutes, wanted.quantity, alone=True):
        if fits is None or fits(resource, Period(start, start + slots.minutes * MINUTE)):
            slots.starts.append(start)
            if len(slots.starts) >= wanted.per_resource:
                break
    slots.opens = slots.opens or bool(slots.starts) or _opens(seen, resource)


def _opens(seen: Seen, resource: Resource) -> bool:
    spans = seen.facts.spans.get(resource.pk, ())
    return any(
        span.during.start < min(frame.before, frame.until) and frame.first < span.during.end
        for frame in seen.frames_of(resource)
        for span in spans
    )


def frames(wanted: Wanted, window: Period, zone: ZoneInfo) -> list[Frame]:
    """Where slots may lie, in order, by a venue's clock: one frame for each day asked for, or the window as it is."""
    before = min(window.end, wanted.starts_before or window.end)
    if not (wanted.weekdays or wanted.days or wanted.earliest or wanted.latest):
        return [Frame(window.start, before, window.end)] if window.start < before else []
    last = local_date(window.end - datetime.resolution, zone)
    found = []
    for day in days_between(local_date(window.start, zone), last + DAY):
        if (wanted.weekdays and day.isoweekday() not in wanted.weekdays) or (
            wanted.days and day not in wanted.days
        ):
            continue
        start = instant(day, wanted.earliest, zone) if wanted.earliest else local_day(day, zone).start
        until = instant(day, wanted.latest, zone) if wanted.latest else window.end
        frame = Frame(max(start, window.start), min(local_day(day, zone).end, before), min(until, window.end))
        if frame.first < min(frame.before, frame.until):
            found.append(frame)
    return found


def stretches(asked: Frames, at: datetime, last: datetime, width: timedelta) -> Iterator[Frames]:
    """The frames from an instant on, cut into stretches, each twice as long as the one before, empty ones left out."""
    while at < last:
        end = min(at + width, last)
        cut = {zone: list(_cut(frames, at, end)) for zone, frames in asked.items()}
        if any(cut.values()):
            yield cut
        at, width = end, width * 2


def _cut(frames: Iterable[Frame], start: datetime, end: datetime) -> Iterator[Frame]:
    for frame in frames:
        first, before = max(frame.first, start), min(frame.before, end)
        if first < before:
            yield Frame(first, before, frame.until)


def _hull(stretch: Frames, longest: timedelta) -> Period:
    frames = [frame for found in stretch.values() for frame in found]
    ends = max(min(frame.before + longest, frame.until) for frame in frames)
    return Period(min(frame.first for frame in frames), ends)
