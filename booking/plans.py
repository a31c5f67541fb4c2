"""Which dates a rule of repetition means, and what the judge says of each: free, taken, closed, refused, skipped.

All dates are judged from facts and claims read once, so a plan of a year costs as many statements as one of a week.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from booking.availability import Busy, Seen, starts
from booking.claims import Ask, Found, Placed, touching, whole_lengths
from booking.clauses import Given, given_clauses, time_clauses
from booking.facts import Facts, gather
from booking.judge import padded, place_among, quantity_reasons, standing_reasons, time_reasons
from booking.limits import Had, as_asked, limit_reasons
from booking.models import Booking
from booking.reasons import reason
from booking.seats import Sitting
from core.errors import Missing, Reason, TooManyDates
from core.periods import Period, hull, local_date, local_day
from people.models import Organisation, Person
from spaces.clauses import wall_time
from spaces.holidays import holidays_of, school_holidays
from spaces.models import Resource, Venue
from spaces.recurrence import Repeat

MOST_DATES = 732  # two years of every day
DAY = timedelta(days=1)
NEAR = 3
FREQUENCIES = {
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "monthly_by_day": "MONTHLY",
    "monthly_by_weekday": "MONTHLY",
    "yearly": "YEARLY",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What repeats: `repeat` is daily, weekly, monthly_by_day, monthly_by_weekday, yearly or dates; both days included.
    With `nights` a date ends so many days after it begins."""

    repeat: str
    start: time
    end: time | None
    first_on: date
    last_on: date
    every: int = 1
    weekdays: tuple[int, ...] = ()
    position: int | None = None  # of the weekday in its month: 1 to 4, -1 the last
    dates: tuple[date, ...] = ()
    skip: tuple[str, ...] = ()
    nights: int = 0

    def as_repeat(self) -> Repeat:
        return Repeat(
            first_on=self.first_on,
            start=self.start,
            end=self.end,
            frequency=FREQUENCIES[self.repeat],
            weekdays=self.weekdays if self.repeat in ("weekly", "monthly_by_weekday") else (),
            interval=self.every,
            # RFC 5545: a month that lacks the day has no date; the last day is asked for as -1.
            month_days=(self.position or self.first_on.day,) if self.repeat == "monthly_by_day" else (),
            positions=(self.position,) if self.repeat == "monthly_by_weekday" and self.position else (),
            until_on=self.last_on + DAY,
            nights=self.nights,
        )

    def days(self) -> list[date]:
        """The dates meant. Raises TooManyDates beyond 732."""
        found = (
            sorted(set(self.dates))
            if self.repeat == "dates"
            else _at_most(self.as_repeat().days(self.first_on, self.last_on + DAY))
        )
        if len(found) > MOST_DATES:
            raise TooManyDates(most=MOST_DATES)
        return found

    def period_on(self, day: date, zone: ZoneInfo) -> Period | None:
        return Repeat(day, self.start, self.end, nights=self.nights).period_on(day, zone)

    def minutes(self) -> int:
        """The length on an ordinary day."""
        start = timedelta(hours=self.start.hour, minutes=self.start.minute)
        end = timedelta(hours=self.end.hour, minutes=self.end.minute) if self.end else DAY
        length = self.nights * DAY + end - start if self.nights else (end - start) % DAY or DAY
        return int(length / timedelta(minutes=1))


def _at_most(days: Iterator[date]) -> list[date]:
    found: list[date] = []
    for day in days:
        found.append(day)
        if len(found) > MOST_DATES:
            break
    return found


@dataclass(frozen=True, slots=True)
class Other:
    """Another time for one date."""

    resource: Resource
    period: Period


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan asks for, read from its stored words."""

    venue: Venue
    items: list[tuple[Resource, int]]
    rule: Rule
    given: Given
    title: str


def wanted(asked: dict[str, Any]) -> Wanted:
    """Raises Missing if a resource is gone."""
    ids = [UUID(item["resource"]) for item in asked["items"]]
    found = Resource.objects.select_related("venue").in_bulk(ids)
    if len(found) < len(set(ids)):
        raise Missing
    rule = asked["rule"]
    return Wanted(
        found[ids[0]].venue,
        [(found[pk], item["quantity"]) for pk, item in zip(ids, asked["items"], strict=True)],
        Rule(
            repeat=rule["repeat"],
            start=time.fromisoformat(rule["start"]),
            end=wall_time(rule["end"]),
            first_on=date.fromisoformat(rule["first_on"]),
            last_on=date.fromisoformat(rule["last_on"]),
            every=rule["every"],
            weekdays=tuple(rule["weekdays"]),
            position=rule["position"],
            dates=tuple(date.fromisoformat(day) for day in rule["dates"]),
            skip=tuple(rule["skip"]),
            nights=rule.get("nights", 0),
        ),
        Given(asked["people"], frozenset(asked["accepted_terms"]), asked["answers"]),
        asked["title"],
    )


@dataclass(slots=True)
class Dated:
    """One date of a plan; of an edit also what becomes of it (`change`), and the booking that it has or had."""

    on: date
    verdict: str
    asks: list[Ask]
    reasons: list[Reason] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    moves: dict[int, Any] = field(default_factory=dict)
    alternatives: list[Other] = field(default_factory=list)
    chosen: bool = False
    moved: bool = False  # an alternative was chosen
    shorter: bool = False  # by the clock change
    change: str = "new"
    booking: Booking | None = None

    @property
    def period(self) -> Period | None:
        return self.asks[0].period if self.asks else None


@dataclass(slots=True)
class Look:
    """Facts and claims of a whole plan, read once."""

    facts: Facts
    claims: list[Found]
    window: Period
    longest: timedelta = DAY

    def around(self, period: Period) -> list[Found]:
        """The claims near a period; they are sorted by their start."""
        first = bisect_left(self.claims, period.start - self.longest, key=lambda c: c.start)
        last = bisect_left(self.claims, period.end, key=lambda c: c.start)
        return [c for c in self.claims[first:last] if c.end > period.start]


def look(
    asks: Sequence[Ask],
    person: Person | None,
    organisation: Organisation | None,
    *,
    facts: Facts | None = None,
    locked: bool = False,
) -> Look:
    """What is needed to judge all these asks; a fixed number of statements (one, with the facts given)."""
    window = hull(a.period for a in asks).padded(DAY, DAY)
    found = facts or gather({a.resource for a in asks}, window, person, organisation)
    units = {u for trees in found.trees.values() for take in trees for u in take.choices}
    claims = sorted(
        touching(units, window, past_the_dead=not locked, reader=person, leaving=found.leaving),
        key=lambda c: c.start,
    )
    longest = max((c.end - c.start for c in claims), default=DAY)
    return Look(found, claims, window, longest)


def judged(
    seen: Look,
    dates: Sequence[tuple[date, list[Ask]]],
    given: Given,
    wanted: Callable[[date], bool] = lambda day: True,
    *,
    matters: Callable[[date, str], bool] = lambda day, code: True,
    alternatives: bool = True,
    had_besides: Sequence[Had] = (),
    in_the_way: Sequence[Sitting] = (),
) -> list[Dated]:
    """Every date with its verdict; each that is free and wanted is chosen, and counts for the ones after it.

    `had_besides` and `in_the_way` are what counts, and sits, besides what was read; what does not matter for a date,
    by its code, is no reason against it.
    """
    before: list[Had] = list(had_besides)
    own: list[Sitting] = list(in_the_way)
    out: list[Dated] = []
    standing = standing_reasons(seen.facts, _resources(dates), given.people)
    for day, asks in dates:
        dated = _one(seen, day, asks, given, standing, before, own, matters)
        dated.chosen = dated.verdict == "free" and wanted(day)
        if dated.chosen:
            booking = uuid4()
            for ask, placed in zip(asks, dated.placed, strict=True):
                before.append(as_asked(ask.resource, ask.period, booking))
                own += [Sitting(0, unit, placed.padded.start, placed.padded.end) for unit in placed.units]
        if alternatives and dated.verdict in ("taken", "closed") and len(asks) == 1:
            dated.alternatives = _near(seen, asks[0])
        out.append(dated)
    return out


def _resources(dates: Sequence[tuple[date, list[Ask]]]) -> list[Resource]:
    return list({a.resource.pk: a.resource for _, asks in dates for a in asks}.values())


def gone(day: date) -> Dated:
    """A date of which the clock change leaves nothing."""
    return Dated(day, "closed", [], [reason("clock-change")])


def _one(
    seen: Look,
    day: date,
    asks: list[Ask],
    given: Given,
    standing: list[Reason],
    before: list[Had],
    own: list[Sitting],
    matters: Callable[[date, str], bool],
) -> Dated:
    if not asks:
        return gone(day)
    reasons = list(standing)
    together = list(before)
    for ask in asks:
        policy = seen.facts.policy(ask.resource, ask.period.start)
        reasons += given_clauses(policy, given)
        reasons += [r for r in time_reasons(seen.facts, ask) if not _in_reach(seen.facts, ask, r)]
        reasons += time_clauses(seen.facts, ask.resource, ask.period, given)
        reasons += limit_reasons(seen.facts, ask.resource, ask.period, together)
        reasons += quantity_reasons(seen.facts, ask, asks)
        together.append(as_asked(ask.resource, ask.period))
    placed, moves = _place(seen, asks, own)
    if reasons := [r for r in reasons if matters(day, r.code)]:
        closed = any(r.code in ("closed", "not-yet-planned") for r in reasons)
        return Dated(day, "closed" if closed else "refused", asks, reasons)
    if placed is None:
        return Dated(day, "taken", asks, [reason("slot-taken")])
    return Dated(day, "free", asks, placed=placed, moves=moves)


def _in_reach(facts: Facts, ask: Ask, why: Reason) -> bool:
    """Whether a date too far for a single booking is near enough for a series."""
    if why.code != "too-far":
        return False
    zone = ask.resource.venue.zone
    days = facts.policy(ask.resource, ask.period.start).series_horizon_days
    return ask.period.end <= local_day(local_date(facts.at, zone) + timedelta(days=days), zone).end


def _place(seen: Look, asks: list[Ask], own: list[Sitting]) -> tuple[list[Placed] | None, dict[int, Any]]:
    wide = hull(padded(seen.facts, ask)[0] for ask in asks)
    near = [Sitting(c.id, c.unit, c.start, c.end) for c in seen.around(wide)]
    mine = [s for s in own if s.touches(wide)]
    answer = place_among(seen.facts, asks, near + mine)
    if answer is None and any(take.is_pool for ask in asks for take in seen.facts.trees[ask.resource.pk]):
        units = {u for ask in asks for take in seen.facts.trees[ask.resource.pk] for u in take.choices}
        answer = place_among(seen.facts, asks, whole_lengths(units, wide, seen.facts.leaving)[1] + mine)
    return answer or (None, {})


def _near(seen: Look, ask: Ask) -> list[Other]:
    """The nearest free times of the same day."""
    zone = ask.resource.venue.zone
    day = local_day(local_date(ask.period.start, zone), zone)
    busy = Busy((c.unit, c.start, c.end) for c in seen.around(day.padded(DAY, DAY)))
    found = starts(Seen(seen.facts, day, busy), ask.resource, ask.period.minutes, ask.quantity)
    nearest = sorted(found, key=lambda s: abs(s - ask.period.start))[:NEAR]
    return [Other(ask.resource, Period(s, s + ask.period.elapsed)) for s in sorted(nearest)]


def skipped_days(rule: Rule, venue: Venue) -> dict[date, str]:
    """The days that the rule leaves out of itself, with their names."""
    found: dict[date, str] = {}
    if "school_holidays" in rule.skip:
        found |= school_holidays(venue.school_region, rule.first_on, rule.last_on)
    if "public_holidays" in rule.skip:
        years = range(rule.first_on.year, rule.last_on.year + 1)
        found |= {holiday.on: holiday.name for holiday in holidays_of(venue, years)}
    return found
