"""When more of what somebody waits for can be booked at all: the days of a wish come within the horizon one by one, and
nobody frees anything then that would call who waits (docs/adr/0104)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from booking.claims import Ask
from booking.finding.availability import Frame, grid
from booking.finding.bundles import lengths_of_all
from booking.judging.clauses import Given, time_clauses
from booking.judging.gathering import gather
from booking.judging.judge import time_reasons
from booking.models import Waiting
from booking.queueing.calling import NAMED, call_in_order, is_called
from booking.queueing.in_vain import Asked, asked_of
from booking.queueing.matching import Sought
from booking.queueing.wanted import choices, sought, things, within_reach
from core.clock import now
from core.locks import patient_act
from core.periods import MINUTE, Period, local_date
from spaces.models import Resource

DAY = timedelta(days=1)
HORIZONS = {"too-far", "members-first", "shorter-horizon"}


def opens_next(asked: Asked, want: Sought) -> datetime:
    """The next instant at which a horizon, of all or of who waits, ends for some time that they wait for, or something
    that would do is offered; a day from now at the latest, for rules, hours and what is offered at all may change."""
    ends = [end for frame in asked.frames for end in _ends(asked, want, frame)]
    ends += [r.published_from for choice in asked.among for r in choice.resources if r.published_from]
    return min([asked.facts.at + DAY, *(end for end in ends if end > asked.facts.at)])


def _ends(asked: Asked, want: Sought, frame: Frame) -> Iterator[datetime]:
    """When the horizon ends, for each resource, for what may begin first and last in a frame (where it is by the minute,
    for all that may)."""
    day = local_date(frame.first, want.zone)
    length = min(lengths_of_all(asked.facts, asked.among, day, want.minutes, want.longest), default=None)
    if length is None:
        return
    for resource in {r.pk: r for choice in asked.among for r in choice.resources}.values():
        last = frame.until - length * MINUTE
        starts = [start for start in grid(asked.facts, resource, frame) if start <= last]
        by_the_minute = asked.facts.rules[resource.pk].on(day).policy.horizon_minutes is not None
        for start in starts if by_the_minute else {*starts[:1], *starts[-1:]}:
            end = _end(asked, resource, Period(start, start + length * MINUTE))
            if end is not None:
                yield end


def _end(asked: Asked, resource: Resource, period: Period) -> datetime | None:
    against = [
        *time_reasons(asked.facts, Ask(resource, period)),
        *time_clauses(asked.facts, resource, period, Given(people=asked.people)),
    ]
    ends = [r.holds_from for r in against if r.code in HORIZONS and r.holds_from is not None]
    return max(ends, default=None)


def call_all() -> None:
    """Those for whom more of what they wait for can be booked from now on are asked, in the order of joining: once for
    each horizon that ends. May run twice."""
    due = Waiting.objects.filter(is_called(), opens_at__lte=now()).order_by("joined_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        _ask(pk)


@patient_act
def _ask(waiting_id: UUID) -> None:
    waiting = NAMED.filter(is_called(), pk=waiting_id, opens_at__lte=now()).first()
    if waiting is None:
        return
    call_in_order(waiting, [waiting.window], opened=True)
    if waiting.state == Waiting.State.WAITING:
        waiting.opens_at = _look_ahead(waiting)
        waiting.save(update_fields=["opens_at"])


def _look_ahead(waiting: Waiting) -> datetime | None:
    if waiting.window.end <= now():
        return None
    among = choices(things(waiting), within_reach([waiting]))
    resources = {r.pk: r for choice in among for r in choice.resources}
    around = waiting.window.padded(DAY, DAY)
    facts = gather(resources.values(), around, waiting.person, waiting.organisation)
    want = sought(waiting)
    return opens_next(asked_of(facts, among, want, waiting.people), want)
