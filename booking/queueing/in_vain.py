"""Why waiting would be in vain: what the rules never let be booked, whatever is freed and however late it is asked for.

It is asked when somebody joins, and never again: what changes later, rules or those whom they are for, may end a wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from booking.claims import Ask
from booking.finding.availability import Frame, grid
from booking.finding.bundles import Choice, besides, lengths_of_all
from booking.finding.search import Wanted, frames
from booking.judging.clauses import Given, time_clauses
from booking.judging.facts import Facts
from booking.judging.judge import once, quantity_reasons, standing_reasons, time_reasons
from booking.judging.limits import limit_reasons
from booking.queueing.matching import Sought
from core.errors import Reason
from core.periods import MINUTE, Period, local_date, local_day
from spaces.policy import BookingPolicy

HOUR = timedelta(hours=1)
MOST_TRIED = 4000  # periods of one resource; where more would have to be tried, somebody may wait
OFF_THE_GRID = {"not-on-step", "length-not-on-step", "not-a-preset"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody would wait for: one of each choice at once, where and for how many."""

    facts: Facts
    among: Sequence[Choice]
    people: int | None
    frames: Sequence[Frame]  # the days and hours in which it may lie

    def against(self, period: Period, *, at_last: bool) -> list[Reason]:
        """Why they could not have all of it in this period, were it free: asked for now, or (`at_last`) as late as the
        notice lets them, when no horizon and no head start of others is in the way any more."""
        found: list[Reason] = []
        for n, choice in enumerate(self.among):
            others = [Ask(other, period) for other in besides(self.among, n)]
            of_each = [
                self._against_one(Ask(r, period, choice.quantity), others, at_last) for r in choice.resources
            ]
            least: list[Reason] = min(of_each, key=len)
            found += least
        return once(found)

    def _against_one(self, ask: Ask, others: Sequence[Ask], at_last: bool) -> list[Reason]:
        facts, (resource, period, _) = self.facts, ask
        # What they have by then, and what keeps them from booking for a while, may be over.
        last = max(facts.at, _last_chance(facts.policy(resource, period.start), ask))
        alone = replace(facts, at=last, had=[], shortened=[], kept={})
        found = [
            *standing_reasons(facts, [resource], self.people, period.start),
            *time_reasons(alone if at_last else facts, ask),
            *time_clauses(alone, resource, period, Given(people=self.people)),
            *limit_reasons(alone, resource, period),
            *quantity_reasons(facts, ask, [ask, *others]),
        ]
        return [r for r in found if r.code != "out-of-order"]  # it may be mended sooner


def _last_chance(policy: BookingPolicy, ask: Ask) -> datetime:
    """The last instant at which this is not asked for too late."""
    start, zone = ask.period.start, ask.resource.venue.zone
    last_day = local_date(start, zone) - timedelta(days=policy.notice_days)
    return min(start - policy.notice * MINUTE, local_day(last_day, zone).end - timedelta.resolution)


def asked_of(facts: Facts, among: Sequence[Choice], want: Sought, people: int | None) -> Asked:
    """What a wish asks from now on; of one whose window is not over."""
    ahead = Period(max(want.window.start, facts.at), want.window.end)
    days = want.weekdays or frozenset(range(1, 8))  # said, they divide the window
    found = frames(Wanted(weekdays=days, earliest=want.earliest, latest=want.latest), ahead, want.zone)
    return Asked(facts, among, people, found)


def in_vain(asked: Asked, want: Sought) -> list[Reason]:
    """Why they would wait in vain for a wish: what is in the way where the least is; nothing if they may have it at some
    time of the days and hours that they said."""
    resources = [r for choice in asked.among for r in choice.resources]
    if any(r.planned_until is None or r.planned_until < want.window.end for r in resources):
        return []  # nobody knows yet when it will be open
    best: list[Reason] | None = None
    for n, period in enumerate(_periods(asked, want)):
        if n * len(resources) > MOST_TRIED:
            return []
        against = asked.against(period, at_last=True)
        if not against:
            return []
        if best is None or len(against) < len(best):
            best = against
    return best if best is not None else _outside_all(asked, want)


def _periods(asked: Asked, want: Sought) -> Iterator[Period]:
    """Every start of opening hours and rules in these frames, with a length that the rules of its day give: the shortest,
    for who may have a longer one may have that; of named slots each."""
    for frame in asked.frames:
        day = local_date(frame.first, want.zone)
        lengths = sorted(lengths_of_all(asked.facts, asked.among, day, want.minutes, want.longest))
        for minutes in lengths if _has_named_slots(asked, day) else lengths[:1]:
            starts = {
                start
                for resource in asked.among[0].resources
                for start in grid(asked.facts, resource, frame)
                if start + minutes * MINUTE <= frame.until
            }
            yield from (Period(start, start + minutes * MINUTE) for start in sorted(starts))


def _has_named_slots(asked: Asked, day: date) -> bool:
    rules = (asked.facts.rules[r.pk] for choice in asked.among for r in choice.resources)
    return any(found.on(day).policy.presets for found in rules)


def _outside_all(asked: Asked, want: Sought) -> list[Reason]:
    """Nothing of this begins, or lasts as long, in these frames: why, at the hours at which they might have meant it."""
    found: list[list[Reason]] = []
    for frame in asked.frames:
        start = frame.first
        while start + want.minutes * MINUTE <= frame.until and start < frame.before:
            period = Period(start, start + want.minutes * MINUTE)
            against = asked.against(period, at_last=True)
            found.append([r for r in against if r.code not in OFF_THE_GRID] or against)
            start += HOUR
    return min(found, key=len, default=[])
