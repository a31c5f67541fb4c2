"""The one function that says yes or no, and why: every rule, every reason, the way out.

The list of slots, the hold, the request, the API and the desk all ask it. `Facts` (`facts.py`) are read once; `judge`
is pure over them but for the claims, which the act reads again under its locks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.claims import Ask, Placed, touching, whole_lengths
from booking.judging.clauses import NOTHING, Given, given_clauses, not_for_you, time_clauses
from booking.judging.facts import Facts, Had
from booking.judging.limits import as_asked, limit_reasons
from booking.judging.reasons import reason
from booking.models import Booking, Claim
from booking.seats import Seating, Sitting, seat
from core.clock import now
from core.errors import Reason, WayOut
from core.periods import MINUTE, Period, hull, local_date, local_day, merged
from core.words import Words, so_long, so_many
from equipment.models import Skill
from spaces.holidays import before_working_days
from spaces.layout import MOST_OF_ONE, for_quantity, is_add_on, quantity_of
from spaces.models import Resource, Venue
from spaces.opening import LONGEST, Opened
from spaces.policy import BookingPolicy
from spaces.sentences import called

MOST_HOLDS = 3
DAY = timedelta(days=1)
LATE_AT_THE_DESK = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes with every ask placed and who must move for it; or no with all the reasons."""

    reasons: list[Reason]
    placed: list[Placed]
    moves: dict[int, UUID]
    bookable_from: datetime | None = None

    @property
    def only_taken(self) -> bool:
        return bool(self.reasons) and all(r.code == "slot-taken" for r in self.reasons)


def judge(
    facts: Facts,
    asks: Sequence[Ask],
    given: Given = NOTHING,
    *,
    overridden: bool = False,
    locked: bool = False,
) -> Verdict:
    """Whether these asks may be had together, now, by who asks.

    `overridden` (by staff, with a reason) leaves only the guard itself. `locked` reads claims as an act must:
    every row counts, dead or not.
    """
    reasons = [] if overridden else [*rule_reasons(facts, asks, given), *_too_many_holds(facts)]
    placed, moves = place(facts, asks, locked=locked)
    if placed is None and not any(r.code == "out-of-order" for r in reasons):
        reasons.append(reason("slot-taken"))
    first = min(ask.period.start for ask in asks)
    return Verdict(once(reasons), placed or [], moves, _bookable_from(reasons, first))


def rule_reasons(facts: Facts, asks: Sequence[Ask], given: Given) -> list[Reason]:
    """Every rule that these asks break together, whether or not their time is free. Pure."""
    reasons: list[Reason] = []
    for ask in asks:
        reasons += standing_reasons(facts, [ask.resource], given.people, ask.period.start)
    before: list[Had] = []
    for ask in asks:
        reasons += given_clauses(facts.policy(ask.resource, ask.period.start), given)
        reasons += time_reasons(facts, ask)
        reasons += time_clauses(facts, ask.resource, ask.period, given)
        reasons += limit_reasons(facts, ask.resource, ask.period, before)
        before.append(as_asked(ask.resource, ask.period))
        reasons += quantity_reasons(facts, ask, asks)
    return reasons


def quantity_reasons(facts: Facts, ask: Ask, asks: Sequence[Ask]) -> list[Reason]:
    """Why not so many of it, or not with these others (itself among them) alone."""
    policy = facts.policy(ask.resource, ask.period.start)
    others = [other.resource for other in asks if other is not ask]
    return _of_quantity(facts, policy, ask.resource, ask.quantity, others)


def _of_quantity(
    facts: Facts, policy: BookingPolicy, resource: Resource, quantity: int, others: Sequence[Resource]
) -> list[Reason]:
    trees = facts.trees[resource.pk]
    reasons: list[Reason] = []
    most = min(quantity_of(trees), policy.most_quantity or MOST_OF_ONE)
    if quantity > most:
        reasons.append(reason("too-many", most=most))
    if policy.least_quantity is not None and quantity < policy.least_quantity:
        reasons.append(reason("too-few", least=policy.least_quantity))
    if policy.only_with and not any(other.slug in policy.only_with for other in others):
        key = (str(resource.venue_id), *policy.only_with)
        if key not in facts.named:
            facts.named[key] = called(resource.venue_id, policy.only_with)
        reasons.append(reason("only-with", what=facts.named[key]))
    elif is_add_on(trees) and all(is_add_on(facts.trees[other.pk]) for other in others):
        reasons.append(reason("only-with-others"))
    return reasons


def once(reasons: list[Reason]) -> list[Reason]:
    """The same said twice is said once."""
    seen: dict[tuple[str, str], Reason] = {}
    for found in reasons:
        seen.setdefault((found.code, found.detail), found)
    return list(seen.values())


def _bookable_from(reasons: list[Reason], start: datetime) -> datetime | None:
    """When the same request would be granted: every rule says yes then, and its time is not yet past. None if never."""
    instants = [r.holds_from for r in reasons]
    latest = max((i for i in instants if i), default=None) if instants and all(instants) else None
    return latest if latest is not None and latest <= start else None


# -- who -------------------------------------------------------------------------------------------------


def standing_reasons(
    facts: Facts, resources: Iterable[Resource], people: int | None = None, at: datetime | None = None
) -> list[Reason]:
    """Why this person may have nothing of these resources, by the rules of a time (default: now)."""
    reasons: list[Reason] = []
    if facts.person is None:
        reasons.append(reason("sign-in-needed", way_out=WayOut("sign-in", "/sign-in")))
    for resource in resources:
        reasons += _whatever_the_rules(facts, resource, people)
        reasons += _by_the_rules(facts, facts.policy(resource, at or facts.at), people)
    return reasons


def reasons_throughout(
    facts: Facts,
    resource: Resource,
    window: Period,
    people: int | None = None,
    quantity: int = 1,
    others: Sequence[Resource] = (),
) -> list[Reason]:
    """Why this person may have nothing of a resource, or not so many of it with some of these others, at any time of a
    window: what every version of its rules says that counts there. That they have to sign in is not said."""
    zone, since = resource.venue.zone, min(max(window.start, facts.at), window.end - MICROSECOND)
    days = (local_date(since, zone), local_date(window.end - MICROSECOND, zone))
    always = _whatever_the_rules(facts, resource, people)
    first: list[Reason] = []
    for policy in facts.rules[resource.pk].between(*days):
        said = _by_the_rules(facts, policy, people) + _of_quantity(facts, policy, resource, quantity, others)
        if not said:
            return always
        first = first or said
    return always + first


def _whatever_the_rules(facts: Facts, resource: Resource, people: int | None) -> list[Reason]:
    reasons: list[Reason] = []
    if not resource.is_active or not facts.trees[resource.pk]:
        reasons.append(reason("not-offered", resource=resource.name))
    if people is not None and resource.capacity is not None and people > resource.capacity:
        reasons.append(reason("too-many-people", most=resource.capacity))
    for skill in facts.needed.get(resource.pk, []):
        if facts.person is not None and skill.pk not in facts.held:
            reasons.append(_not_certified(skill))
    return reasons


def _by_the_rules(facts: Facts, policy: BookingPolicy, people: int | None) -> list[Reason]:
    """For whom the policy is at all; how many come, where that is said."""
    too_few = people is not None and policy.least_people is not None and people < policy.least_people
    reasons = [reason("too-few-people", least=policy.least_people)] if too_few else []
    return reasons + not_for_you(facts, policy)


def _not_certified(skill: Skill) -> Reason:
    name, how = Words(skill.name_it, skill.name_en), Words(skill.how_it, skill.how_en)
    return reason(
        "not-certified", skill=name, how=how, way_out=WayOut("certify", f"/certifications?skill={skill.code}")
    )


def _too_many_holds(facts: Facts) -> list[Reason]:
    """At most three checkout holds a person, counted from live rows."""
    if facts.person is None:
        return []
    rows = Claim.objects.filter(
        kind="held", reason="checkout", until__gt=facts.at, item__booking__person=facts.person
    ).values_list("item__booking_id", "until")
    until = dict(rows)
    if len(until) < MOST_HOLDS:
        return []
    return [
        reason(
            "too-many-holds",
            most=MOST_HOLDS,
            holds_from=min(u for u in until.values() if u),
            way_out=WayOut("release", "/me"),
        )
    ]


# -- when ------------------------------------------------------------------------------------------------


def _too_far(policy: BookingPolicy, period: Period, venue: Venue) -> Reason:
    """Beyond the horizon, in the unit that ends it first; from when it would not be."""
    zone, day = venue.zone, local_date(period.end - MICROSECOND, venue.zone)
    by_days = local_day(day - timedelta(days=policy.horizon_days), zone).start
    opens = [(by_days, so_many(policy.horizon_days, "days"))]
    if (working := policy.horizon_working_days) is not None:
        first = before_working_days(day, working, venue.holidays_of)
        opens.append((local_day(first, zone).start, so_many(working, "working_days")))
    if (minutes := policy.horizon_minutes) is not None:
        opens.append((period.start - timedelta(minutes=minutes), so_many(minutes, "minutes")))
    at, ahead = max(opens, key=lambda o: o[0])
    return reason("too-far", ahead=ahead, holds_from=at)


def time_reasons(facts: Facts, ask: Ask, *, of_series: bool = False) -> list[Reason]:
    """Why this period of this resource breaks its rules, whoever asks; a date of a series may be farther ahead."""
    resource, period = ask.resource, ask.period
    policy = facts.policy(resource, period.start)
    step = timedelta(minutes=policy.step)
    ahead = facts.bounds_of(policy, resource.venue)
    reasons: list[Reason] = []
    if period.start < facts.at:
        if not (facts.by_house and period.start >= _still_today(facts.at, resource.venue.zone)):
            reasons.append(reason("past"))
    elif period.start < ahead.earliest:
        by_days = policy.notice_days * 24 * 60 >= policy.notice
        reasons.append(
            reason("too-soon-days", ahead=so_many(policy.notice_days, "days"))
            if by_days and policy.notice_days
            else reason("too-soon", ahead=so_long(policy.notice))
        )
    if ahead.too_far(period) and not (of_series and period.end <= ahead.series):
        reasons.append(_too_far(policy, period, resource.venue))
    if not published(resource, period, facts.at):
        reasons.append(reason("not-offered", resource=resource.name))
    spans = _near(facts.spans.get(resource.pk, []), period)
    at_start = next((s for s in spans if period.start in s.during), None)
    if not resource.is_active or not _within_offer(resource, period):
        pass  # it has no hours then, and that it is not offered is said already
    elif resource.planned_until is None or period.end > resource.planned_until:
        reasons.append(reason("not-yet-planned"))
    elif (at_start is None or not at_start.during.covers(period)) and not any(
        open_.covers(period) for open_ in merged(s.during for s in spans)
    ):
        reasons.append(reason("closed"))
    kept = any(own.covers(period) for own in facts.own.get(resource.pk, []))
    for out in facts.out.get(resource.pk, []):
        if out.during.overlaps(period) and not kept:
            reasons.append(reason("out-of-order", resource=resource.name, holds_from=out.until))
    if at_start is not None and not policy.presets and (period.start - at_start.anchor) % step:
        reasons.append(reason("not-on-step", step=policy.step))
    length = period.elapsed
    if of_series and (length < policy.least * MINUTE or length % step):
        # What a date of a series loses by a change of the clock is not held against it.
        length = max(length, _on_the_clock(period, resource.venue.zone))
    if length < policy.least * MINUTE:
        reasons.append(reason("too-short", least=policy.least))
    elif policy.most is not None and period.minutes > policy.most:
        reasons.append(reason("too-long", most=policy.most))
    if not policy.presets and length % step:
        reasons.append(reason("length-not-on-step", step=policy.step))
    return reasons


def _on_the_clock(period: Period, zone: ZoneInfo) -> timedelta:
    """How long it lasts by the hands of the venue's clock."""
    start, end = (at.astimezone(zone).replace(tzinfo=None) for at in (period.start, period.end))
    return end - start


def _near(spans: Sequence[Opened], period: Period) -> Sequence[Opened]:
    """Those that touch the period: they are in order, and a plan of two years asks this of every date."""
    first = bisect_right(spans, period.start - LONGEST, key=_begins)
    last = bisect_right(spans, period.end, key=_begins)
    return [s for s in spans[first:last] if period.start <= s.during.end]


def _begins(span: Opened) -> datetime:
    return span.during.start


def _still_today(at: datetime, zone: ZoneInfo) -> datetime:
    """From when staff may write down what has begun: today's midnight, in the day's first hour yesterday's."""
    return local_day(local_date(at - LATE_AT_THE_DESK, zone), zone).start


def published(resource: Resource, period: Period, at: datetime) -> bool:
    """Whether the resource is offered now, and still is when the period ends."""
    since, until = resource.published_from, resource.published_until
    return not (since is not None and at < since) and not (until is not None and period.end > until)


def _within_offer(resource: Resource, period: Period) -> bool:
    since, until = resource.published_from, resource.published_until
    return (since is None or period.start >= since) and (until is None or period.end <= until)


# -- where -----------------------------------------------------------------------------------------------


def padded(facts: Facts, ask: Ask) -> tuple[Period, BookingPolicy]:
    """What an ask takes with its set-up and clean-up, and the rules that say so."""
    policy = facts.policy(ask.resource, ask.period.start)
    before, after = timedelta(minutes=policy.set_up), timedelta(minutes=policy.clean_up)
    return ask.period.padded(before, after), policy


def place(facts: Facts, asks: Sequence[Ask], *, locked: bool) -> tuple[list[Placed] | None, dict[int, UUID]]:
    """Units for every ask, each placed one counting for the next; (None, {}) if they cannot all be had."""
    wide = hull(padded(facts, ask)[0] for ask in asks)
    units = {u for ask in asks for take in facts.trees[ask.resource.pk] for u in take.choices}
    found = touching(units, wide, past_the_dead=not locked, reader=facts.person, leaving=facts.leaving)
    sitting = [Sitting(c.id, c.unit, c.start, c.end) for c in found]
    answer = place_among(facts, asks, sitting)
    if answer is not None:
        return answer
    if any(take.is_pool for ask in asks for take in facts.trees[ask.resource.pk]):
        # Only now is it worth knowing who could move, and what they would meet in their whole length.
        answer = place_among(facts, asks, whole_lengths(units, wide, facts.leaving)[1])
    return answer or (None, {})


def place_among(
    facts: Facts,
    asks: Sequence[Ask],
    sitting: list[Sitting],
    spots: Sequence[tuple[Period, BookingPolicy]] | None = None,
) -> tuple[list[Placed], dict[int, UUID]] | None:
    """Units for every ask (`spots`: padded already) among these claims; None if they cannot all be had."""
    placed: list[Placed] = []
    moves: dict[int, UUID] = {}
    for ask, (around, policy) in zip(asks, spots or [padded(facts, ask) for ask in asks], strict=True):
        given: Seating | None = seat(
            for_quantity(facts.trees[ask.resource.pk], ask.quantity), around, sitting
        )
        if given is None or not facts.trees[ask.resource.pk]:
            return None
        if given.moves:
            moves |= given.moves
            sitting = [
                Sitting(s.claim, given.moves.get(s.claim, s.unit), s.start, s.end, s.choices) for s in sitting
            ]
        sitting = [*sitting, *(Sitting(0, unit, around.start, around.end) for unit in given.units)]
        version = facts.version(ask.resource, ask.period.start)
        placed.append(Placed(ask, around, given.units, policy.set_up, policy.clean_up, version.rules))
    return placed, moves


def state_of(booking: Booking) -> str:
    """The booking's state as it counts now: a hold or request whose time is up has lapsed."""
    dead = booking.held_until is not None and booking.held_until <= now()
    return (
        Booking.State.LAPSED
        if dead and booking.state in (Booking.State.HELD, Booking.State.OFFERED, Booking.State.REQUESTED)
        else booking.state
    )
