"""How much somebody may have: minutes or bookings a day, a week, a month, to come, or at once.

Spans are the venue's own (a week begins on Monday). What one has is read as facts; an act reads it again under
its lock on the person and the organisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from booking.models import Booking, Item
from booking.reasons import reason
from booking.states import LIVE
from core.errors import Reason
from core.periods import Period, local_date, local_day
from spaces.clauses import Limit
from spaces.models import Resource

if TYPE_CHECKING:
    from booking.judge import Facts

DAY = timedelta(days=1)
WIDEST = timedelta(days=32)  # a month, whichever day of it is asked for
CODES = {
    "day": "daily-limit",
    "week": "weekly-limit",
    "month": "monthly-limit",
    "future": "future-limit",
    "at_once": "at-once-limit",
}


@dataclass(frozen=True, slots=True)
class Had:
    """Something that the person, or their organisation, already has (or asks for in the same breath)."""

    resource: UUID
    kind: str
    venue: UUID
    period: Period
    booking: UUID | None
    mine: bool = True
    ours: bool = False

    def counts_for(self, limit: Limit, resource: Resource) -> bool:
        if not (self.ours if limit.of == "organisation" else self.mine):
            return False
        if limit.on == "resource":
            return self.resource == resource.pk
        return self.venue == resource.venue_id and (limit.on == "venue" or self.kind == resource.kind)


def had(facts: Facts, window: Period) -> list[Had]:
    """What person and organisation have around a window and from now on; one statement, none if nothing is limited.

    Bookings about to change (`facts.leaving`) do not count against themselves.
    """
    if facts.person is None or not any(_limits_of(facts, r, window) for r in facts.resources.values()):
        return []
    whose = Q(booking__person=facts.person)
    if facts.organisation is not None:
        whose |= Q(booking__organisation=facts.organisation)
    since = min(window.start - WIDEST, facts.at)
    rows = (
        Item.objects.filter(
            whose, booking__state__in=LIVE - {Booking.State.OFFERED}, period__endswith__gt=since
        )
        .filter(booking__venue__in={r.venue_id for r in facts.resources.values()})
        .exclude(booking__held_until__lte=facts.at)
        .select_related("resource", "booking")
    )
    return [
        Had(
            item.resource_id,
            item.resource.kind,
            item.resource.venue_id,
            item.period,
            item.booking_id,
            item.booking.person_id == facts.person.pk,
            facts.organisation is not None and item.booking.organisation_id == facts.organisation.pk,
        )
        for item in rows
        if item.booking_id not in facts.leaving
    ]


def _limits_of(facts: Facts, resource: Resource, window: Period) -> bool:
    return any(facts.policy(resource, at).all_limits for at in (window.start, window.end))


def as_asked(resource: Resource, period: Period, booking: UUID | None = None) -> Had:
    """An ask as it counts for the asks after it: in the same booking (None), or in another of the same series."""
    return Had(resource.pk, resource.kind, resource.venue_id, period, booking, True, True)


def limit_reasons(
    facts: Facts, resource: Resource, period: Period, besides: Sequence[Had] = ()
) -> list[Reason]:
    """Why this would be too much for who asks; `besides` are the other asks of the same booking."""
    reasons: list[Reason] = []
    for limit in facts.policy(resource, period.start).all_limits:
        if limit.groups and not facts.groups.intersection(limit.groups):
            continue
        if limit.of == "organisation" and facts.organisation is None:
            continue
        counted = [h for h in (*facts.had, *besides) if h.counts_for(limit, resource)]
        broken = _broken(limit, counted, period, facts.at, resource.venue.zone)
        if broken is not None:
            reasons.append(broken)
    return reasons


def _broken(limit: Limit, counted: list[Had], period: Period, at: datetime, zone: ZoneInfo) -> Reason | None:
    for span, again_from in _spans(limit.span, counted, period, at, zone):
        inside = [h for h in counted if h.period.overlaps(span)]
        asked = period.clip(span)
        if asked is None:
            continue
        if limit.minutes is not None:
            used = sum(c.minutes for h in inside if (c := h.period.clip(span)) is not None)
            if used + asked.minutes > limit.minutes:
                return _reason(limit, limit.minutes, used, again_from)
        elif limit.bookings is not None:
            used = _at_once(inside) if limit.span == "at_once" else len({h.booking for h in inside} - {None})
            if used + 1 > limit.bookings:
                return _reason(limit, limit.bookings, used, again_from)
    return None


def _reason(limit: Limit, most: int, used: int, again_from: datetime | None) -> Reason:
    code = CODES[limit.span] if limit.minutes is not None else f"{CODES[limit.span]}-of-bookings"
    return reason(code, limit=most, used=used, holds_from=again_from)


def _at_once(inside: list[Had]) -> int:
    """How many bookings overlap at the fullest instant of these."""
    return max(
        (len({h.booking for h in inside if at.period.start in h.period} - {None}) for at in inside), default=0
    )


def _spans(
    span: str, counted: Iterable[Had], period: Period, at: datetime, zone: ZoneInfo
) -> Iterator[tuple[Period, datetime | None]]:
    """The stretches in which the limit counts, each with the instant from which it would not be reached any more."""
    if span == "at_once":
        meeting = [h.period.end for h in counted if h.period.overlaps(period)]
        yield period, min(meeting, default=None)
        return
    if span == "future":
        to_come = [h.period.end for h in counted if h.period.end > at]
        far = max([period.end, *to_come])
        yield Period(min(at, period.start), far), min(to_come, default=None)
        return
    day = local_date(period.start, zone)
    last = local_date(period.end - timedelta(microseconds=1), zone)
    while day <= last:
        first, after = _bounds(span, day)
        stretch = Period(local_day(first, zone).start, local_day(after, zone).start)
        yield stretch, stretch.end
        day = after


def _bounds(span: str, day: date) -> tuple[date, date]:
    if span == "day":
        return day, day + DAY
    if span == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + WIDEST).replace(day=1)
