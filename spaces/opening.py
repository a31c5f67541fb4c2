"""When a resource is open: wall-clock rules minus closures, worked out ahead into rows that SQL can read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Q

from core import outbox
from core.clock import now
from core.periods import Period, instant, local_date, local_day, merged, without
from core.words import Words, language
from spaces import recurrence
from spaces.models import Closure, OpeningRule, OpenSpan, Resource, SchoolHoliday, Venue

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


@dataclass(frozen=True, slots=True)
class Opened:
    """An open stretch and the origin of its grid of starts."""

    during: Period
    anchor: datetime


def open_spans(
    repeats: Iterable[recurrence.Repeat], closed: Iterable[Period], zone: ZoneInfo, first: date, last: date
) -> list[Opened]:
    """The open stretches that begin from `first` to `last`; clipping by a closure does not move the anchor.

    The anchor is that day's wall-clock opening; round the clock, local midnight (which is the opening).
    """
    gaps = merged(closed)
    hours = merged_by_day(recurrence.spans(repeats, zone, first, last), zone)
    return [Opened(left, span.start) for span in hours for left in without([span], gaps)]


def merged_by_day(hours: list[Period], zone: ZoneInfo) -> list[Period]:
    """Hours of one day that touch become one; a day never joins the next, so each keeps its own anchor."""
    by_day: dict[date, list[Period]] = {}
    for period in hours:
        by_day.setdefault(local_date(period.start, zone), []).append(period)
    return [period for day in sorted(by_day) for period in merged(by_day[day])]


def opened(resources: Iterable[UUID], window: Period) -> dict[UUID, list[Opened]]:
    """The stretches in which each of these resources is open that touch the window, in order; one statement."""
    found: dict[UUID, list[Opened]] = defaultdict(list)
    at = partial(datetime.fromtimestamp, tz=UTC)
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
            found[resource] = [Opened(Period(at(a), at(b)), at(c)) for a, b, c in zip(*times, strict=True)]
    return found


def public_holidays(place: str, years: Iterable[int]) -> dict[date, str]:
    """The public holidays of a country or region (`IT`, `IT-TO`; empty: none), named in the reader's language."""
    if not place:
        return {}
    country, _, region = place.partition("-")
    spoken = {"it": "it", "en": "en_US"}[language()]
    found = holidays.country_holidays(country, subdiv=region or None, years=list(years), language=spoken)
    return dict(found.items())


def school_holidays(region: str, first: date, last: date) -> dict[date, str]:
    """The days without school in a region (empty: none) from `first` to `last`, both included, with their names."""
    if not region:
        return {}
    found: dict[date, str] = {}
    for row in SchoolHoliday.objects.filter(region__iexact=region, first_on__lte=last, last_on__gte=first):
        name = Words(row.name_it, row.name_en).say()
        for shift in range((row.last_on - row.first_on).days + 1):
            found.setdefault(row.first_on + timedelta(days=shift), name)
    return {day: name for day, name in found.items() if first <= day <= last}


def holiday_closures(venue: Venue, first: date, last: date) -> list[Period]:
    days = public_holidays(venue.holidays_of, range(first.year, last.year + 1))
    return [local_day(day, venue.zone) for day in days if first <= day < last]


def repeats_of(resource: Resource) -> list[recurrence.Repeat]:
    """The resource's own opening hours, or its venue's if it has none."""
    rows = recurrence.with_events(
        OpeningRule.objects.filter(Q(resource=resource) | Q(venue=resource.venue_id))
    )
    own = [row for row in rows if row.resource_id is not None]
    general = [row for row in rows if row.resource_id is None]
    return [recurrence.read(row.recurrence) for row in own or general]


def plan(resource: Resource, first: date | None = None) -> None:
    """The resource's OpenSpan rows say when it is open from `first` (default: today) to 25 months ahead."""
    zone = resource.venue.zone
    start = first or local_date(now(), zone)
    last = local_date(now(), zone) + AHEAD
    if start >= last:
        return
    window = Period(instant(start, time(0), zone), instant(last, time(0), zone))
    closures = Closure.objects.filter(
        Q(resource=resource) | Q(venue=resource.venue_id), during__overlap=window
    )
    closed = [row.during for row in closures] + holiday_closures(resource.venue, start, last)
    opened = open_spans(repeats_of(resource), closed, zone, start, last)
    with transaction.atomic():
        OpenSpan.objects.filter(resource=resource, during__startswith__gte=window.start).delete()
        OpenSpan.objects.bulk_create(
            [OpenSpan(resource=resource, during=span.during, anchor=span.anchor) for span in opened],
            batch_size=2000,
        )
        Resource.objects.filter(pk=resource.pk).update(planned_until=window.end)


def plan_venue(venue: Venue) -> None:
    """Every resource of the venue is planned anew from today."""
    for resource in Resource.objects.filter(venue=venue).select_related("venue"):
        plan(resource)


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
    week: dict[int, list[tuple[time, time | None]]] = {day: [] for day in range(1, 8)}
    for repeat in repeats_of(resource):
        for day in repeat.weekdays or range(1, 8):
            week[day].append((repeat.start, repeat.end))
    return {day: sorted(hours, key=lambda h: h[0]) for day, hours in week.items()}


def register() -> None:
    outbox.every(timedelta(days=1), "spaces.extend_opening")(extend_all)
