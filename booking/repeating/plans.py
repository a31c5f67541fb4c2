"""Which dates a rule of repetition means, and what the judge says of each: free, taken, closed, refused, skipped.

All dates are judged from facts and claims read once, so a plan of a year costs as many statements as one of a week.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from booking.claims import Ask, Placed, touching, whole_lengths
from booking.finding.availability import Busy, Seen, starts
from booking.judging.clauses import Given, given_clauses, time_clauses
from booking.judging.facts import Facts, Had
from booking.judging.gathering import gather
from booking.judging.judge import once, padded, place_among, quantity_reasons, standing_reasons, time_reasons
from booking.judging.limits import as_asked, is_limited, limit_reasons
from booking.judging.reasons import reason
from booking.models import Booking
from booking.seats import Seated, Sitting
from core.errors import Missing, Reason, TooManyDates
from core.periods import Period, hull, local_date, local_day
from people.models import Organisation, Person
from spaces.clauses import wall_time
from spaces.holidays import holidays_of, school_holidays
from spaces.layout import units_of
from spaces.models import Resource, Venue
from spaces.recurrence import Repeat, hours_on

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
        return hours_on(day, self.start, self.end, zone, self.nights)

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
    rule, things = asked["rule"], things_of(asked)
    return Wanted(
        things[0][0].venue,
        things,
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
        given_in(asked),
        asked["title"],
    )


def things_of(asked: dict[str, Any]) -> list[tuple[Resource, int]]:
    """What each date takes, by a plan's stored words, and how many of it; nothing where they were erased. Raises Missing
    if a resource is gone."""
    items = asked.get("items", [])
    ids = [UUID(item["resource"]) for item in items]
    found = Resource.objects.select_related("venue").in_bulk(ids)
    if len(found) < len(set(ids)):
        raise Missing
    return [(found[pk], item["quantity"]) for pk, item in zip(ids, items, strict=True)]


def given_in(asked: dict[str, Any]) -> Given:
    """What a plan's stored words say besides: how many come, the terms accepted, the answers."""
    return Given(asked["people"], frozenset(asked["accepted_terms"]), asked["answers"])


@dataclass(slots=True)
class Dated:
    """One date of a plan; of an edit also what becomes of it (`change`), and the booking that it has or had."""

    on: date
    verdict: str
    asks: list[Ask]
    reasons: list[Reason] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    moves: dict[int, Any] = field(default_factory=dict)
    taken: list[Resource] = field(default_factory=list)  # of several things, those that are in the way
    alternatives: list[Other] = field(default_factory=list)
    chosen: bool = False
    moved: bool = False  # an alternative was chosen
    shorter: bool = False  # by the clock change
    change: str = "new"
    booking: Booking | None = None
    given: Given | None = None  # what its booking has on record once it is moved; None: what it has now

    @property
    def period(self) -> Period | None:
        return self.asks[0].period if self.asks else None

    @property
    def key(self) -> date | UUID:
        """By what it is known in its plan: its booking, for one day may have two of them; its day, where it is new."""
        return self.booking.pk if self.booking is not None else self.on


@dataclass(slots=True)
class Look:
    """Facts and claims of a whole plan, read once."""

    facts: Facts
    claims: Seated
    window: Period


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
    claims = touching(
        units_of(found.trees), window, past_the_dead=not locked, reader=person, leaving=found.leaving
    )
    return Look(found, Seated(Sitting(c.id, c.unit, c.start, c.end) for c in claims), window)


def judged(
    seen: Look,
    dates: Sequence[tuple[date, list[Ask]]],
    given: Given,
    wanted: Callable[[date], bool] = lambda day: True,
    *,
    said: Mapping[date, Given] | None = None,
    matters: Callable[[date, str], bool] = lambda day, code: True,
    alternatives: bool = True,
    kept: Mapping[UUID, Kept] | None = None,
    whose: Callable[[date], UUID | None] = lambda day: None,
) -> list[Dated]:
    """Every date with its verdict; each that is free and wanted is chosen, and counts for the ones after it.

    `given` is said of all of them, but for those of which something else is `said`. `kept` is what bookings keep besides
    what was read, in the way of every date but their own (`whose`); what does not matter for a date, by its code, is no
    reason against it.
    """
    plan = _Judging(seen, kept or {})
    out: list[Dated] = []
    for day, asks in dates:
        of_it = (said or {}).get(day, given)
        plan.turn_to(whose(day))
        dated = plan.judge(day, asks, of_it, matters)
        if alternatives and asks and dated.verdict in ("taken", "closed"):
            dated.alternatives = plan.instead(asks, of_it)
        dated.chosen = dated.verdict == "free" and wanted(day)
        if dated.chosen:
            plan.take(dated)
        out.append(dated)
    return out


def gone(day: date) -> Dated:
    """A date of which the clock change leaves nothing."""
    return Dated(day, "closed", [], [reason("clock-change")])


class Kept(NamedTuple):
    """What a booking has that stays: where it sits, and what counts against limits."""

    sits: list[Sitting]
    had: list[Had]


class Steady(NamedTuple):
    """Of who asks, of what they filled in, and of how many and with what."""

    standing: list[Reason]
    of_given: list[Reason]
    of_quantity: list[Reason]


class _Judging:
    """Date after date: what is the same for many of them is asked once, and what is chosen counts from then on."""

    def __init__(self, seen: Look, kept: Mapping[UUID, Kept]) -> None:
        self.seen, self.facts, self.kept = seen, seen.facts, kept
        self.had = [had for one in kept.values() for had in one.had]
        self.own = Seated(sitting for one in kept.values() for sitting in one.sits)
        self.limited = is_limited(seen.facts, seen.window)
        self._steady: dict[tuple[Any, ...], Steady] = {}
        self.turn_to(None)

    def turn_to(self, booking: UUID | None) -> None:
        """What is judged now is this booking's date: what it has itself is not in its way."""
        found = self.kept.get(booking) if booking is not None else None
        self._leaves = frozenset(found.sits) if found else frozenset()
        self._has = {(h.resource, h.period) for h in found.had} if found else set()
        self._counted = [h for h in self.had if h.booking != booking] if found else self.had

    def _sitting(self, period: Period) -> list[Sitting]:
        return [sitting for sitting in self.own.near(period) if sitting not in self._leaves]

    def judge(self, day: date, asks: list[Ask], given: Given, matters: Callable[[date, str], bool]) -> Dated:
        if not asks:
            return gone(day)
        steady = [self._same_each_time(ask, asks, given) for ask in asks]
        facts, together = self.facts, list(self._counted) if self.limited else []
        reasons = [r for same in steady for r in same.standing]
        for ask, same in zip(asks, steady, strict=True):
            reasons += same.of_given
            reasons += time_reasons(facts, ask, of_series=True)
            reasons += time_clauses(facts, ask.resource, ask.period, given)
            if self.limited:
                reasons += limit_reasons(facts, ask.resource, ask.period, together)
                together.append(as_asked(ask.resource, ask.period))
            reasons += same.of_quantity
        placed, moves = self._place(asks)
        if reasons := once([r for r in reasons if matters(day, r.code)]):
            closed = any(r.code in ("closed", "not-yet-planned") for r in reasons)
            return Dated(day, "closed" if closed else "refused", asks, reasons)
        if placed is None:
            return Dated(day, "taken", asks, [reason("slot-taken")], taken=self._in_the_way(asks))
        return Dated(day, "free", asks, placed=placed, moves=moves)

    def _same_each_time(self, ask: Ask, asks: Sequence[Ask], given: Given) -> Steady:
        """What is said against all dates under the same rules, of which the same was said."""
        policy = self.facts.policy(ask.resource, ask.period.start)
        told = (given.people, given.accepted, tuple(given.answers.items()))
        key = (id(policy), id(ask.resource), ask.quantity, told, *(id(other.resource) for other in asks))
        found = self._steady.get(key)
        if found is None:
            found = Steady(
                standing_reasons(self.facts, [ask.resource], given.people, ask.period.start),
                given_clauses(policy, given),
                quantity_reasons(self.facts, ask, asks),
            )
            self._steady[key] = found
        return found

    def _place(self, asks: list[Ask]) -> tuple[list[Placed] | None, dict[int, UUID]]:
        facts, spots = self.facts, [padded(self.facts, ask) for ask in asks]
        wide = hull(around for around, _ in spots)
        mine = self._sitting(wide)
        answer = place_among(facts, asks, self.seen.claims.near(wide) + mine, spots)
        if answer is None and any(take.is_pool for ask in asks for take in facts.trees[ask.resource.pk]):
            units = units_of({ask.resource.pk: facts.trees[ask.resource.pk] for ask in asks})
            everybody = whole_lengths(units, wide, facts.leaving)[1]
            answer = place_among(facts, asks, everybody + mine, spots)
        return answer or (None, {})

    def _in_the_way(self, asks: list[Ask]) -> list[Resource]:
        """Of several things those that cannot be had even alone; none where only all of them together cannot."""
        return [ask.resource for ask in asks if self._place([ask])[0] is None] if len(asks) > 1 else []

    def take(self, dated: Dated) -> None:
        """The date is chosen."""
        for placed in dated.placed:
            for unit in placed.units:
                self.own.add(Sitting(0, unit, placed.padded.start, placed.padded.end))
        if self.limited:
            booking = uuid4()
            self.had += [as_asked(ask.resource, ask.period, booking) for ask in dated.asks]

    def instead(self, asks: Sequence[Ask], given: Given) -> list[Other]:
        """The nearest times of the same day at which all of it is free, as things are with what is chosen before."""
        first = asks[0]
        zone = first.resource.venue.zone
        day = local_day(local_date(first.period.start, zone), zone)
        around = day.padded(DAY, DAY)
        there = [*self.seen.claims.near(around), *self._sitting(around)]
        busy = Busy((s.unit, s.start, s.end) for s in there)
        seen = Seen(self.facts, day, busy, given=given, besides=self._counted, of_series=True)
        times = [set(starts(seen, a.resource, a.period.minutes, a.quantity)) for a in asks]
        common = sorted(set.intersection(*times), key=lambda s: (abs(s - first.period.start), s))
        shifted = (
            [Ask(a.resource, Period(s, s + a.period.elapsed), a.quantity) for a in asks] for s in common
        )
        others = (t for t in shifted if not all((a.resource.pk, a.period) in self._has for a in t))
        # Each can be had for itself; whether they can be had together only their placing says.
        fitting = (them for them in others if len(them) == 1 or self._place(them)[0] is not None)
        return sorted((Other(first.resource, them[0].period) for them in islice(fitting, NEAR)), key=_begins)


def _begins(other: Other) -> datetime:
    return other.period.start


def skipped_days(rule: Rule, venue: Venue) -> dict[date, str]:
    """The days that the rule leaves out of itself, with their names."""
    found: dict[date, str] = {}
    if "school_holidays" in rule.skip:
        found |= school_holidays(venue.school_region, rule.first_on, rule.last_on)
    if "public_holidays" in rule.skip:
        years = range(rule.first_on.year, rule.last_on.year + 1)
        found |= {holiday.on: holiday.name for holiday in holidays_of(venue, years)}
    return found
