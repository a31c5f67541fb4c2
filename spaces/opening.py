"""When a resource is open: wall-clock rules minus closures, worked out ahead into rows that SQL can read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Q

from core import outbox
from core.clock import now
from core.periods import Period, days_between, instant, local_date, local_day, local_days, merged, without
from spaces import recurrence
from spaces.holidays import closed_days
from spaces.models import Closure, OpeningRule, OpenSpan, Resource, Venue
from spaces.recurrence import Repeat
from spaces.seasons import Week, weeks_of

AHEAD = relativedelta(months=25)
LONGEST = timedelta(days=2)  # an open stretch is of one day's hours, which may go over midnight

# By the start alone, so that the index is read from a window's own days and not from the first day ever.
OPENED = """
SELECT resource_id, array_agg(extract(epoch FROM lower(during))::float8 ORDER BY lower(during), upper(during)),
       array_agg(extract(epoch FROM upper(during))::float8 ORDER BY lower(during), upper(during)),
       array_agg(extract(epoch FROM anchor)::float8 ORDER BY lower(during), upper(during))
FROM spaces_openspan
WHERE resource_id = ANY(%(resources)s) AND lower(during) > %(since)s AND lower(during) < %(end)s
  AND upper(during) > %(start)s
GROUP BY resource_id
"""
# Two years of a resource are seven hundred rows, which the object mapper takes ten times as long to write, and instants take
# three times as long to send as seconds.
WRITTEN = """
INSERT INTO spaces_openspan (resource_id, during, anchor)
SELECT (%(resources)s::uuid[])[which], tstzrange(to_timestamp(start), to_timestamp("end")), to_timestamp(anchor)
FROM unnest(%(which)s::int[], %(starts)s::float8[], %(ends)s::float8[], %(anchors)s::float8[]) s(which, start, "end", anchor)
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open stretch and the origin of its grid of starts."""

    during: Period
    anchor: datetime


def open_spans(week: Week, closed: Iterable[Period], zone: ZoneInfo, first: date, last: date) -> list[Opened]:
    """The open stretches that begin from `first` to `last`; clipping by a closure does not move the anchor.

    The anchor is that day's wall-clock opening; round the clock, local midnight (which is the opening).
    """
    gaps = merged(closed)
    starts, ends = [gap.start for gap in gaps], [gap.end for gap in gaps]
    found: list[Opened] = []
    for span in _hours(week, zone, first, last):
        # Two years have few closures: a day looks at its own alone.
        near = gaps[bisect_right(ends, span.start) : bisect_left(starts, span.end)]
        found += (
            [Opened(left, span.start) for left in without([span], near)]
            if near
            else [Opened(span, span.start)]
        )
    return found


def _hours(week: Week, zone: ZoneInfo, first: date, last: date) -> Iterator[Period]:
    """The hours that begin from `first` (included) to `last` (excluded), closures apart, in order."""
    own, general = tuple(week.own), tuple(week.general)
    window = local_days(first, last, zone)
    for year in range(first.year, last.year + 1):
        of_year = _of_year(own, general, zone, year)
        yield from (
            of_year
            if first.year < year < last.year
            else (hours for hours in of_year if hours.start in window)
        )


@lru_cache(maxsize=64)
def _of_year(
    own: tuple[Repeat, ...], general: tuple[Repeat, ...], zone: ZoneInfo, year: int
) -> tuple[Period, ...]:
    """What is planned one by one, every night all that a house has, mostly has the same hours, and from any day on."""
    week = Week(list(own), list(general))
    return tuple(merged_by_day(week.spans(zone, date(year, 1, 1), date(year + 1, 1, 1)), zone))


def merged_by_day(hours: list[Period], zone: ZoneInfo) -> list[Period]:
    """Hours of one day that touch become one; a day never joins the next, so each keeps its own anchor."""
    by_day: dict[date, list[Period]] = {}
    for period in hours:
        by_day.setdefault(local_date(period.start, zone), []).append(period)
    return [period for day in sorted(by_day) for period in merged(by_day[day])]


def opened(resources: Iterable[UUID], window: Period) -> dict[UUID, list[Opened]]:
    """The stretches in which each of these resources is open that touch the window, in order; one statement."""
    found: dict[UUID, list[Opened]] = defaultdict(list)
    at = datetime.fromtimestamp
    with connection.cursor() as cursor:
        cursor.execute(
            OPENED,
            {
                "resources": list(resources),
                "since": window.start - LONGEST,
                "start": window.start,
                "end": window.end,
            },
        )
        for resource, *times in cursor.fetchall():
            found[resource] = [
                Opened(Period(at(a, UTC), at(b, UTC)), at(c, UTC)) for a, b, c in zip(*times, strict=True)
            ]
    return found


def plan(resource: Resource, first: date | None = None) -> None:
    """The resource's OpenSpan rows say when it is open from `first` (default: today) to 25 months ahead."""
    plan_all(resource.venue, [resource], first)


def plan_venue(venue: Venue) -> None:
    """Every resource of the venue is planned anew from today."""
    plan_all(venue, list(Resource.objects.filter(venue=venue)))


def plan_all(venue: Venue, resources: Sequence[Resource], first: date | None = None) -> None:
    """The same for several resources of one venue; resources that differ in nothing are worked out once.

    What is offered no more keeps the hours that it had, today's the last, or as long as it was said to be offered.
    """
    zone = venue.zone
    today = local_date(now(), zone)
    if retired := [resource for resource in resources if not resource.is_active]:
        tomorrow = instant(today + timedelta(days=1), time(0), zone)
        OpenSpan.objects.filter(resource__in=retired, during__startswith__gte=tomorrow).delete()
        Resource.objects.filter(pk__in=[r.pk for r in retired]).update(planned_until=None)
        resources = [resource for resource in resources if resource.is_active]
    start = first or today
    last = today + AHEAD
    if start >= last or not resources:
        return
    window = local_days(start, last, zone)
    opened = opened_by(venue, resources, start, last, closures_of(resources, window))
    spans = [(n, span) for n, found in enumerate(opened.values(), 1) for span in found]
    rows: dict[str, Any] = {
        "resources": list(opened),
        "which": _array(n for n, _ in spans),
        "starts": _array(span.during.start.timestamp() for _, span in spans),
        "ends": _array(span.during.end.timestamp() for _, span in spans),
        "anchors": _array(span.anchor.timestamp() for _, span in spans),
    }
    with transaction.atomic():
        OpenSpan.objects.filter(resource__in=resources, during__startswith__gte=window.start).delete()
        if spans:
            with connection.cursor() as cursor:
                cursor.execute(WRITTEN, rows)
        Resource.objects.filter(pk__in=[r.pk for r in resources]).update(planned_until=window.end)


def _array(numbers: Iterable[float]) -> str:
    """Numbers as PostgreSQL reads an array: the driver takes six times as long to write them."""
    return f"{{{','.join(map(str, numbers))}}}"


def closures_of(resources: Sequence[Resource], window: Period) -> list[Closure]:
    """The closures in a window, of these resources and their venues; one statement."""
    scopes = Q(resource__in=resources) | Q(venue__in={r.venue_id for r in resources})
    return list(Closure.objects.filter(scopes, during__overlap=window))


def opened_by(
    venue: Venue,
    resources: Sequence[Resource],
    first: date,
    last: date,
    closures: Iterable[Closure],
    weeks: Mapping[UUID, Week] | None = None,
) -> dict[UUID, list[Opened]]:
    """When each of a venue's resources is open, while it is offered, by these closures and hours (default: those that are
    written)."""
    weeks = weeks if weeks is not None else weeks_of(resources)
    holidays = [local_day(day, venue.zone) for day in closed_days(venue, first, last)]
    general = [c.during for c in closures if c.venue_id is not None]
    own: dict[UUID, list[Period]] = defaultdict(list)
    for closure in closures:
        if closure.resource_id is not None:
            own[closure.resource_id].append(closure.during)
    known: dict[bool, list[Opened]] = {}
    found: dict[UUID, list[Opened]] = {}
    for resource in resources:
        closed = general + own[resource.pk] + ([] if resource.open_on_holidays else holidays)
        if weeks[resource.pk].own or own[resource.pk]:
            spans = open_spans(weeks[resource.pk], closed, venue.zone, first, last)
        else:
            if resource.open_on_holidays not in known:
                known[resource.open_on_holidays] = open_spans(
                    weeks[resource.pk], closed, venue.zone, first, last
                )
            spans = known[resource.open_on_holidays]
        found[resource.pk] = while_offered(resource, spans)
    return found


def while_offered(resource: Resource, spans: list[Opened]) -> list[Opened]:
    """What of these stretches is not before the resource is offered, nor after. Pure."""
    since, until = resource.published_from, resource.published_until
    if since is None and until is None:
        return spans
    cut = [
        (max(s.during.start, since or s.during.start), min(s.during.end, until or s.during.end), s.anchor)
        for s in spans
    ]
    return [Opened(Period(start, end), anchor) for start, end, anchor in cut if start < end]


def extend_all() -> None:
    """Every night: each resource is planned to 25 months from now; what is already planned is left alone."""
    for resource in Resource.objects.filter(is_active=True).select_related("venue"):
        planned = resource.planned_until
        plan(resource, local_date(planned, resource.venue.zone) if planned else None)


def set_hours(
    scope: Venue | Resource,
    weekdays: Iterable[int],
    start: time,
    end: time | None,
    *,
    first_on: date,
    until_on: date | None = None,
    label: str = "",
) -> OpeningRule:
    """From a day on, the venue or resource is open at these hours of these weekdays (1 Monday). Plan afterwards."""
    venue = scope if isinstance(scope, Venue) else scope.venue
    repeat = recurrence.Repeat(first_on, start, end, weekdays=tuple(weekdays), until_on=until_on)
    made = recurrence.define(repeat, venue.zone, label or scope.name, f"{venue.slug}-hours")
    target = {"venue": scope} if isinstance(scope, Venue) else {"resource": scope}
    return OpeningRule.objects.create(recurrence=made, label=label, **target)


def week_of(resource: Resource) -> dict[int, list[tuple[time, time | None]]]:
    """The wall-clock hours of an ordinary week, for people to read."""
    today = local_date(now(), resource.venue.zone)
    hours = weeks_of([resource])[resource.pk]
    week: dict[int, list[tuple[time, time | None]]] = {}
    for day in days_between(today, today + timedelta(days=7)):
        ordinary = [r for r in hours.ordinary(day) if day in list(r.days(day, day + timedelta(days=1)))]
        week[day.isoweekday()] = sorted({(r.start, r.end) for r in ordinary}, key=lambda h: h[0])
    return dict(sorted(week.items()))


def register() -> None:
    outbox.every(timedelta(days=1), "spaces.extend_opening")(extend_all)
